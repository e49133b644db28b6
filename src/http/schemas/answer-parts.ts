/** The parts of an answer that every kind of workload has. */
import { Type } from 'typebox';
import { closed, int, num, text, words } from './answer-fields.ts';

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

export const Scalar = Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()]);

const Check = Type.Object(
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

export const Rejected = Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
  description: 'Candidates by the reason they cannot be.',
});

export const Search = Type.Object(
  {
    enumerated: int('Candidates in the space.'),
    evaluated: int('Candidates whose cost was computed.'),
    pruned: int('Candidates that a proved bound showed not to be among the best.'),
    rejected: Rejected,
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
    report: text('The plan as a page.'),
  },
  closed,
);

export const InfeasibleLinks = Type.Object(
  { self: text('This result.'), report: text('The result as a page.') },
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

export const Reasons = Type.Array(
  Type.Object({ reason: text('Reason slug.'), explanation: text('In a sentence.') }, closed),
);

/** What every answer ends with, `resolved` apart. */
export const notes = { warnings: Type.Array(Type.String()), assumptions: Type.Array(Assumption) };

export const planId = text('Hash of the canonical request and of the planner’s version.');
