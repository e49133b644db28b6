/** What a planning thread does with a job. Every thread loads this module once. */
import { getPriority, setPriority } from 'node:os';
import { isMainThread, type MessagePort } from 'node:worker_threads';
import type { SearchProgress } from '../planner/result.ts';
import type { Job, JobResult } from './ports.ts';
import { runJob } from './run-job.ts';

export interface PlanningTask {
  readonly job: Job;
  /** Milliseconds left of the job's time as it was handed to the thread: clocks of two threads have different origins. */
  readonly remainingMs: number;
  /** One 32-bit word: anything but 0 means that the job is to end now, since nobody waits for it or the service stops. */
  readonly abandoned: SharedArrayBuffer;
  /** Where progress is told, if somebody wants to know. */
  readonly tell?: MessagePort;
}

/** What goes over `tell`. */
export interface ThreadMessage {
  readonly kind: 'progress' | 'verifying';
  readonly progress: SearchProgress;
}

/**
 * Planning gives way to answering: where there are fewer cores than threads, the one that answers health checks and known plans gets
 * three times the share of one that plans, and nothing is lost while it has nothing to do. Linux has priorities by thread, and 0 is the
 * one that asks; elsewhere it would be the whole process. It begins where the process stands: whoever may not raise a priority could not
 * set a fixed one.
 */
const NICENESS = 5;
const LEAST_PRIORITY = 19;
if (!isMainThread && process.platform === 'linux') setPriority(0, Math.min(getPriority(0) + NICENESS, LEAST_PRIORITY));

/** Nobody reads faster, and at some 20 µs a message these cost a search a hundredth of a percent. */
const PROGRESS_EVERY_MS = 200;

export default function runPlanningTask({ job, remainingMs, abandoned, tell }: PlanningTask): JobResult {
  const end = performance.now() + remainingMs;
  const flag = new Int32Array(abandoned);
  const send = (message: ThreadMessage) => tell?.postMessage(message);
  let tellAt = tell ? 0 : Number.POSITIVE_INFINITY;
  return runJob(
    job,
    (progress) => {
      const now = performance.now();
      if (progress && now >= tellAt) {
        tellAt = now + PROGRESS_EVERY_MS;
        send({ kind: 'progress', progress: progress() });
      }
      return Atomics.load(flag, 0) !== 0 || now >= end;
    },
    (progress) => send({ kind: 'verifying', progress }),
  );
}
