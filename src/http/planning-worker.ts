/** What a planning thread does with a job. Every thread loads this module once. */
import type { Job, JobResult } from './ports.ts';
import { runJob } from './run-job.ts';

export interface PlanningTask {
  readonly job: Job;
  /** Milliseconds left of the job's time as it was handed to the thread: clocks of two threads have different origins. */
  readonly remainingMs: number;
  /** One 32-bit word: anything but 0 means that the job is to end now, since nobody waits for it or the service stops. */
  readonly abandoned: SharedArrayBuffer;
}

export default function runPlanningTask({ job, remainingMs, abandoned }: PlanningTask): JobResult {
  const end = performance.now() + remainingMs;
  const flag = new Int32Array(abandoned);
  return runJob(job, () => Atomics.load(flag, 0) !== 0 || performance.now() >= end);
}
