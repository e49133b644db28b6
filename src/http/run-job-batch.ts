/** Jobs of a batch: planned, estimated or verified, and told as JSON. */
import { createPlan, estimateStrategy } from '../planner/plan.ts';
import type { Feasible, Infeasible, PlanResult } from '../planner/result.ts';
import { batchExpectation } from '../verifier/launch/expectation.ts';
import { verify } from '../verifier/verify.ts';
import { estimateAnswerOf, feasiblePlanOf, infeasiblePlanOf, judgedStrategy, verificationAnswerOf } from './answer.ts';
import type { JobResult } from './ports.ts';
import type { ResolvedBatchPlan, ResolvedBatchStrategy } from './resolve.ts';
import { laidOver, resolveClaims } from './resolve-claims.ts';
import { withLaunchCheck } from './run-job-launch.ts';
import { type PlanWatch, runPlan } from './run-job-plan.ts';
import type { Claims } from './schemas/claims.ts';
import { createStopwatch } from './stopwatch.ts';

export function runBatchPlan(resolved: ResolvedBatchPlan, { id, watch }: { id: string; watch: PlanWatch }): JobResult {
  const { problem } = resolved;
  return runPlan<Feasible<PlanResult>, Infeasible<PlanResult>>(
    {
      search: (passed) => createPlan(problem, passed),
      verify: ({ chosen, modules }, setting) => verify(problem, { ...chosen, modules }, setting),
      tellFeasible: (found, verification) =>
        withLaunchCheck(feasiblePlanOf(found, { id, resolved, verification }), verification, (told) =>
          batchExpectation(problem, found.chosen.strategy, told),
        ),
      tellInfeasible: (result) => infeasiblePlanOf(result, { id, resolved }),
    },
    watch,
  );
}

export function runBatchEstimate(resolved: ResolvedBatchStrategy): JobResult {
  const clock = createStopwatch();
  const result = estimateStrategy(resolved.problem, resolved.strategy);
  return {
    kind: 'answer',
    status: result.status,
    complete: true,
    json: JSON.stringify(estimateAnswerOf(result, resolved)),
    timings: { beganAt: clock.beganAt, searchMs: clock(), verifyMs: 0 },
  };
}

export function runBatchVerification(resolved: ResolvedBatchStrategy, claimed: Claims | undefined): JobResult {
  const clock = createStopwatch();
  const result = estimateStrategy(resolved.problem, resolved.strategy);
  const searchMs = clock();
  // The planner's figures are the ground that claims are laid on: a claimed throughput is held against a step time. Of a
  // strategy that does not fit there are none, and the verifier judges by its own.
  const ours = result.status === 'feasible' ? result.chosen.estimate : undefined;
  const claims = claimed && resolveClaims(claimed);
  const estimate = ours && claims ? laidOver(ours, claims) : (ours ?? claims);
  const claim = { strategy: judgedStrategy(result), ...(estimate && { estimate }) };
  const verification = verify(resolved.problem, claim, { provedBest: false });
  const verifyMs = clock();
  return {
    kind: 'answer',
    status: result.status,
    complete: true,
    json: JSON.stringify(verificationAnswerOf(result, { resolved, verification })),
    timings: { beganAt: clock.beganAt, searchMs, verifyMs },
  };
}
