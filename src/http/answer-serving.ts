/** Results of planning for serving as the answers that are served. */
import type { Feasible, Infeasible } from '../planner/result.ts';
import type { ServingEstimateResult, ServingPlanResult } from '../planner/serving-result.ts';
import { type ServingStrategy, servingName } from '../planner/strategy.ts';
import type { Verification } from '../verifier/claim.ts';
import { modulesOf } from './answer-estimate.ts';
import {
  copyOf,
  infeasibleLinksOf,
  linksOf,
  nearestNotes,
  rejectedOf,
  searchOf,
  verificationOf,
} from './answer-parts.ts';
import { servingResolvedOf } from './answer-resolved.ts';
import { servingEstimateOf } from './answer-serving-estimate.ts';
import { servingStrategyOf } from './answer-serving-strategy.ts';
import { figure, inUnitOf, ms, percent } from './answer-units.ts';
import type { ResolvedServingPlan, ResolvedServingStrategy } from './resolve.ts';
import type { Assumption } from './resolve-findings.ts';
import type {
  FeasibleServingPlan,
  InfeasibleServingPlan,
  ServingEstimateAnswer,
  ServingVerificationAnswer,
} from './schemas/serving-answer.ts';

export function feasibleServingPlanOf(
  result: Feasible<ServingPlanResult>,
  { id, resolved, verification }: { id: string; resolved: ResolvedServingPlan; verification: Verification },
): FeasibleServingPlan {
  const { chosen } = result;
  const { problem } = resolved;
  const told = (strategy: ServingStrategy) => servingStrategyOf(strategy, problem.model);
  return {
    id,
    status: 'feasible',
    objective: problem.objective,
    strategy: told(chosen.strategy),
    modules: modulesOf(result.modules),
    estimate: servingEstimateOf(chosen.estimate),
    rationale: result.rationale.map(({ compared, ...reasoning }) => ({
      ...reasoning,
      compared: compared.map(({ value, strategy, effect }) => ({
        value,
        ...(strategy && { strategy: servingName(strategy, problem.model) }),
        effect,
      })),
    })),
    alternatives: result.alternatives.map(({ strategy, estimate, versusChosen }) => ({
      strategy: told(strategy),
      estimate: servingEstimateOf(estimate),
      versusChosen,
    })),
    frontier: result.frontier.map((point) => ({
      strategy: told(point.strategy),
      tokensPerSecondPerGpu: figure(point.tokensPerSecondPerGpu),
      tokensPerSecondPerUser: figure(point.tokensPerSecondPerUser),
      ttftMs: ms(point.ttft),
    })),
    bestOfMode: result.bestOfMode.map(({ strategy, estimate }) => ({
      mode: strategy.mode,
      strategy: told(strategy),
      estimate: servingEstimateOf(estimate),
    })),
    sloPrices: result.sloPrices.map(({ bound, from, to, strategy, change, effect }) => ({
      bound: bound === 'ttft' ? 'ttftMs' : 'tpotMs',
      fromMs: ms(from),
      toMs: ms(to),
      ...(strategy && { strategy: told(strategy) }),
      ...(change !== undefined && { changePercent: percent(change) }),
      effect,
    })),
    sensitivity: result.sensitivity.map(({ input, from, to, change, winner, loss }) => ({
      input,
      from: inUnitOf(input, from),
      to: inUnitOf(input, to),
      changePercent: percent(change),
      winner: told(winner),
      lossPercent: percent(loss),
    })),
    verification: verificationOf(verification),
    search: searchOf(result.search),
    ...notesOf(resolved, result.warnings),
    links: linksOf(id),
  };
}

export function infeasibleServingPlanOf(
  { search, nearest, remedies, warnings }: Infeasible<ServingPlanResult>,
  { id, resolved }: { id: string; resolved: ResolvedServingPlan },
): InfeasibleServingPlan {
  const { model, objective } = resolved.problem;
  return {
    id,
    status: 'infeasible',
    objective,
    rejected: rejectedOf(search),
    ...(nearest && { nearest: { strategy: servingStrategyOf(nearest.strategy, model), ...nearestNotes(nearest) } }),
    remedies: remedies.map(({ strategyName: strategy, ...remedy }) => ({ ...remedy, strategy })),
    search: searchOf(search),
    ...notesOf(resolved, warnings),
    links: infeasibleLinksOf(id),
  };
}

export function servingEstimateAnswerOf(
  result: ServingEstimateResult,
  resolved: ResolvedServingStrategy,
): ServingEstimateAnswer {
  const strategy = servingStrategyOf(judgedServingStrategy(result), resolved.problem.model);
  const assumptions = strategyAssumptions(result, resolved);
  if (result.status === 'infeasible') {
    const reasons = result.rejections.map((rejection) => ({ ...rejection }));
    return { status: 'infeasible', strategy, reasons, ...notesOf({ ...resolved, assumptions }, []) };
  }
  return {
    status: 'feasible',
    strategy,
    modules: modulesOf(result.modules),
    estimate: servingEstimateOf(result.chosen.estimate),
    ...notesOf({ ...resolved, assumptions }, result.warnings),
  };
}

export function servingVerificationAnswerOf(
  result: ServingEstimateResult,
  { resolved, verification }: { resolved: ResolvedServingStrategy; verification: Verification },
): ServingVerificationAnswer {
  return {
    strategy: servingStrategyOf(judgedServingStrategy(result), resolved.problem.model),
    verification: verificationOf(verification),
    ...notesOf(
      { ...resolved, assumptions: strategyAssumptions(result, resolved) },
      result.status === 'feasible' ? result.warnings : [],
    ),
  };
}

/** The strategy as it was judged, with the concurrency that a request may leave to the planner. */
export function judgedServingStrategy(result: ServingEstimateResult): ServingStrategy {
  return result.status === 'feasible' ? result.chosen.strategy : result.strategy;
}

function strategyAssumptions(
  result: ServingEstimateResult,
  { assumptions, strategy: asked }: ResolvedServingStrategy,
): readonly Assumption[] {
  const judged = judgedServingStrategy(result);
  const why = 'as many as the load keeps busy, the engine runs at once and its KV cache holds';
  const added: Assumption[] = [];
  const add = (path: string, given: number | undefined, value: number): void => {
    if (given === undefined) added.push({ path: `${path}/maxConcurrency`, value, why });
  };
  if (asked.mode === 'aggregated' && judged.mode === 'aggregated')
    add('/strategy', asked.maxConcurrency, judged.maxConcurrency);
  if (asked.mode === 'disaggregated' && judged.mode === 'disaggregated') {
    for (const side of ['prefill', 'decode'] as const)
      add(`/strategy/${side}/strategy`, asked[side].maxConcurrency, judged[side].maxConcurrency);
  }
  return [...assumptions, ...added];
}

function notesOf(
  {
    warnings,
    assumptions,
    problem,
  }: Pick<ResolvedServingPlan | ResolvedServingStrategy, 'warnings' | 'assumptions' | 'problem'>,
  more: readonly string[],
) {
  return {
    warnings: [...warnings, ...more],
    assumptions: copyOf(assumptions),
    resolved: servingResolvedOf(problem),
  };
}
