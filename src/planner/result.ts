/** What createPlan takes and gives. Bad news is a value: infeasible is a result, with what came nearest and what would make it fit. */
import type { Cluster } from './cluster.ts';
import type { Estimate } from './estimate.ts';
import type { Model } from './model.ts';
import type { DegreeName, Strategy } from './strategy.ts';
import type { BatchWorkload, Objective } from './workload.ts';

/** Inclusive bounds of one degree. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export interface Constraints {
  /** A degree that is absent is free. */
  readonly degrees: Readonly<Partial<Record<DegreeName, Range>>>;
  readonly gpus?: Range;
  /** Bytes to keep free on every GPU, beyond the reserve. */
  readonly memoryFree: number;
}

export interface Problem {
  readonly cluster: Cluster;
  readonly model: Model;
  readonly workload: BatchWorkload;
  readonly objective: Objective;
  readonly constraints: Constraints;
  /** Alternatives wanted beside the chosen one. */
  readonly top: number;
}

/** How far a search is. */
export interface SearchProgress {
  /** Candidates in the space. */
  readonly enumerated: number;
  /** Of those, the ones that are evaluated, pruned or rejected so far: all of them at the end of a search that was not cut short. */
  readonly accounted: number;
  readonly evaluated: number;
  /** Name of the best strategy so far. */
  readonly best?: string;
}

/**
 * Asked now and then by every loop of the search; true means: stop with what there is. The planner has no clock of its own.
 * The search whose report is answered says how far it is to whoever wants to know, who then has it worked out.
 */
export type OutOfTime = (progress?: () => SearchProgress) => boolean;

/** Why a candidate cannot be, as a slug that is stable for programs. */
export type Reason =
  | 'heads-not-divisible'
  | 'kv-heads-not-divisible'
  | 'intermediate-not-divisible'
  | 'experts-not-divisible'
  | 'vocabulary-not-divisible'
  | 'sequence-not-divisible'
  | 'quantisation-block'
  | 'no-experts'
  | 'stages-exceed-layers'
  | 'rank-without-sequence'
  | 'micro-batch-exceeds-batch'
  | 'one-replica-only'
  | 'gpus-exceed-cluster'
  | 'expert-fold-not-integer'
  | 'placement.tp-group-would-split'
  | 'constraint'
  | 'memory.weights'
  | 'memory.kv-cache'
  | 'memory.activations'
  | 'engine-not-expressible'
  | 'slo.ttft'
  | 'slo.tpot'
  | 'rate-not-reached';

export interface Rejection {
  readonly reason: Reason;
  readonly explanation: string;
}

export interface SearchReport {
  /** Candidates in the space. enumerated = evaluated + pruned + the sum of rejected, when exhaustive. */
  readonly enumerated: number;
  readonly evaluated: number;
  readonly pruned: number;
  readonly rejected: Readonly<Partial<Record<Reason, number>>>;
  readonly exhaustive: boolean;
}

/** Candidates that a search is done with. */
export function accountedFor({ evaluated, pruned, rejected }: Omit<SearchReport, 'enumerated' | 'exhaustive'>): number {
  return Object.values(rejected).reduce((sum, times) => sum + times, evaluated + pruned);
}

export interface Candidate {
  readonly strategy: Strategy;
  readonly estimate: Estimate;
}

export interface Comparison {
  readonly value: number;
  /** The best candidate with that value under the same objective; absent where none is feasible. */
  readonly best?: Candidate;
  readonly effect: string;
}

export interface Reasoning {
  readonly dimension: DegreeName | 'microBatchSize';
  readonly chosen: number;
  readonly why: string;
  readonly compared: readonly Comparison[];
}

export interface Modules {
  readonly count: number;
  readonly gpusPerModule: number;
  readonly expertsPerGpuPerLayer: number;
  readonly balance: number;
}

export interface Alternative extends Candidate {
  readonly versusChosen: string;
}

export interface Remedy {
  readonly change: string;
  /** JSON pointer into the request. */
  readonly path: string;
  readonly from: number | string;
  readonly to: number | string;
  readonly strategyName: string;
}

export type PlanResult =
  | {
      readonly status: 'feasible';
      readonly chosen: Candidate;
      readonly modules: Modules;
      readonly rationale: readonly Reasoning[];
      readonly alternatives: readonly Alternative[];
      readonly search: SearchReport;
      readonly warnings: readonly string[];
    }
  | {
      readonly status: 'infeasible';
      readonly search: SearchReport;
      readonly nearest?: { readonly strategy: Strategy; readonly rejection: Rejection; readonly shortBytes?: number };
      readonly remedies: readonly Remedy[];
      readonly warnings: readonly string[];
    }
  /** The budget ran out before anything feasible was found. */
  | { readonly status: 'out-of-time'; readonly search: SearchReport };

export type Feasible<Result extends { readonly status: string }> = Extract<Result, { status: 'feasible' }>;
export type Infeasible<Result extends { readonly status: string }> = Extract<Result, { status: 'infeasible' }>;

export type EstimateResult =
  | {
      readonly status: 'feasible';
      readonly chosen: Candidate;
      readonly modules: Modules;
      readonly warnings: readonly string[];
    }
  | { readonly status: 'infeasible'; readonly strategy: Strategy; readonly rejections: readonly Rejection[] };

/** A strategy as a caller gives it: what is absent is worked out. */
export type StrategyRequest = Readonly<Partial<Strategy>>;
