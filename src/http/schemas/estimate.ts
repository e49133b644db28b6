/** A strategy, and what the cost model says of it, as every answer has them. */
import { Type } from 'typebox';
import { closed, int, num, text, words } from './answer-fields.ts';

export const Strategy = Type.Object(
  {
    name: text('EP TP ETP PP CP DP above 1, then xN for replicas.'),
    tp: int('Tensor parallelism.'),
    cp: int('Context parallelism.'),
    dp: int('Data parallelism.'),
    pp: int('Pipeline stages.'),
    ep: int('Expert parallelism.'),
    etp: int('Tensor parallelism of each expert.'),
    edp: int('Copies of each expert shard.'),
    replicas: int('Copies of the whole.'),
    microBatchSize: int('Sequences of a data-parallel rank that pass a stage together.'),
    gpus: int('GPUs used.'),
  },
  { ...closed, $id: 'Strategy', description: 'Degrees of parallelism.' },
);

const memoryFields = {
  attentionWeightBytes: int('Attention weights.'),
  denseWeightBytes: int('Dense FFN weights.'),
  expertWeightBytes: int('Routed experts.'),
  sharedExpertWeightBytes: int('Shared experts.'),
  routerWeightBytes: int('Routers.'),
  embeddingWeightBytes: int('Embedding table and LM head.'),
  normWeightBytes: int('Norms.'),
  kvCacheBytes: int('KV cache of the whole workload.'),
  activationBytes: int('Activations at their peak.'),
  messageBufferBytes: int('Staging of messages.'),
  totalBytes: int('The sum of the above.'),
} as const;

export const MemoryPerGpu = Type.Union(
  [
    Type.Object(
      {
        ...memoryFields,
        runtimeReserveBytes: int('Context and collectives library: lowers what fits, not in the sum.'),
      },
      closed,
    ),
    Type.Object(
      {
        attentionWeightBytes: int('By the published formula.'),
        expertWeightBytes: int('By the published formula.'),
        activationBytes: int('By the published formula.'),
        totalBytes: int('The sum of the above.'),
      },
      { ...closed, description: 'With options.memoryAccounting "published-summary".' },
    ),
  ],
  { $id: 'MemoryPerGpu', description: 'Bytes on the rank that needs most.' },
);

const Evidence = words(
  ['derived', 'calibrated', 'extrapolated'],
  'Exact arithmetic; inside a fitted curve; outside it.',
);

export const Estimate = Type.Object(
  {
    memory: Type.Object(
      {
        perGpu: MemoryPerGpu,
        utilizationPercent: num('totalBytes / GPU memory.'),
        largestRank: int('The lowest rank that needs this much.'),
        freeBytes: Type.Integer({ description: 'GPU memory less total and reserve; negative when it does not fit.' }),
        accounting: words(['physical', 'published-summary'], 'Whose words the account is in.'),
      },
      closed,
    ),
    compute: Type.Object(
      {
        flopsPerGpu: num('FLOPs of the busiest rank in a step.'),
        utilizationPercent: num('flopsPerGpu / (peak × step time).'),
        peakTflops: num('The peak that it is measured against.'),
        publishedUtilizationPercent: Type.Optional(num('The published compute figure: FLOPs over one second of peak.')),
      },
      closed,
    ),
    communication: Type.Object(
      {
        perCollective: Type.Array(
          Type.Object(
            {
              op: words(['allReduce', 'allGather', 'reduceScatter', 'allToAll', 'pointToPoint'], 'The collective.'),
              group: words(['tp', 'cp', 'dp', 'pp', 'ep', 'etp', 'edp'], 'The process group.'),
              purpose: text('What it moves.'),
              groupSize: int('Ranks in a group.'),
              calls: int('Calls a step.'),
              messageBytes: num('Bytes of one call.'),
              bytesPerGpu: num('Bytes one rank sends in a step.'),
              crossesDomains: Type.Boolean({ description: 'Leaves the fast links.' }),
              crossesNodes: Type.Boolean({ description: 'Leaves the node.' }),
              ms: num('Milliseconds a step.'),
            },
            closed,
          ),
        ),
      },
      closed,
    ),
    time: Type.Object(
      {
        stepMs: num('One step.'),
        breakdown: Type.Array(
          Type.Object(
            {
              part: text('The part.'),
              ms: num('Milliseconds of the critical path.'),
              bound: words(['compute', 'memory', 'network', 'launch'], 'What it waits for.'),
            },
            closed,
          ),
        ),
        microBatches: int('Micro-batches of the largest data-parallel rank.'),
        bubblePercent: num('Share of the step in which the slowest stage idles.'),
        model: text('How times were computed.'),
      },
      closed,
    ),
    throughput: Type.Object(
      { tokensPerSecond: num('Of the whole cluster.'), tokensPerSecondPerGpu: num('Divided by the GPUs used.') },
      closed,
    ),
    balance: Type.Object(
      {
        expertVariancePercent: num('Standard deviation over mean of expert shards over ranks.'),
        computeVariancePercent: num('The same of FLOPs at mean routing.'),
        memoryVariancePercent: num('The same of bytes.'),
        expectedRoutingImbalance: num(
          'Expected max/mean of routed tokens over an EP group under uniform random routing; 1 is balanced.',
        ),
      },
      closed,
    ),
    evidence: Evidence,
    evidenceOf: Type.Object({ memory: Evidence, compute: Evidence, time: Evidence }, closed),
  },
  { ...closed, $id: 'Estimate', description: 'What the cost model says of a strategy.' },
);
