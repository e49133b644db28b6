/** What is claimed of a strategy, and what the verifier answers. SI units, shares from 0 to 1, as in the planner's Estimate. */
import type { Cluster } from '../planner/cluster.ts';
import type { Estimate, GroupKind } from '../planner/estimate.ts';
import type { Model } from '../planner/model.ts';
import type { Constraints, Modules } from '../planner/result.ts';
import type { Strategy } from '../planner/strategy.ts';
import type { BatchWorkload } from '../planner/workload.ts';

/** Any part of T, to any depth: a planner claims everything, a caller what it likes. */
export type DeepPartial<T> = T extends readonly (infer Item)[]
  ? readonly DeepPartial<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> }
    : T;

/** What any strategy is laid out on, whatever it is to do. */
export interface Specs {
  readonly cluster: Cluster;
  readonly model: Model;
}

export interface VerifierProblem extends Specs {
  readonly workload: BatchWorkload;
  readonly constraints?: Constraints;
}

/** Where a claim says things are. Every part is optional; what is there must be what the numbering of ranks says. */
export interface ClaimedPlacement {
  /** GPU of each rank, from rank 0. */
  readonly gpus?: ArrayLike<number>;
  /** Experts of a layer that each EP rank holds, from ep_i = 0. */
  readonly expertHomes?: readonly (readonly number[])[];
  /** Layers of each stage, from stage 0. */
  readonly stageLayers?: readonly (readonly number[])[];
  /** Ranks of each process group, by kind. */
  readonly groups?: { readonly [Kind in GroupKind]?: readonly (readonly number[])[] };
}

export interface Claim {
  readonly strategy: Strategy;
  readonly estimate?: DeepPartial<Estimate>;
  readonly modules?: DeepPartial<Modules>;
  readonly placement?: ClaimedPlacement;
}

export type Scalar = number | string | boolean | null;

export interface VerificationCheck {
  readonly id: string;
  readonly status: 'pass' | 'warn' | 'fail';
  readonly expected: Scalar;
  readonly actual: Scalar;
  readonly explanation: string;
}

export interface Verification {
  /** optimal: all pass, and the search proved the strategy best of its space. valid: all pass. */
  readonly verdict: 'optimal' | 'valid' | 'invalid';
  readonly checks: readonly VerificationCheck[];
}
