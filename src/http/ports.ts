/** What the routes need from the cache and the planning pool. They are given to createApp, so tests can give others. */
import type { StoredPlan } from '../cache/stored-plan.ts';
import type { SearchProgress } from '../planner/result.ts';

export type { Tier } from '../cache/cache-recorder.ts';
export type { PlanStore } from '../cache/plan-store.ts';
export type { SingleFlight } from '../cache/single-flight.ts';
export type { StoredPlan } from '../cache/stored-plan.ts';

export interface Job {
  readonly kind: 'plan' | 'estimate' | 'verify';
  /** JSON that has passed the schema of its kind. */
  readonly request: unknown;
  readonly id: string;
  /** So much of its deadline has gone by already, in a wait for another replica. */
  readonly waitedMs?: number;
  /** What it is expected to take of a thread (./job-time.ts), by which it queues. Absent: next to nothing. */
  readonly expectedMs?: number;
}

/** One thing wrong with a request. `pointer` is a JSON pointer (RFC 6901) into its body. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
  readonly allowed?: readonly (string | number | boolean)[];
}

export interface JobTimings {
  /** When the search began, in milliseconds since the epoch. */
  readonly beganAt?: number;
  readonly searchMs: number;
  readonly verifyMs: number;
}

export type JobResult =
  | {
      readonly kind: 'answer';
      readonly status: 'feasible' | 'infeasible';
      readonly complete: boolean;
      readonly json: string;
      readonly timings: JobTimings;
      readonly search?: { readonly enumerated: number; readonly evaluated: number };
    }
  | { readonly kind: 'invalid'; readonly errors: readonly Fault[] }
  /** `retryAfterS`: when a thread is likely to be free for another try. */
  | { readonly kind: 'out-of-time'; readonly retryAfterS?: number };

/** What whoever follows a job is told of it, in this order; a part that takes no time may be left out. */
export interface JobWatch {
  /** It waits for a thread; `ahead` says how many are before it when it is asked. */
  queued(ahead: () => number): void;
  started(): void;
  progress(progress: SearchProgress): void;
  /** The search is over, and what it found is verified. */
  verifying(progress: SearchProgress): void;
}

export interface JobRun {
  /** The job's own deadline, where it is not the pool's. */
  readonly timeoutMs?: number;
  readonly watch?: JobWatch;
}

export interface PlanningPool {
  /** Rejects with an error of code 'OVERLOADED' when its queue is full, or no thread is expected to be free in time. */
  plan(job: Job, signal?: AbortSignal, run?: JobRun): Promise<JobResult>;
  close(): Promise<void>;
}

/** What came of making a plan. */
export interface MadePlan {
  /** Absent where another replica has made it. */
  readonly timings?: { readonly searchMs: number; readonly verifyMs: number };
  readonly plan: StoredPlan;
}

/** Told of every plan that was made or tried, for the metrics. */
export interface PlanRecorder {
  planned(event: { readonly result: JobResult; readonly objective: string }): void;
}
