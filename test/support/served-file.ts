/** optimal_parallel_strategy.json of an estimated serving strategy, as the service would write it for a plan. */
import { strategyJson } from '../../src/artifacts/strategy-json.ts';
import { modulesOf } from '../../src/http/answer-estimate.ts';
import { servingResolvedOf } from '../../src/http/answer-resolved.ts';
import { servingEstimateOf } from '../../src/http/answer-serving-estimate.ts';
import { servingStrategyOf } from '../../src/http/answer-serving-strategy.ts';
import type { FeasibleServingPlan } from '../../src/http/schemas/serving-answer.ts';
import type { Modules } from '../../src/planner/result.ts';
import type { ServingCandidate } from '../../src/planner/serving-result.ts';
import type { ServingVerifierSetting } from '../../src/verifier/serving/verify.ts';
import { type Json, parsed } from '../properties/hand-file.ts';

export function servedPlan(
  setting: ServingVerifierSetting,
  { strategy, estimate, modules }: ServingCandidate & { readonly modules: Modules },
): FeasibleServingPlan {
  const id = 'by-hand';
  return {
    id,
    status: 'feasible',
    objective: 'throughput',
    strategy: servingStrategyOf(strategy, setting.model),
    modules: modulesOf(modules),
    estimate: servingEstimateOf(estimate),
    rationale: [],
    alternatives: [],
    frontier: [],
    bestOfMode: [],
    sloPrices: [],
    sensitivity: [],
    verification: { verdict: 'optimal', checks: [] },
    search: { enumerated: 3, evaluated: 1, pruned: 1, rejected: { 'memory.weights': 1 }, exhaustive: true },
    warnings: [],
    assumptions: [],
    resolved: servingResolvedOf(setting),
    links: {
      self: `/plans/${id}`,
      placement: `/plans/${id}/placement`,
      artifacts: `/plans/${id}/artifacts`,
      report: `/plans/${id}/report`,
    },
  };
}

export function servedFile(...plan: Parameters<typeof servedPlan>): Json {
  return parsed(strategyJson(servedPlan(...plan)));
}
