/** Jobs of a batch: planned, estimated or verified, and told as JSON. */
import { createPlan, estimateStrategy } from '../planner/plan.ts';
import type { OutOfTime } from '../planner/result.ts';
import { verify } from '../verifier/verify.ts';
import { estimateAnswerOf, feasiblePlanOf, infeasiblePlanOf, judgedStrategy, verificationAnswerOf } from './answer.ts';
import type { JobResult } from './ports.ts';
import type { ResolvedBatchPlan, ResolvedBatchStrategy } from './resolve.ts';
import { laidOver, resolveClaims } from './resolve-claims.ts';
import type { Claims } from './schemas/claims.ts';
import { createStopwatch, rememberingDeadline } from './stopwatch.ts';

export function runBatchPlan(
  resolved: ResolvedBatchPlan,
  { id, outOfTime }: { id: string; outOfTime: OutOfTime },
): JobResult {
  const { problem } = resolved;
  const clock = createStopwatch();
  const deadline = rememberingDeadline(outOfTime);
  const result = createPlan(problem, deadline.passed);
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
        json: JSON.stringify(infeasiblePlanOf(result, { id, resolved })),
        timings: { searchMs, verifyMs: 0 },
      };
    case 'feasible': {
      const verification = verify(problem, { ...result.chosen, modules: result.modules }, { provedBest: exhaustive });
      const verifyMs = clock();
      return {
        ...common,
        status: 'feasible',
        json: JSON.stringify(feasiblePlanOf(result, { id, resolved, verification })),
        timings: { searchMs, verifyMs },
      };
    }
  }
}

export function runBatchEstimate(resolved: ResolvedBatchStrategy): JobResult {
  const clock = createStopwatch();
  const result = estimateStrategy(resolved.problem, resolved.strategy);
  return {
    kind: 'answer',
    status: result.status,
    complete: true,
    json: JSON.stringify(estimateAnswerOf(result, resolved)),
    timings: { searchMs: clock(), verifyMs: 0 },
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
    timings: { searchMs, verifyMs },
  };
}
