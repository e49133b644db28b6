/** Jobs of a serving workload: planned, estimated or verified, and told as JSON. */
import type { OutOfTime } from '../planner/result.ts';
import { estimateServing } from '../planner/serving.ts';
import { createServingPlan } from '../planner/serving-plan.ts';
import type { ServingEstimateResult } from '../planner/serving-result.ts';
import { verifyServing } from '../verifier/serving/verify.ts';
import {
  feasibleServingPlanOf,
  infeasibleServingPlanOf,
  judgedServingStrategy,
  servingEstimateAnswerOf,
  servingVerificationAnswerOf,
} from './answer-serving.ts';
import type { JobResult } from './ports.ts';
import type { ResolvedServingPlan, ResolvedServingStrategy } from './resolve.ts';
import { resolveServingClaims, servingLaidOver } from './resolve-serving-claims.ts';
import type { Claims } from './schemas/claims.ts';
import { createStopwatch, rememberingDeadline } from './stopwatch.ts';

export function runServingPlan(
  resolved: ResolvedServingPlan,
  { id, outOfTime }: { id: string; outOfTime: OutOfTime },
): JobResult {
  const { problem } = resolved;
  const clock = createStopwatch();
  const deadline = rememberingDeadline(outOfTime);
  const result = createServingPlan(problem, deadline.passed);
  const searchMs = clock();
  const { enumerated, evaluated, exhaustive } = result.search;
  const complete = exhaustive && !deadline.met();
  const common = { kind: 'answer', complete, search: { enumerated, evaluated } } as const;
  switch (result.status) {
    case 'out-of-time':
      return { kind: 'out-of-time' };
    case 'infeasible':
      return {
        ...common,
        status: 'infeasible',
        json: JSON.stringify(infeasibleServingPlanOf(result, { id, resolved })),
        timings: { searchMs, verifyMs: 0 },
      };
    case 'feasible': {
      const { chosen, modules } = result;
      const verification = verifyServing(problem, { ...chosen, modules }, { provedBest: exhaustive });
      const verifyMs = clock();
      return {
        ...common,
        status: 'feasible',
        json: JSON.stringify(feasibleServingPlanOf(result, { id, resolved, verification })),
        timings: { searchMs, verifyMs },
      };
    }
  }
}

export function runServingEstimate(resolved: ResolvedServingStrategy): JobResult {
  const clock = createStopwatch();
  const result = estimateServing(resolved.problem, resolved.strategy);
  return {
    kind: 'answer',
    status: result.status,
    complete: true,
    json: JSON.stringify(servingEstimateAnswerOf(result, asEstimated(resolved, result))),
    timings: { searchMs: clock(), verifyMs: 0 },
  };
}

export function runServingVerification(resolved: ResolvedServingStrategy, claimed: Claims | undefined): JobResult {
  const clock = createStopwatch();
  const result = estimateServing(resolved.problem, resolved.strategy);
  const searchMs = clock();
  // As of a batch: claims are laid on the planner's figures, where there are any.
  const ours = result.status === 'feasible' ? result.chosen.estimate : undefined;
  const claims = claimed && resolveServingClaims(claimed, ours);
  const estimate = ours && claims ? servingLaidOver(ours, claims) : (ours ?? claims);
  const claim = { strategy: judgedServingStrategy(result), ...(estimate && { estimate }) };
  const judged = asEstimated(resolved, result);
  const verification = verifyServing(judged.problem, claim, { provedBest: false });
  const verifyMs = clock();
  return {
    kind: 'answer',
    status: result.status,
    complete: true,
    json: JSON.stringify(servingVerificationAnswerOf(result, { resolved: judged, verification })),
    timings: { searchMs, verifyMs },
  };
}

/** The problem with the settings of the engine that it was estimated with. */
function asEstimated(resolved: ResolvedServingStrategy, result: ServingEstimateResult): ResolvedServingStrategy {
  if (result.status === 'infeasible' || !result.engine) return resolved;
  return { ...resolved, problem: { ...resolved.problem, engine: result.engine } };
}
