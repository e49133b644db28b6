/** The answers. Every field is declared: what is not here is not served. SI becomes contract units in ../answer.ts. */
import { type Static, Type } from 'typebox';
import { closed, int, text } from './answer-fields.ts';
import {
  InfeasibleLinks,
  Links,
  Modules,
  notes,
  planId,
  Reasons,
  Rejected,
  Remedy,
  Search,
  Verification,
} from './answer-parts.ts';
import { Estimate, Strategy } from './estimate.ts';
import { Resolved } from './resolved.ts';
import {
  FeasibleServingPlan,
  InfeasibleServingPlan,
  ServingEstimateAnswer,
  ServingVerificationAnswer,
} from './serving-answer.ts';

const Rationale = Type.Object(
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

const Alternative = Type.Object(
  { strategy: Strategy, estimate: Estimate, versusChosen: text('Against the chosen one, in figures.') },
  closed,
);

export const FeasiblePlan = Type.Object(
  {
    id: planId,
    status: Type.Literal('feasible'),
    objective: text('What the strategy is best at.'),
    strategy: Strategy,
    modules: Modules,
    estimate: Estimate,
    rationale: Type.Array(Rationale),
    alternatives: Type.Array(Alternative),
    verification: Verification,
    search: Search,
    ...notes,
    resolved: Resolved,
    links: Links,
  },
  { ...closed, $id: 'FeasiblePlan', description: 'The best strategy for a batch, why, and what was checked of it.' },
);
export type FeasiblePlan = Static<typeof FeasiblePlan>;

const Nearest = Type.Object(
  {
    strategy: Strategy,
    reason: text('Reason slug.'),
    shortByBytes: Type.Optional(int('How many bytes a GPU it lacks.')),
    explanation: text('In a sentence.'),
  },
  closed,
);

export const InfeasiblePlan = Type.Object(
  {
    id: planId,
    status: Type.Literal('infeasible'),
    objective: text('What was asked.'),
    rejected: Rejected,
    nearest: Type.Optional(Nearest),
    remedies: Type.Array(Remedy),
    search: Search,
    ...notes,
    resolved: Resolved,
    links: InfeasibleLinks,
  },
  {
    ...closed,
    $id: 'InfeasiblePlan',
    description: 'No strategy for a batch is feasible: why, what came nearest, what would help.',
  },
);
export type InfeasiblePlan = Static<typeof InfeasiblePlan>;

export const Plan = Type.Union([FeasiblePlan, InfeasiblePlan, FeasibleServingPlan, InfeasibleServingPlan], {
  $id: 'Plan',
  description: 'A feasible plan, or why there is none.',
});
export type Plan = Static<typeof Plan>;

export const BatchEstimateAnswer = Type.Union(
  [
    Type.Object(
      {
        status: Type.Literal('feasible'),
        strategy: Strategy,
        modules: Modules,
        estimate: Estimate,
        ...notes,
        resolved: Resolved,
      },
      closed,
    ),
    Type.Object(
      { status: Type.Literal('infeasible'), strategy: Strategy, reasons: Reasons, ...notes, resolved: Resolved },
      closed,
    ),
  ],
  { $id: 'BatchEstimateAnswer', description: 'What a strategy for a batch would cost, or why it cannot be.' },
);
export type BatchEstimateAnswer = Static<typeof BatchEstimateAnswer>;

export const EstimateAnswer = Type.Union([BatchEstimateAnswer, ServingEstimateAnswer], {
  $id: 'EstimateAnswer',
  description: 'By the kind of workload.',
});

export const BatchVerificationAnswer = Type.Object(
  { strategy: Strategy, verification: Verification, ...notes, resolved: Resolved },
  { ...closed, $id: 'BatchVerificationAnswer', description: 'What was checked of a strategy for a batch.' },
);
export type BatchVerificationAnswer = Static<typeof BatchVerificationAnswer>;

export const VerificationAnswer = Type.Union([BatchVerificationAnswer, ServingVerificationAnswer], {
  $id: 'VerificationAnswer',
  description: 'By the kind of workload.',
});
