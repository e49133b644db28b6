/** The two JSON files of a plan. Both follow from the plan alone, key by key in one order: equal plans give equal bytes. */
import type { FeasiblePlan } from '../http/schemas/answer.ts';
import { placementSummary } from './placement-summary.ts';

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** optimal_parallel_strategy.json: the strategy, its figures, and the specs from which all of them can be computed again. */
export function strategyJson(plan: FeasiblePlan): string {
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
    layout: {
      rank: '(replica * pp + stage) * tp * cp * dp + i',
      attention: 'i = (dp_i * cp + cp_i) * tp + tp_i',
      experts: 'i = (edp_i * ep + ep_i) * etp + etp_i',
      ...placementSummary(plan),
    },
    warnings,
    assumptions,
  });
}

/** verification_results.json as the service found it; verify_strategy.py writes its own over it. */
export function verificationJson({ id, strategy, verification }: FeasiblePlan): string {
  return pretty({ id, strategy: strategy.name, verdict: verification.verdict, checks: verification.checks });
}
