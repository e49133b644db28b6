/** Results of planning for a batch, and what the verifier found, as the answers that are served. */
import type { EstimateResult, Feasible, Infeasible, PlanResult } from '../planner/result.ts';
import { strategyName } from '../planner/strategy.ts';
import type { Verification } from '../verifier/claim.ts';
import { estimateOf, modulesOf, publishedWarning, strategyOf, type Telling } from './answer-estimate.ts';
import {
  copyOf,
  infeasibleLinksOf,
  linksOf,
  nearestNotes,
  rejectedOf,
  searchOf,
  verificationOf,
} from './answer-parts.ts';
import { resolvedOf } from './answer-resolved.ts';
import { ms } from './answer-units.ts';
import type { ResolvedBatchPlan, ResolvedBatchStrategy } from './resolve.ts';
import type { BatchEstimateAnswer, BatchVerificationAnswer, FeasiblePlan, InfeasiblePlan } from './schemas/answer.ts';

export function feasiblePlanOf(
  result: Feasible<PlanResult>,
  { id, resolved, verification }: { id: string; resolved: ResolvedBatchPlan; verification: Verification },
): FeasiblePlan {
  const telling = tellingOf(resolved);
  const { chosen } = result;
  return {
    id,
    status: 'feasible',
    objective: resolved.problem.objective,
    strategy: strategyOf(chosen.strategy, telling),
    modules: modulesOf(result.modules),
    estimate: estimateOf(chosen, telling),
    rationale: result.rationale.map(({ compared, ...reasoning }) => ({
      ...reasoning,
      compared: compared.map(({ value, best, effect }) => ({
        value,
        ...(best && { strategy: strategyName(best.strategy, telling.model) }),
        effect,
      })),
    })),
    alternatives: result.alternatives.map((alternative) => ({
      strategy: strategyOf(alternative.strategy, telling),
      estimate: estimateOf(alternative, telling),
      versusChosen: alternative.versusChosen,
    })),
    verification: verificationOf(verification),
    search: searchOf(result.search),
    warnings: warningsOf(resolved, result.warnings),
    assumptions: copyOf(resolved.assumptions),
    resolved: resolvedOf(resolved.problem),
    links: linksOf(id),
  };
}

export function infeasiblePlanOf(
  { search, nearest, remedies, warnings }: Infeasible<PlanResult>,
  { id, resolved }: { id: string; resolved: ResolvedBatchPlan },
): InfeasiblePlan {
  const telling = tellingOf(resolved);
  return {
    id,
    status: 'infeasible',
    objective: resolved.problem.objective,
    rejected: rejectedOf(search),
    ...(nearest && { nearest: { strategy: strategyOf(nearest.strategy, telling), ...nearestNotes(nearest) } }),
    remedies: remedies.map(({ strategyName: strategy, ...remedy }) => ({ ...remedy, strategy })),
    search: searchOf(search),
    warnings: warningsOf(resolved, warnings),
    assumptions: copyOf(resolved.assumptions),
    resolved: resolvedOf(resolved.problem),
    links: infeasibleLinksOf(id),
  };
}

export function estimateAnswerOf(result: EstimateResult, resolved: ResolvedBatchStrategy): BatchEstimateAnswer {
  const telling = tellingOf(resolved);
  const common = { assumptions: strategyAssumptions(result, resolved), resolved: resolvedOf(resolved.problem) };
  if (result.status === 'infeasible') {
    return {
      status: 'infeasible',
      strategy: strategyOf(result.strategy, telling),
      reasons: result.rejections.map((rejection) => ({ ...rejection })),
      warnings: warningsOf(resolved, []),
      ...common,
    };
  }
  return {
    status: 'feasible',
    strategy: strategyOf(result.chosen.strategy, telling),
    modules: modulesOf(result.modules),
    estimate: estimateOf(result.chosen, telling),
    warnings: warningsOf(resolved, result.warnings),
    ...common,
  };
}

export function verificationAnswerOf(
  result: EstimateResult,
  { resolved, verification }: { resolved: ResolvedBatchStrategy; verification: Verification },
): BatchVerificationAnswer {
  return {
    strategy: strategyOf(judgedStrategy(result), resolved.problem),
    verification: verificationOf(verification),
    warnings: warningsOf(resolved, []),
    assumptions: strategyAssumptions(result, resolved),
    resolved: resolvedOf(resolved.problem),
  };
}

/** The strategy as it was judged, with the micro-batch that a request may leave to the planner. */
export function judgedStrategy(result: EstimateResult) {
  return result.status === 'feasible' ? result.chosen.strategy : result.strategy;
}

function strategyAssumptions(result: EstimateResult, { assumptions, strategy }: ResolvedBatchStrategy) {
  const { microBatchSize } = judgedStrategy(result);
  if (strategy.microBatchSize !== undefined) return copyOf(assumptions);
  const why =
    result.status === 'feasible' && result.chosen.strategy.pp > 1
      ? `the fastest that fits: a step of ${ms(result.chosen.estimate.time.step)} ms`
      : 'a data-parallel rank’s sequences go through together';
  return copyOf([...assumptions, { path: '/strategy/microBatchSize', value: microBatchSize, why }]);
}

function tellingOf({
  problem,
  memoryAccounting,
}: Pick<ResolvedBatchPlan | ResolvedBatchStrategy, 'problem' | 'memoryAccounting'>): Telling {
  const { cluster, model, workload } = problem;
  return { cluster, model, workload, memoryAccounting };
}

function warningsOf(
  { warnings, memoryAccounting }: { warnings: readonly string[]; memoryAccounting: string },
  more: readonly string[],
): string[] {
  return [...(memoryAccounting === 'published-summary' ? [publishedWarning] : []), ...warnings, ...more];
}
