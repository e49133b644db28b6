/** A plan of any workload: searched for, verified, told as JSON, with what each took. */
import { accountedFor, type OutOfTime, type SearchProgress, type SearchReport } from '../planner/result.ts';
import type { Verification } from '../verifier/claim.ts';
import type { JobResult } from './ports.ts';
import { createStopwatch, rememberingDeadline } from './stopwatch.ts';

interface Ended<Status extends string> {
  readonly status: Status;
  readonly search: SearchReport;
}

/** What differs between workloads. */
export interface PlanSteps<Found extends Ended<'feasible'>, NotFound extends Ended<'infeasible'>> {
  readonly search: (outOfTime: OutOfTime) => Found | NotFound | Ended<'out-of-time'>;
  readonly verify: (found: Found, setting: { readonly provedBest: boolean }) => Verification;
  readonly tellFeasible: (found: Found, verification: Verification) => unknown;
  readonly tellInfeasible: (result: NotFound) => unknown;
}

/** Who is asked whether there is time left, and told how far the plan is. */
export interface PlanWatch {
  readonly outOfTime: OutOfTime;
  /** Called as the search ends and verification begins. */
  readonly searched?: ((progress: SearchProgress) => void) | undefined;
}

export function runPlan<Found extends Ended<'feasible'>, NotFound extends Ended<'infeasible'>>(
  steps: PlanSteps<Found, NotFound>,
  { outOfTime, searched }: PlanWatch,
): JobResult {
  const clock = createStopwatch();
  const { beganAt } = clock;
  const deadline = rememberingDeadline(outOfTime);
  const result = steps.search(deadline.passed);
  const searchMs = clock();
  const { enumerated, evaluated, exhaustive } = result.search;
  const complete = exhaustive && !deadline.met();
  const common = { kind: 'answer', complete, search: { enumerated, evaluated } } as const;
  switch (result.status) {
    case 'out-of-time':
      return { kind: 'out-of-time' };
    case 'infeasible': {
      const json = JSON.stringify(steps.tellInfeasible(result));
      return { ...common, status: 'infeasible', json, timings: { beganAt, searchMs, verifyMs: 0 } };
    }
    case 'feasible': {
      searched?.({ enumerated, accounted: accountedFor(result.search), evaluated });
      const verification = steps.verify(result, { provedBest: exhaustive });
      const verifyMs = clock();
      const json = JSON.stringify(steps.tellFeasible(result, verification));
      return { ...common, status: 'feasible', json, timings: { beganAt, searchMs, verifyMs } };
    }
  }
}
