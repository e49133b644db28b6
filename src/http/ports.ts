/** What the routes need from the cache and the planning pool. They are given to createApp, so tests can give others. */

export type { PlanStore } from '../cache/plan-store.ts';
export type { SingleFlight } from '../cache/single-flight.ts';
export type { StoredPlan } from '../cache/stored-plan.ts';

export interface Job {
  readonly kind: 'plan' | 'estimate' | 'verify';
  /** JSON that has passed the schema of its kind. */
  readonly request: unknown;
  readonly id: string;
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
  | { readonly kind: 'out-of-time' };

export interface PlanningPool {
  /** Rejects with an error of code 'OVERLOADED' when its queue is full. */
  plan(job: Job, signal?: AbortSignal): Promise<JobResult>;
  close(): Promise<void>;
}

/** Told of every plan that was made or tried, for the metrics. */
export interface PlanRecorder {
  planned(event: { readonly result: JobResult; readonly objective: string }): void;
}
