/** Jobs of a serving workload: planned, estimated or verified, and told as JSON. */
import type { Feasible, Infeasible } from '../planner/result.ts';
import { estimateServing } from '../planner/serving.ts';
import { createServingPlan } from '../planner/serving-plan.ts';
import type { ServingEstimateResult, ServingPlanResult } from '../planner/serving-result.ts';
import { servingExpectation } from '../verifier/launch/expectation.ts';
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
import { withLaunchCheck } from './run-job-launch.ts';
import { type PlanWatch, runPlan } from './run-job-plan.ts';
import type { Claims } from './schemas/claims.ts';
import { createStopwatch } from './stopwatch.ts';

export function runServingPlan(
  resolved: ResolvedServingPlan,
  { id, watch }: { id: string; watch: PlanWatch },
): JobResult {
  const { problem } = resolved;
  return runPlan<Feasible<ServingPlanResult>, Infeasible<ServingPlanResult>>(
    {
      search: (passed) => createServingPlan(problem, passed),
      verify: ({ chosen, modules }, setting) => verifyServing(problem, { ...chosen, modules }, setting),
      tellFeasible: (found, verification) =>
        withLaunchCheck(feasibleServingPlanOf(found, { id, resolved, verification }), verification, (told) =>
          servingExpectation(problem, found.chosen, told),
        ),
      tellInfeasible: (result) => infeasibleServingPlanOf(result, { id, resolved }),
    },
    watch,
  );
}

export function runServingEstimate(resolved: ResolvedServingStrategy): JobResult {
  const clock = createStopwatch();
  const result = estimateServing(resolved.problem, resolved.strategy);
  return {
    kind: 'answer',
    status: result.status,
    complete: true,
    json: JSON.stringify(servingEstimateAnswerOf(result, asEstimated(resolved, result))),
    timings: { beganAt: clock.beganAt, searchMs: clock(), verifyMs: 0 },
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
    timings: { beganAt: clock.beganAt, searchMs, verifyMs },
  };
}

/** The problem with the settings of the engine that it was estimated with. */
function asEstimated(resolved: ResolvedServingStrategy, result: ServingEstimateResult): ResolvedServingStrategy {
  if (result.status === 'infeasible' || !result.engine) return resolved;
  return { ...resolved, problem: { ...resolved.problem, engine: result.engine } };
}
