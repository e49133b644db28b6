/**
 * The hardware: GPUs in nodes, nodes in a cluster, and two tiers of network between them.
 *
 * GPU g (0-based) is in node floor(g / gpusPerNode) and in fast domain floor(g / domainGpus). Two GPUs of one domain talk
 * over the `fast` link (NVLink), any others over the `slow` one (InfiniBand, RoCE), or where the catalog knows it over the
 * `host`'s PCIe within a node. A domain is a node, several whole nodes (72 GPUs on an NVL72) or an even part of one (bridged pairs).
 */
import type { OperatorCurves } from './curves.ts';
import type { ComputeDtype } from './precision.ts';

export interface Link {
  readonly name: string;
  /** Bytes a second, per GPU and per direction. */
  readonly bandwidth: number;
  /** Seconds from the start of a message to its arrival, for an empty one. */
  readonly latency: number;
  /** The link is one that the collectives of the GPU's curves were measured on, or its like: they hold, not latency and bandwidth alone. */
  readonly measured?: boolean;
  /** Each GPU has a link of its own to every other: absent where all share a switch, through which one peer is reached as fast as all. */
  readonly mesh?: Mesh;
}

/** `bandwidth` is of a GPU's links to all others together. */
export interface Mesh {
  readonly gpus: number;
  /** Share of the links' rate that payload gets. */
  readonly payload: number;
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
  /** Of GPUs in one node that share no fast link. Absent: they meet over the slow one. */
  readonly host?: Link;
}

/** How far a figure can be trusted: exact arithmetic on the specs; inside a fitted curve's range; outside it. */
export type Evidence = 'derived' | 'calibrated' | 'extrapolated';

/** Bytes a second that each of so many GPUs of a domain gets out to the others: of a mesh, over its links to these alone. */
export function bandwidthAmong({ bandwidth, mesh }: Link, gpus: number): number {
  if (!mesh || gpus < 2) return bandwidth;
  return bandwidth * mesh.payload * Math.min(1, (gpus - 1) / (mesh.gpus - 1));
}

export function clusterGpus(cluster: Cluster): number {
  return cluster.nodes * cluster.gpusPerNode;
}
