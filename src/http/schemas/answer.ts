/** The answers. Every field is declared: what is not here is not served. SI becomes contract units in ../answer.ts. */
import { type Static, Type } from 'typebox';
import { closed, int, num, text, words } from './answer-fields.ts';
import { Estimate, Strategy } from './estimate.ts';
import { Resolved } from './resolved.ts';

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
