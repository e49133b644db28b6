/**
 * Figures that a caller claims for a strategy: any part of an answer's `estimate`, so that a whole one can be sent back as it came. What
 * only one kind of workload has is told so by ../resolve-claims.ts.
 */
import { type Static, Type } from 'typebox';
import { collectiveOps, groupKinds } from '../../planner/estimate.ts';

const closed = { additionalProperties: false } as const;
const words = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Unsafe<T[number]>(Type.String({ enum: [...values], description }));

/** Claims are compared, never computed with, so any finite number will do. 1e300 keeps sums of them finite. */
const range = { minimum: -1e300, maximum: 1e300 } as const;
const figure = (description: string) => Type.Optional(Type.Number({ ...range, description }));
const wanted = (description: string) => Type.Number({ ...range, description });
const evidence = Type.Optional(
  words(['derived', 'calibrated', 'extrapolated'], 'How far the figures are claimed to be trustworthy.'),
);

const part = 'A part of an estimate.';

const Memory = Type.Object(
  {
    perGpu: Type.Optional(
      Type.Object(
        {
          attentionWeightBytes: figure('Attention weights.'),
          denseWeightBytes: figure('Dense FFN weights.'),
          expertWeightBytes: figure('Routed experts.'),
          sharedExpertWeightBytes: figure('Shared experts.'),
          routerWeightBytes: figure('Routers.'),
          embeddingWeightBytes: figure('Embedding table and LM head.'),
          normWeightBytes: figure('Norms.'),
          kvCacheBytes: figure('KV cache.'),
          activationBytes: figure('Activations at their peak.'),
          messageBufferBytes: figure('Staging of messages.'),
          totalBytes: figure('The sum of the above.'),
          runtimeReserveBytes: figure('Context and collectives library.'),
        },
        { ...closed, description: 'Bytes on the rank that needs most.' },
      ),
    ),
    utilizationPercent: figure('totalBytes / GPU memory.'),
    largestRank: figure('The lowest rank that needs this much.'),
    freeBytes: figure('GPU memory less total and reserve.'),
    kvPoolBytes: figure('Serving: what the engine leaves for KV on the rank with least room.'),
    kvCacheTokens: figure('Serving: tokens that the KV pool of one data-parallel rank holds.'),
    maxConcurrency: figure('Serving: requests that the KV pools of all workers hold together.'),
    accounting: Type.Optional(
      words(['physical', 'published-summary'], 'Only the physical account has a truth to be checked against.'),
    ),
  },
  { ...closed, description: part },
);

const Collective = Type.Object(
  {
    op: words(collectiveOps, 'The collective.'),
    group: words(groupKinds, 'The process group.'),
    purpose: Type.String({ maxLength: 100, description: 'What it moves.' }),
    groupSize: wanted('Ranks in a group.'),
    calls: wanted('Calls a step.'),
    messageBytes: wanted('Bytes of one call.'),
    bytesPerGpu: wanted('Bytes one rank sends in a step.'),
    crossesDomains: Type.Boolean({ description: 'Leaves the fast links.' }),
    crossesNodes: Type.Boolean({ description: 'Leaves the node.' }),
    ms: wanted('Milliseconds a step.'),
  },
  { ...closed, description: 'One collective, whole.' },
);

const TimePart = Type.Object(
  {
    part: Type.String({ maxLength: 100, description: 'The part.' }),
    ms: wanted('Milliseconds.'),
    bound: words(['compute', 'memory', 'network', 'launch'], 'What it waits for.'),
  },
  { ...closed, description: 'One part of the step, whole.' },
);

const pair = Type.Optional(
  Type.Array(wanted('Of the two.'), { minItems: 2, maxItems: 2, description: 'Least and most.' }),
);

const Latency = Type.Optional(
  Type.Object(
    {
      meanMs: figure('Mean over requests.'),
      p50Ms: figure('Half of the requests see no more.'),
      p95Ms: figure('19 of 20 requests see no more.'),
      intervalMs: pair,
      boundKeptPercent: figure('How probable it is that the bound of the SLO is kept.'),
    },
    { ...closed, description: part },
  ),
);

const timeFields = {
  stepMs: figure('One step.'),
  breakdown: Type.Optional(Type.Array(TimePart, { maxItems: 64, description: 'All of them.' })),
  microBatches: figure('Micro-batches of the largest data-parallel rank.'),
  bubblePercent: figure('Share of the step in which the slowest stage idles.'),
  decodeStepMs: figure('Serving: a step without prompts.'),
  prefillMs: figure('Serving: computing one prompt that is alone.'),
  model: Type.Optional(Type.String({ maxLength: 1000, description: 'Accepted, not checked.' })),
};

const workerFields = {
  memory: Type.Optional(Memory),
  compute: Type.Optional(
    Type.Object(
      {
        flopsPerGpu: figure('FLOPs of the busiest rank in a step.'),
        utilizationPercent: figure('flopsPerGpu / (peak × step time).'),
        peakTflops: figure('The peak that it is measured against.'),
      },
      { ...closed, description: part },
    ),
  ),
  communication: Type.Optional(
    Type.Object(
      { perCollective: Type.Optional(Type.Array(Collective, { maxItems: 64, description: 'All of them.' })) },
      { ...closed, description: part },
    ),
  ),
  balance: Type.Optional(
    Type.Object(
      {
        expertVariancePercent: figure('Standard deviation over mean of expert shards over ranks.'),
        computeVariancePercent: figure('The same of FLOPs at mean routing.'),
        memoryVariancePercent: figure('The same of bytes.'),
        expectedRoutingImbalance: figure('Expected max/mean of routed tokens over an EP group.'),
      },
      { ...closed, description: part },
    ),
  ),
  load: Type.Optional(
    Type.Object(
      {
        sequences: figure('Sequences that decode.'),
        contextTokens: figure('Tokens already in their context.'),
        promptTokens: figure('Prompt tokens that are computed beside them.'),
      },
      { ...closed, description: 'Serving: what a data-parallel rank has in the mean step.' },
    ),
  ),
  evidence,
  evidenceOf: Type.Optional(
    Type.Object({ memory: evidence, compute: evidence, time: evidence }, { ...closed, description: part }),
  ),
};

export const WorkerClaims = Type.Object(
  { ...workerFields, time: Type.Optional(Type.Object(timeFields, { ...closed, description: part })) },
  { ...closed, $id: 'WorkerClaims', description: 'Any part of one half of a disaggregated strategy’s estimate.' },
);
export type WorkerClaims = Static<typeof WorkerClaims>;

export const Claims = Type.Object(
  {
    ...workerFields,
    time: Type.Optional(
      Type.Object(
        {
          ...timeFields,
          ttftMs: figure('Serving: mean time to the first token.'),
          tpotMs: figure('Serving: mean time of each further token.'),
          ttft: Latency,
          tpot: Latency,
          queueingMs: figure('Serving: of ttftMs, waiting.'),
          transferMs: figure('Serving: of ttftMs, moving KV.'),
        },
        { ...closed, description: part },
      ),
    ),
    throughput: Type.Optional(
      Type.Object(
        {
          tokensPerSecond: figure('Of the whole cluster.'),
          tokensPerSecondPerGpu: figure('Divided by the GPUs used.'),
          interval: pair,
          requestsPerSecond: figure('Serving: answers of the whole deployment.'),
          tokensPerSecondPerUser: figure('Serving: 1 / TPOT.'),
          utilizationPercent: figure('Serving: share of the time that the busiest kind of worker has work.'),
        },
        { ...closed, description: part },
      ),
    ),
    halves: Type.Optional(
      Type.Object(
        { prefill: Type.Optional(WorkerClaims), decode: Type.Optional(WorkerClaims) },
        { ...closed, description: 'Of a disaggregated strategy.' },
      ),
    ),
  },
  { ...closed, $id: 'Claims', description: 'Any part of an estimate. What is absent is taken from the planner’s own.' },
);
export type Claims = Static<typeof Claims>;
