/**
 * The hardware: GPUs in nodes, nodes in a cluster, and two tiers of network between them.
 *
 * GPU g (0-based) is in node floor(g / gpusPerNode) and in fast domain floor(g / domainGpus). Two GPUs of one domain talk
 * over the `fast` link (NVLink), any others over the `slow` one (InfiniBand, RoCE). A domain is a node, several whole nodes
 * (72 GPUs on an NVL72) or an even part of one (bridged pairs).
 */
import type { ComputeDtype } from './precision.ts';

export interface Link {
  readonly name: string;
  /** Bytes a second, per GPU and per direction. */
  readonly bandwidth: number;
  /** Seconds from the start of a message to its arrival, for an empty one. */
  readonly latency: number;
}

export interface Gpu {
  readonly name: string;
  readonly memoryBytes: number;
  /** Bytes a second of HBM, the datasheet's. */
  readonly memoryBandwidth: number;
  /** Dense FLOP/s by rate, the datasheet's; a rate that is absent there is filled in before planning, as an assumption. */
  readonly peakFlops: Readonly<Record<ComputeDtype, number>>;
  readonly curves: OperatorCurves;
}

export interface Cluster {
  readonly nodes: number;
  readonly gpusPerNode: number;
  /** GPUs that share the fast link. Divides gpusPerNode, or is a multiple of it. */
  readonly domainGpus: number;
  readonly gpu: Gpu;
  readonly fast: Link;
  readonly slow: Link;
}

/** How far a figure can be trusted: exact arithmetic on the specs; inside a fitted curve's range; outside it. */
export type Evidence = 'derived' | 'calibrated' | 'extrapolated';

/**
 * Time of a matrix multiplication C[m,n] = A[m,k] B[k,n]:
 *   ((flops / (peak · efficiency · mn/(mn + half)))^q + (bytes / (bandwidth · memoryEfficiency))^q)^(1/q) + floor.
 */
export interface GemmCurve {
  /** Share of the peak that a large product reaches, 0 to 1. */
  readonly efficiency: number;
  /** Elements of the output at which half of `efficiency` is reached: small outputs leave SMs idle. */
  readonly half: number;
  /** q: how sharply the compute and the memory roof meet; 1 adds them, infinity takes the larger. */
  readonly sharpness: number;
  readonly memoryEfficiency: number;
  /** Seconds of launch and ramp. */
  readonly floor: number;
}

/** Causal attention over a prompt: flops / (peak · efficiency · length/(length + half)) or its bytes, whichever is longer. */
export interface AttentionCurve {
  readonly efficiency: number;
  /** Query length at which half of `efficiency` is reached. */
  readonly half: number;
  readonly memoryEfficiency: number;
  readonly floor: number;
}

/** Kernels that only move memory: bytes / (bandwidth · efficiency) + floor. */
export interface StreamCurve {
  readonly efficiency: number;
  readonly floor: number;
}

/** How much of the datasheet real kernels reach on one GPU. Data, fitted to measurements and kept in catalog/. */
export interface OperatorCurves {
  /** `calibrated` where this very GPU was measured, `extrapolated` where the curve is a relative's or a default. */
  readonly evidence: Evidence;
  readonly source: string;
  readonly gemm: Readonly<Record<ComputeDtype, GemmCurve>>;
  readonly groupedGemm: Readonly<Record<ComputeDtype, GemmCurve>>;
  readonly prefillAttention: AttentionCurve;
  readonly stream: StreamCurve;
}

export function clusterGpus(cluster: Cluster): number {
  return cluster.nodes * cluster.gpusPerNode;
}
