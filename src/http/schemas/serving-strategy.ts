/** A serving strategy as answers show it: without name, edp and gpus it is a `strategy` that a request may give. */
import { Type } from 'typebox';
import { closed, int, text, words } from './answer-fields.ts';

const degrees = {
  tp: int('Tensor parallelism of attention and dense layers.'),
  cp: int('Context parallelism.'),
  dp: int('Data parallelism of attention, within a worker.'),
  pp: int('Pipeline stages.'),
  ep: int('Expert parallelism.'),
  etp: int('Tensor parallelism of each expert.'),
  edp: int('Copies of each expert shard.'),
};

const served = {
  maxConcurrency: int('Requests that all workers together run at once, at most.'),
  redundantExperts: int('Further copies of busy experts in each MoE layer.'),
};

export const AggregatedStrategy = Type.Object(
  {
    name: text('EP TP ETP PP CP DP above 1, then xN for replicas.'),
    mode: words(['aggregated'], 'The same workers read prompts and write answers.'),
    ...degrees,
    replicas: int('Workers.'),
    ...served,
    gpus: int('GPUs used.'),
  },
  { ...closed, $id: 'AggregatedStrategy', description: 'Equal workers, each an instance of the engine.' },
);

export const WorkerStrategy = Type.Object(
  { name: text('EP TP ETP PP CP DP above 1.'), ...degrees, ...served, gpus: int('GPUs of one worker.') },
  { ...closed, $id: 'WorkerStrategy', description: 'One worker of a kind.' },
);

const Workers = (description: string) =>
  Type.Object({ workers: int('How many.'), strategy: WorkerStrategy }, { ...closed, description });

export const DisaggregatedStrategy = Type.Object(
  {
    name: text('PREFILLxN+DECODExM of both names.'),
    mode: words(['disaggregated'], 'Prompts and answers have workers of their own.'),
    prefill: Workers('Workers that read prompts.'),
    decode: Workers('Workers that write answers.'),
    gpus: int('GPUs used.'),
  },
  { ...closed, $id: 'DisaggregatedStrategy', description: 'Two kinds of worker.' },
);

export const ServingStrategy = Type.Union([AggregatedStrategy, DisaggregatedStrategy], {
  $id: 'ServingStrategy',
  description: 'How requests are served.',
});
