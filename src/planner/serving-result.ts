/** What planning for serving takes and gives. The same in shape as for a batch; see result.ts. */
import type { Cluster } from './cluster.ts';
import type { Engine } from './engine.ts';
import type { Model } from './model.ts';
import type { Constraints, Modules, Rejection, Remedy, SearchReport } from './result.ts';
import type { ServingEstimate } from './serving-estimate.ts';
import type { ServingStrategy } from './strategy.ts';
import type { Objective, ServingWorkload } from './workload.ts';

/** What a strategy is costed for. */
export interface ServingSetting {
  readonly cluster: Cluster;
  readonly model: Model;
  readonly workload: ServingWorkload;
  readonly engine: Engine;
}

export interface ServingProblem extends ServingSetting {
  readonly objective: Objective;
  readonly constraints: Constraints;
  /** Which modes compete. */
  readonly modes: readonly ServingStrategy['mode'][];
  readonly top: number;
}

export interface ServingCandidate {
  readonly strategy: ServingStrategy;
  readonly estimate: ServingEstimate;
}

/** One point of the frontier: nothing else in the space has more of both. */
export interface FrontierPoint {
  readonly strategy: ServingStrategy;
  readonly tokensPerSecondPerGpu: number;
  readonly tokensPerSecondPerUser: number;
  readonly ttft: number;
}

/** What tightening or loosening one bound of the SLO does to the objective. */
export interface SloPrice {
  readonly bound: 'ttft' | 'tpot';
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  /** Best under the changed bound; absent where nothing meets it. */
  readonly strategy?: ServingStrategy;
  /** Relative change of tokens/s/GPU (of GPUs for the objective `cost`): −0.14 loses 14 %. */
  readonly change?: number;
  readonly effect: string;
}

/** An input or assumption whose change by up to 20 % makes another strategy win. */
export interface Sensitivity {
  /** JSON pointer of a request's field, or the name of an assumption. */
  readonly input: string;
  readonly from: number;
  readonly to: number;
  /** Relative change of the input: −0.2 to 0.2. */
  readonly change: number;
  /** The strategy that wins then. */
  readonly winner: ServingStrategy;
  /** By what share of the winner's figure the chosen one falls short then. */
  readonly loss: number;
}

export interface ServingReasoning {
  readonly dimension: string;
  readonly chosen: number | string;
  readonly why: string;
  readonly compared: readonly {
    readonly value: number | string;
    readonly strategy?: ServingStrategy;
    readonly effect: string;
  }[];
}

export type ServingPlanResult =
  | {
      readonly status: 'feasible';
      readonly chosen: ServingCandidate;
      readonly modules: Modules;
      readonly rationale: readonly ServingReasoning[];
      readonly alternatives: readonly (ServingCandidate & { readonly versusChosen: string })[];
      /** Best first in tokens/s/GPU. */
      readonly frontier: readonly FrontierPoint[];
      /** The best of each mode that has any. */
      readonly bestOfMode: readonly ServingCandidate[];
      readonly sloPrices: readonly SloPrice[];
      readonly sensitivity: readonly Sensitivity[];
      readonly search: SearchReport;
      readonly warnings: readonly string[];
    }
  | {
      readonly status: 'infeasible';
      readonly search: SearchReport;
      readonly nearest?: {
        readonly strategy: ServingStrategy;
        readonly rejection: Rejection;
        readonly shortBytes?: number;
      };
      readonly remedies: readonly Remedy[];
      readonly warnings: readonly string[];
    }
  | { readonly status: 'out-of-time'; readonly search: SearchReport };

export type ServingEstimateResult =
  | {
      readonly status: 'feasible';
      readonly chosen: ServingCandidate;
      readonly modules: Modules;
      /** With other settings than asked for, where only so the strategy fits; a warning says it. */
      readonly engine?: Engine;
      readonly warnings: readonly string[];
    }
  | { readonly status: 'infeasible'; readonly strategy: ServingStrategy; readonly rejections: readonly Rejection[] };
