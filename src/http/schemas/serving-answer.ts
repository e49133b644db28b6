/** The answers for a serving workload. SI becomes contract units in ../answer-serving.ts. */
import { type Static, Type } from 'typebox';
import { servingModes } from '../../planner/strategy.ts';
import { closed, int, num, text, words } from './answer-fields.ts';
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
import { ResolvedServing } from './resolved-serving.ts';
import { ServingEstimate } from './serving-estimate.ts';
import { ServingStrategy } from './serving-strategy.ts';

const Value = Type.Union([Type.Number(), Type.String()]);

const ServingRationale = Type.Object(
  {
    dimension: text('A degree, the mode, the batch, or another thing that was to be chosen.'),
    chosen: Value,
    why: text('In a sentence.'),
    compared: Type.Array(
      Type.Object(
        {
          value: Value,
          strategy: Type.Optional(text('The best strategy with it.')),
          effect: text('What it would cost.'),
        },
        closed,
      ),
    ),
  },
  closed,
);

const ServingAlternative = Type.Object(
  { strategy: ServingStrategy, estimate: ServingEstimate, versusChosen: text('Against the chosen one, in figures.') },
  closed,
);

export const FrontierPoint = Type.Object(
  {
    strategy: ServingStrategy,
    tokensPerSecondPerGpu: num('Output tokens.'),
    tokensPerSecondPerUser: num('1 / TPOT.'),
    ttftMs: num('Mean time to the first token.'),
  },
  { ...closed, $id: 'FrontierPoint', description: 'Nothing else in the space has more of both rates.' },
);

export const BestOfMode = Type.Object(
  { mode: words(servingModes, 'The mode.'), strategy: ServingStrategy, estimate: ServingEstimate },
  { ...closed, description: 'The best strategy of one mode under the same objective.' },
);

export const SloPrice = Type.Object(
  {
    bound: words(['ttftMs', 'tpotMs'], 'The bound of workload.slo that is changed.'),
    fromMs: num('As it is.'),
    toMs: num('As it would be.'),
    strategy: Type.Optional(ServingStrategy),
    changePercent: Type.Optional(
      num('What changes in tokens/s/GPU, or in GPUs for the objective cost; absent where nothing meets the bound.'),
    ),
    effect: text('In a sentence.'),
  },
  { ...closed, $id: 'SloPrice', description: 'What tightening or loosening one bound of the SLO does.' },
);

export const Sensitivity = Type.Object(
  {
    input: text('JSON pointer into the request, or the name of an assumption.'),
    from: num('As it is, in the unit of the field or in SI.'),
    to: num('As it would be.'),
    changePercent: num('−20 to 20.'),
    winner: ServingStrategy,
    lossPercent: num('How far the chosen strategy then falls short of the winner.'),
  },
  { ...closed, $id: 'Sensitivity', description: 'A change of an input by up to 20 % that makes another strategy win.' },
);

export const FeasibleServingPlan = Type.Object(
  {
    id: planId,
    status: Type.Literal('feasible'),
    objective: text('What the strategy is best at.'),
    strategy: ServingStrategy,
    modules: Modules,
    estimate: ServingEstimate,
    rationale: Type.Array(ServingRationale),
    alternatives: Type.Array(ServingAlternative),
    frontier: Type.Array(FrontierPoint, { description: 'Most tokens/s/GPU first.' }),
    bestOfMode: Type.Array(BestOfMode, { description: 'Of each mode that has any.' }),
    sloPrices: Type.Array(SloPrice),
    sensitivity: Type.Array(Sensitivity),
    verification: Verification,
    search: Search,
    ...notes,
    resolved: ResolvedServing,
    links: Links,
  },
  {
    ...closed,
    $id: 'FeasibleServingPlan',
    description: 'The best way to serve a model, why, and what was checked of it.',
  },
);
export type FeasibleServingPlan = Static<typeof FeasibleServingPlan>;

export const InfeasibleServingPlan = Type.Object(
  {
    id: planId,
    status: Type.Literal('infeasible'),
    objective: text('What was asked.'),
    rejected: Rejected,
    nearest: Type.Optional(
      Type.Object(
        {
          strategy: ServingStrategy,
          reason: text('Reason slug.'),
          shortByBytes: Type.Optional(int('How many bytes a GPU it lacks.')),
          explanation: text('In a sentence.'),
        },
        closed,
      ),
    ),
    remedies: Type.Array(Remedy),
    search: Search,
    ...notes,
    resolved: ResolvedServing,
    links: InfeasibleLinks,
  },
  {
    ...closed,
    $id: 'InfeasibleServingPlan',
    description: 'No way to serve the model is feasible: why, what came nearest, what would help.',
  },
);
export type InfeasibleServingPlan = Static<typeof InfeasibleServingPlan>;

export const ServingEstimateAnswer = Type.Union(
  [
    Type.Object(
      {
        status: Type.Literal('feasible'),
        strategy: ServingStrategy,
        modules: Modules,
        estimate: ServingEstimate,
        ...notes,
        resolved: ResolvedServing,
      },
      closed,
    ),
    Type.Object(
      {
        status: Type.Literal('infeasible'),
        strategy: ServingStrategy,
        reasons: Reasons,
        ...notes,
        resolved: ResolvedServing,
      },
      closed,
    ),
  ],
  { $id: 'ServingEstimateAnswer', description: 'What a serving strategy would do, or why it cannot be.' },
);
export type ServingEstimateAnswer = Static<typeof ServingEstimateAnswer>;

export const ServingVerificationAnswer = Type.Object(
  { strategy: ServingStrategy, verification: Verification, ...notes, resolved: ResolvedServing },
  { ...closed, $id: 'ServingVerificationAnswer', description: 'What was checked of a serving strategy.' },
);
export type ServingVerificationAnswer = Static<typeof ServingVerificationAnswer>;
