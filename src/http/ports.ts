/** What the routes need from the cache and the planning pool. They are given to createApp, so tests can give others. */

/** A finished answer. `answer` and `request` are JSON, kept as bytes so that a hit is sent without being parsed. */
export interface StoredPlan {
  readonly id: string;
  readonly status: 'feasible' | 'infeasible';
  /** False when a deadline cut the search short: kept under its id, never served as a hit. */
  readonly complete: boolean;
  readonly answer: Buffer;
  readonly request: Buffer;
}

export interface PlanStore {
  /** The plan that a request body of this SHA-256 was answered with. Memory only, so that it can be asked before parsing. */
  byBody(hash: string): StoredPlan | undefined;
  get(id: string): Promise<{ plan: StoredPlan; tier: 'memory' | 'disk' } | undefined>;
  put(plan: StoredPlan): Promise<void>;
  remember(bodyHash: string, plan: StoredPlan): void;
  close(): Promise<void>;
}

/** Concurrent work under one key is done once. */
export interface SingleFlight {
  run<T>(key: string, work: () => Promise<T>): Promise<{ readonly value: T; readonly shared: boolean }>;
}

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

export type JobResult =
  | {
      readonly kind: 'answer';
      readonly status: 'feasible' | 'infeasible';
      readonly complete: boolean;
      readonly json: string;
      readonly timings: { readonly searchMs: number; readonly verifyMs: number };
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
