/** `strategy` of a request: degrees, or the degrees of two kinds of worker. */
import { Type } from 'typebox';
import { closed, count, words } from './fields.ts';
import { limits } from './limits.ts';

const degrees = {
  tp: Type.Optional(count(limits.gpus, 'Tensor parallelism of attention and dense layers.')),
  cp: Type.Optional(count(limits.gpus, 'Context parallelism.')),
  dp: Type.Optional(count(limits.gpus, 'Data parallelism; in serving that of attention, within a worker.')),
  pp: Type.Optional(count(limits.gpus, 'Pipeline stages.')),
  ep: Type.Optional(count(limits.gpus, 'Expert parallelism.')),
  etp: Type.Optional(
    count(
      limits.gpus,
      'Tensor parallelism of each expert; absent: min(tp, tp·cp·dp/ep) of a batch, tp·cp·dp/ep in serving, 1 of a dense model.',
    ),
  ),
};

const served = {
  maxConcurrency: Type.Optional(
    count(
      1e8,
      'Serving: requests that run at once at most, on all workers together; absent: what load and memory allow.',
    ),
  ),
  redundantExperts: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65536,
      description:
        'Serving: further copies of busy experts in each MoE layer. Default: the fewest that let ep divide the experts, mostly 0.',
    }),
  ),
};

export const WorkerStrategyInput = Type.Object(
  { ...degrees, ...served },
  { ...closed, $id: 'WorkerStrategyInput', description: 'Degrees of one worker; absent means 1.' },
);

const Workers = (description: string) =>
  Type.Object(
    {
      workers: Type.Optional(count(limits.gpus, 'How many of them (default 1).')),
      strategy: WorkerStrategyInput,
    },
    { ...closed, description },
  );

export const DisaggregatedStrategyInput = Type.Object(
  {
    mode: words(['disaggregated'], 'Prompts and answers have workers of their own.'),
    prefill: Workers('Workers that read prompts.'),
    decode: Workers('Workers that write answers.'),
  },
  { ...closed, $id: 'DisaggregatedStrategyInput', description: 'Two kinds of worker; of a serving workload alone.' },
);

export const AggregatedStrategyInput = Type.Object(
  {
    mode: Type.Optional(
      words(['aggregated'], 'Serving: the same workers read prompts and write answers (the default).'),
    ),
    ...degrees,
    replicas: Type.Optional(count(limits.gpus, 'Copies of the whole; in serving the number of workers.')),
    microBatchSize: Type.Optional(
      count(
        1e8,
        'Of a batch: sequences of a data-parallel rank that pass a stage together; absent: the fastest that fits.',
      ),
    ),
    ...served,
  },
  { ...closed, $id: 'AggregatedStrategyInput', description: 'Degrees of parallelism; absent means 1.' },
);

/** Told apart by `mode` (../explain-branch.ts); without one it is the last. */
export const StrategyInput = Type.Union([DisaggregatedStrategyInput, AggregatedStrategyInput], {
  $id: 'StrategyInput',
  description: 'A strategy to be costed or checked.',
});
