/** The parts of an estimate that every kind of workload has. */
import { Type } from 'typebox';
import { collectiveOps, groupKinds } from '../../planner/estimate.ts';
import { closed, int, num, text, words } from './answer-fields.ts';

export const PhysicalMemory = Type.Object(
  {
    attentionWeightBytes: int('Attention weights.'),
    denseWeightBytes: int('Dense FFN weights.'),
    expertWeightBytes: int('Routed experts.'),
    sharedExpertWeightBytes: int('Shared experts.'),
    routerWeightBytes: int('Routers.'),
    embeddingWeightBytes: int('Embedding table and LM head.'),
    normWeightBytes: int('Norms.'),
    kvCacheBytes: int('KV cache of a batch, or of all requests that a serving strategy runs at once.'),
    activationBytes: int('Activations at their peak.'),
    messageBufferBytes: int('Staging of messages.'),
    totalBytes: int('The sum of the above.'),
    runtimeReserveBytes: int(
      'Context and collectives library, and in serving what the engine’s knob leaves unused: lowers what fits, not in the sum.',
    ),
  },
  { ...closed, $id: 'PhysicalMemory', description: 'Bytes on the rank that needs most.' },
);

export const memoryShares = {
  utilizationPercent: num('totalBytes / GPU memory.'),
  largestRank: int('The lowest rank that needs this much.'),
  freeBytes: Type.Integer({ description: 'GPU memory less total and reserve; negative when it does not fit.' }),
};

export const computeFields = {
  flopsPerGpu: num('FLOPs of the busiest rank in a step.'),
  utilizationPercent: num('flopsPerGpu / (peak × step time).'),
  peakTflops: num('The peak that it is measured against.'),
};

export const Communication = Type.Object(
  {
    perCollective: Type.Array(
      Type.Object(
        {
          op: words(collectiveOps, 'The collective.'),
          group: words(groupKinds, 'The process group.'),
          purpose: text('What it moves.'),
          groupSize: int('Ranks in a group.'),
          calls: num('Calls a step; a fraction where steps differ and this is their mean.'),
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
  { ...closed, $id: 'Communication', description: 'What a rank sends in a step.' },
);

export const timeFields = {
  breakdown: Type.Array(
    Type.Object(
      {
        part: text('The part.'),
        ms: num('Milliseconds of the critical path.'),
        bound: words(['compute', 'memory', 'network', 'launch'], 'What it waits for.'),
      },
      closed,
    ),
    { description: 'The step’s parts, which add up to it.' },
  ),
  microBatches: int('Micro-batches of the largest data-parallel rank.'),
  bubblePercent: num('Share of the step in which the slowest stage idles.'),
  model: text('How times were computed.'),
};

export const Balance = Type.Object(
  {
    expertVariancePercent: num('Standard deviation over mean of expert shards over ranks.'),
    computeVariancePercent: num('The same of FLOPs at mean routing.'),
    memoryVariancePercent: num('The same of bytes.'),
    expectedRoutingImbalance: num('Expected max/mean of routed tokens over an EP group; 1 is balanced.'),
  },
  { ...closed, $id: 'Balance', description: 'How equal the ranks are.' },
);

const Evidence = words(
  ['derived', 'calibrated', 'extrapolated'],
  'Exact arithmetic; inside a fitted curve; outside it.',
);

export const evidenceFields = {
  evidence: Evidence,
  evidenceOf: Type.Object({ memory: Evidence, compute: Evidence, time: Evidence }, closed),
};
