/** The two JSON files of a plan. Both follow from the plan alone, key by key in one order: equal plans give equal bytes. */
import type { FeasiblePlan } from '../http/schemas/answer.ts';
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { placementSummary } from './placement-summary.ts';
import { servedSummary } from './served-summary.ts';
import { type AnyFeasiblePlan, isServing } from './served-workers.ts';

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** optimal_parallel_strategy.json: the strategy, its figures, and the specs from which all of them can be computed again. */
export function strategyJson(plan: AnyFeasiblePlan): string {
  const { id, objective, strategy, modules, estimate, resolved, search, verification, warnings, assumptions } = plan;
  return pretty({
    format: 'shardwell-strategy/1',
    id,
    objective,
    strategy,
    modules,
    estimate,
    specification: resolved,
    search,
    verdict: verification.verdict,
    layout: isServing(plan) ? servedLayout(plan) : batchLayout(plan),
    warnings,
    assumptions,
  });
}

function batchLayout(plan: FeasiblePlan) {
  return {
    rank: '(replica * pp + stage) * tp * cp * dp + i',
    attention: 'i = (dp_i * cp + cp_i) * tp + tp_i',
    experts: 'i = (edp_i * ep + ep_i) * etp + etp_i',
    ...placementSummary(plan),
  };
}

/** Ranks of prefill workers come first, and each kind of worker counts its own as the engine does. */
function servedLayout(plan: FeasibleServingPlan) {
  const { rankLayout } = plan.resolved.engine;
  const [slowest, middle, fastest] = rankLayout.expert;
  return {
    rank:
      rankLayout.stages === 'outside'
        ? 'firstRank + (replica * pp + stage) * tp * cp * dp + i'
        : 'firstRank + ((replica * dp + dp_i) * pp + stage) * tp * cp + i mod (tp * cp)',
    attention: 'i = (dp_i * cp + cp_i) * tp + tp_i',
    experts: `i = (${slowest}_i * ${middle} + ${middle}_i) * ${fastest} + ${fastest}_i`,
    gpusIdle: plan.resolved.cluster.gpus - plan.strategy.gpus,
    workers: servedSummary(plan),
  };
}

/** verification_results.json as the service found it; verify_strategy.py writes its own over it. */
export function verificationJson({ id, strategy, verification }: AnyFeasiblePlan): string {
  return pretty({ id, strategy: strategy.name, verdict: verification.verdict, checks: verification.checks });
}
