/** The answers. Every field is declared: what is not here is not served. SI becomes contract units in ../answer.ts. */
import { type Static, Type } from 'typebox';
import { closed, int, num, text, words } from './answer-fields.ts';
import { Resolved } from './resolved.ts';

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

export const Modules = Type.Object(
  {
    count: int('Modules.'),
    gpusPerModule: int('GPUs of each.'),
    expertsPerGpuPerLayer: num('E/ep; 0 for a dense model.'),
    balancePercent: num('100 × mean/max load over modules.'),
  },
  {
    ...closed,
    $id: 'Modules',
    description: 'The GPUs that hold whole experts together; of a dense model, whole layers.',
  },
);

export const Rationale = Type.Object(
  {
    dimension: text('tp, cp, dp, pp, ep, etp or microBatchSize.'),
    chosen: int('The value chosen.'),
    why: text('In a sentence.'),
    compared: Type.Array(
      Type.Object(
        {
          value: int('Another value.'),
          strategy: Type.Optional(text('The best strategy with it.')),
          effect: text('What it would cost.'),
        },
        closed,
      ),
    ),
  },
  closed,
);

export const Alternative = Type.Object(
  { strategy: Strategy, estimate: Estimate, versusChosen: text('Against the chosen one, in figures.') },
  closed,
);

export const Scalar = Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()]);

export const Check = Type.Object(
  {
    id: text('What is checked.'),
    status: words(['pass', 'warn', 'fail'], 'The outcome.'),
    expected: Scalar,
    actual: Scalar,
    explanation: text('Why.'),
  },
  { ...closed, $id: 'Check', description: 'One thing that was checked.' },
);

export const Verification = Type.Object(
  {
    verdict: words(
      ['optimal', 'valid', 'invalid'],
      'optimal: all pass, and proved best of the space under the stated cost model.',
    ),
    checks: Type.Array(Check),
  },
  {
    ...closed,
    $id: 'Verification',
    description: 'What the verifier, which shares no formula with the planner, found.',
  },
);

export const Search = Type.Object(
  {
    enumerated: int('Candidates in the space.'),
    evaluated: int('Candidates whose cost was computed.'),
    pruned: int('Candidates that a proved bound showed not to be among the best.'),
    rejected: Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
      description: 'Candidates by the reason they cannot be.',
    }),
    exhaustive: Type.Boolean({ description: 'Whether every candidate is accounted for.' }),
  },
  { ...closed, $id: 'Search', description: 'What the search went through.' },
);

export const Assumption = Type.Object(
  { path: text('JSON pointer into the request.'), value: Scalar, why: text('Where it comes from.') },
  { ...closed, $id: 'Assumption', description: 'A value that the request left out.' },
);

export const Links = Type.Object(
  {
    self: text('This plan.'),
    placement: text('Rank by rank.'),
    artifacts: text('Files.'),
    report: Type.Optional(text('Page.')),
  },
  closed,
);

export const FeasiblePlan = Type.Object(
  {
    id: text('Hash of the canonical request and of the planner’s version.'),
    status: Type.Literal('feasible'),
    objective: text('What the strategy is best at.'),
    strategy: Strategy,
    modules: Modules,
    estimate: Estimate,
    rationale: Type.Array(Rationale),
    alternatives: Type.Array(Alternative),
    verification: Verification,
    search: Search,
    warnings: Type.Array(Type.String()),
    assumptions: Type.Array(Assumption),
    resolved: Resolved,
    links: Links,
  },
  { ...closed, $id: 'FeasiblePlan', description: 'The best strategy, why, and what was checked of it.' },
);
export type FeasiblePlan = Static<typeof FeasiblePlan>;

export const Nearest = Type.Object(
  {
    strategy: Strategy,
    reason: text('Reason slug.'),
    shortByBytes: Type.Optional(int('How many bytes a GPU it lacks.')),
    explanation: text('In a sentence.'),
  },
  closed,
);

export const Remedy = Type.Object(
  {
    change: text('What to change, in words.'),
    path: text('JSON pointer into the request.'),
    from: Scalar,
    to: Scalar,
    strategy: text('The plan that was found with it.'),
  },
  { ...closed, description: 'Each was planned and found feasible.' },
);

export const InfeasiblePlan = Type.Object(
  {
    id: text('Hash of the canonical request and of the planner’s version.'),
    status: Type.Literal('infeasible'),
    objective: text('What was asked.'),
    rejected: Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
      description: 'Candidates by the reason they cannot be.',
    }),
    nearest: Type.Optional(Nearest),
    remedies: Type.Array(Remedy),
    search: Search,
    warnings: Type.Array(Type.String()),
    assumptions: Type.Array(Assumption),
    resolved: Resolved,
  },
  {
    ...closed,
    $id: 'InfeasiblePlan',
    description: 'No strategy is feasible: why, what came nearest, what would help.',
  },
);
export type InfeasiblePlan = Static<typeof InfeasiblePlan>;

export const Plan = Type.Union([FeasiblePlan, InfeasiblePlan], {
  $id: 'Plan',
  description: 'A feasible plan, or why there is none.',
});
export type Plan = Static<typeof Plan>;

export const EstimateAnswer = Type.Union(
  [
    Type.Object(
      {
        status: Type.Literal('feasible'),
        strategy: Strategy,
        modules: Modules,
        estimate: Estimate,
        warnings: Type.Array(Type.String()),
        assumptions: Type.Array(Assumption),
        resolved: Resolved,
      },
      closed,
    ),
    Type.Object(
      {
        status: Type.Literal('infeasible'),
        strategy: Strategy,
        reasons: Type.Array(Type.Object({ reason: text('Reason slug.'), explanation: text('In a sentence.') }, closed)),
        warnings: Type.Array(Type.String()),
        assumptions: Type.Array(Assumption),
        resolved: Resolved,
      },
      closed,
    ),
  ],
  { $id: 'EstimateAnswer', description: 'What the strategy would cost, or why it cannot be.' },
);
export type EstimateAnswer = Static<typeof EstimateAnswer>;

export const VerificationAnswer = Type.Object(
  {
    strategy: Strategy,
    verification: Verification,
    warnings: Type.Array(Type.String()),
    assumptions: Type.Array(Assumption),
    resolved: Resolved,
  },
  { ...closed, $id: 'VerificationAnswer', description: 'What was checked of the strategy.' },
);
export type VerificationAnswer = Static<typeof VerificationAnswer>;
