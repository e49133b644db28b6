/**
 * What the cost model says of one strategy. SI units: bytes, seconds, FLOP; shares are 0 to 1. docs/accounting.md defines
 * every figure, and is what the verifier was written from.
 */
import type { Evidence } from './cluster.ts';

/** Bytes on one rank. `total` is the sum of all the others but the reserve. */
export interface MemoryAccount {
  readonly attentionWeight: number;
  readonly denseWeight: number;
  readonly expertWeight: number;
  readonly sharedExpertWeight: number;
  readonly routerWeight: number;
  readonly embeddingWeight: number;
  readonly normWeight: number;
  readonly kvCache: number;
  readonly activation: number;
  readonly messageBuffer: number;
  readonly total: number;
  /** Taken by the GPU's context and the collectives library: lowers what fits, and is not in `total`. */
  readonly runtimeReserve: number;
}

export const memoryParts = [
  'attentionWeight',
  'denseWeight',
  'expertWeight',
  'sharedExpertWeight',
  'routerWeight',
  'embeddingWeight',
  'normWeight',
  'kvCache',
  'activation',
  'messageBuffer',
] as const satisfies readonly (keyof MemoryAccount)[];

export const collectiveOps = ['allReduce', 'allGather', 'reduceScatter', 'allToAll', 'pointToPoint'] as const;
export type CollectiveOp = (typeof collectiveOps)[number];

export const groupKinds = ['tp', 'cp', 'dp', 'pp', 'ep', 'etp', 'edp'] as const;
export type GroupKind = (typeof groupKinds)[number];

/** What one op over one kind of group does on one rank in one step; of all stages, the one that sends most. */
export interface CollectiveUse {
  readonly op: CollectiveOp;
  readonly group: GroupKind;
  /** What it is for: 'dispatch', 'combine', 'attention', 'dense', … */
  readonly purpose: string;
  readonly groupSize: number;
  /** Calls in a step, all micro-batches and layers of the stage. */
  readonly calls: number;
  /** Bytes of one call: the whole tensor that is gathered, reduced or exchanged, as one rank sees it. */
  readonly messageBytes: number;
  /** Bytes one rank sends in a step: calls × messageBytes × (n−1)/n, and for an all-reduce twice that; the whole for point-to-point. */
  readonly bytesPerGpu: number;
  /** Whether any group of this kind has members in two fast domains. */
  readonly crossesDomains: boolean;
  /** Whether any group of this kind has members on two nodes. */
  readonly crossesNodes: boolean;
  /** Seconds a step on that stage. */
  readonly seconds: number;
}

export type Bound = 'compute' | 'memory' | 'network' | 'launch';

/** A part of the step's critical path. The parts add up to the step. */
export interface TimePart {
  readonly part: string;
  readonly seconds: number;
  /** What most of it waits for. */
  readonly bound: Bound;
}

/** Spread over the ranks, as standard deviation over mean (0 when all ranks are equal). */
export interface Balance {
  /** Expert shards placed on a rank, over all its layers. */
  readonly experts: number;
  /** FLOPs of a rank at mean routing. */
  readonly compute: number;
  /** Total bytes of a rank. */
  readonly memory: number;
  /** Expected max/mean of routed tokens over the ranks of an EP group under uniform random top-k routing: 1 is balanced. */
  readonly routingImbalance: number;
}

export interface Estimate {
  readonly memory: {
    /** Of the rank that needs most. */
    readonly perGpu: MemoryAccount;
    /** perGpu.total / GPU memory. */
    readonly utilization: number;
    readonly largestRank: number;
    /** GPU memory − total − reserve: what is left on that rank. Negative when it does not fit. */
    readonly freeBytes: number;
  };
  readonly compute: {
    /** FLOPs of the busiest rank in a step, at mean routing; matrix products and attention, no element-wise work. */
    readonly flopsPerGpu: number;
    /** flopsPerGpu / (peak × step), the peak being the rate at which the model's largest weight class is multiplied. */
    readonly utilization: number;
    readonly peakFlops: number;
  };
  readonly communication: { readonly perCollective: readonly CollectiveUse[] };
  readonly time: {
    readonly step: number;
    readonly breakdown: readonly TimePart[];
    readonly microBatches: number;
    /** Share of the step in which the slowest stage has nothing to do: filling and draining the pipeline. */
    readonly bubble: number;
  };
  readonly throughput: { readonly tokensPerSecond: number; readonly tokensPerSecondPerGpu: number };
  readonly balance: Balance;
  readonly evidence: { readonly memory: Evidence; readonly compute: Evidence; readonly time: Evidence };
}
