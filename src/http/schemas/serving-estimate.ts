/** What the cost model says of a serving strategy. docs/accounting.md, "Serving", defines every figure. */
import { Type } from 'typebox';
import { closed, int, num, words } from './answer-fields.ts';
import {
  Balance,
  Communication,
  computeFields,
  evidenceFields,
  memoryShares,
  PhysicalMemory,
  timeFields,
} from './estimate-fields.ts';

const interval = (what: string) =>
  Type.Array(num(what), {
    minItems: 2,
    maxItems: 2,
    description: `Least and most: 80 % of measured deployments lie within, of GPUs whose operators were measured; wider for others. ${what}`,
  });

export const Latency = Type.Object(
  {
    meanMs: num('Mean over requests.'),
    p50Ms: num('Half of the requests see no more.'),
    p95Ms: num('19 of 20 requests see no more.'),
    intervalMs: interval('Milliseconds of the mean.'),
    boundKeptPercent: Type.Optional(
      num(
        'How probable it is that the bound of the SLO is kept when measured: log-normal about the mean, with this interval. Absent where there is no bound.',
      ),
    ),
  },
  { ...closed, $id: 'Latency', description: 'A latency as clients see it.' },
);

const memory = Type.Object(
  {
    perGpu: PhysicalMemory,
    ...memoryShares,
    accounting: words(['physical'], 'Bytes as they are.'),
    kvPoolBytes: int('What the engine leaves for KV on the rank with least room.'),
    kvCacheTokens: int(
      'Tokens that the KV pool of one data-parallel rank holds, of requests of this length: what an engine prints.',
    ),
    maxConcurrency: int('Requests of full length that the KV pools of all workers hold together.'),
  },
  closed,
);

const load = Type.Object(
  {
    sequences: num('Sequences that decode.'),
    contextTokens: num('Tokens already in their context.'),
    promptTokens: num('Prompt tokens that are computed beside them.'),
  },
  { ...closed, $id: 'StepLoad', description: 'What a data-parallel rank has in the mean step of the steady state.' },
);

const common = {
  memory,
  compute: Type.Object(computeFields, closed),
  communication: Communication,
  balance: Balance,
  load,
  ...evidenceFields,
};

const stepFields = {
  stepMs: num('The mean step of the steady state.'),
  decodeStepMs: num('A step without prompts; 0 where nothing decodes.'),
  prefillMs: num('Computing one prompt that is alone, without queueing.'),
  ...timeFields,
};

export const WorkerEstimate = Type.Object(
  { ...common, time: Type.Object(stepFields, closed) },
  { ...closed, $id: 'WorkerEstimate', description: 'What the cost model says of one kind of worker.' },
);

export const ServingEstimate = Type.Object(
  {
    ...common,
    time: Type.Object(
      {
        ...stepFields,
        ttftMs: num('Time to the first token: the mean that a client sees, queueing included.'),
        tpotMs: num('Time of each further token: the mean of (end-to-end − TTFT)/(output − 1).'),
        ttft: Latency,
        tpot: Latency,
        queueingMs: num('Of ttftMs: waiting for a slot or for other prompts.'),
        transferMs: num('Of ttftMs: moving a prompt’s KV from prefill to decode, as far as nothing hides it.'),
      },
      closed,
    ),
    throughput: Type.Object(
      {
        tokensPerSecond: num('Output tokens of the whole deployment.'),
        tokensPerSecondPerGpu: num('Divided by the strategy’s GPUs.'),
        interval: interval('Output tokens a second of the whole deployment.'),
        requestsPerSecond: num('Answers of the whole deployment.'),
        tokensPerSecondPerUser: num('1 / tpotMs, in tokens a second.'),
        utilizationPercent: num(
          'Share of the time that the busiest kind of worker has work; 100 where the load is closed.',
        ),
      },
      closed,
    ),
    halves: Type.Optional(
      Type.Object(
        { prefill: WorkerEstimate, decode: WorkerEstimate },
        {
          ...closed,
          description: 'Of a disaggregated strategy; what stands above is of the half that needs or does most.',
        },
      ),
    ),
  },
  { ...closed, $id: 'ServingEstimate', description: 'What the cost model says of a strategy for serving.' },
);
