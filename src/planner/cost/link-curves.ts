/**
 * The forms of the collectives' curves: a latency that grows with the group, a ramp where the library changes to its protocol
 * for large messages, and the bytes on the wire at a share of the link's bandwidth.
 *
 * Sizes follow nccl-tests: an all-reduce's is each rank's buffer, an all-gather's and a reduce-scatter's the whole of all
 * ranks' parts, an all-to-all's what one rank holds for all.
 */
import type {
  CollectiveCurve,
  CollectiveCurves,
  CustomAllReduceCurve,
  ExchangeCurve,
  NetworkCurve,
} from '../curves.ts';
import { saturation } from './curves.ts';

export type CollectiveOp = 'allReduce' | 'allGather' | 'reduceScatter' | 'allToAll';

export interface CollectiveWork {
  readonly ranks: number;
  readonly bytes: number;
  /** Bytes a second of the link, per GPU and direction: the datasheet's. */
  readonly bandwidth: number;
}

/** Bytes that pass each rank's link, by the ring's count. */
export function wireBytes(op: CollectiveOp, { ranks, bytes }: Pick<CollectiveWork, 'ranks' | 'bytes'>): number {
  return ((op === 'allReduce' ? 2 : 1) * (ranks - 1) * bytes) / ranks;
}

/** Seconds of a collective inside one fast domain; 0 for a group of one. */
export function collectiveCurveTime(curve: CollectiveCurve, op: CollectiveOp, work: CollectiveWork): number {
  return work.ranks < 2 ? 0 : overCurve(curve, work, wireBytes(op, work));
}

/** All-reduce by an engine's own kernels, in a CUDA graph: one step in which each reads all others, or two. */
export function customAllReduceTime(curve: CustomAllReduceCurve, work: CollectiveWork): number {
  if (work.ranks < 2) return 0;
  const oneShot = overCurve(curve.oneShot, work, (work.ranks - 1) * work.bytes);
  return Math.min(oneShot, overCurve(curve.twoShot, work, wireBytes('allReduce', work)));
}

/** The all-reduce that an engine takes: its own kernels' or NCCL's, whichever is faster. The host launches ahead of the GPU. */
export function allReduceCurveTime(curves: CollectiveCurves, work: CollectiveWork): number {
  if (work.ranks < 2) return 0;
  const nccl = collectiveCurveTime(curves.allReduce, 'allReduce', work);
  return Math.min(nccl, customAllReduceTime(curves.customAllReduce, work));
}

/** What a curve says of a group of so many ranks, whatever the bytes. */
interface RanksCurve {
  readonly latency: number;
  readonly ramp: number;
  readonly rampBytes: number;
  /** Of each rank's link, and bytes a second of what its host passes on. */
  readonly share: number;
  readonly passedOn: number;
}

/** Groups are of few sizes, and their powers take longer than all else. */
const ranksCurves = new WeakMap<CollectiveCurve, Map<number, RanksCurve>>();

function curveOfRanks(curve: CollectiveCurve, ranks: number): RanksCurve {
  let byRanks = ranksCurves.get(curve);
  if (!byRanks) {
    byRanks = new Map();
    ranksCurves.set(curve, byRanks);
  }
  let known = byRanks.get(ranks);
  if (!known) {
    const shareOf = (n: number) => curve.efficiency * Math.min(n, curve.efficiencyRanks) ** curve.efficiencyExponent;
    const { hostLink } = curve;
    known = {
      latency: curve.latency * ranks ** curve.latencyExponent,
      ramp: curve.ramp * ranks ** curve.rampExponent,
      rampBytes: curve.rampBytes * ranks ** curve.rampBytesExponent,
      share: shareOf(hostLink === undefined ? ranks : 2),
      passedOn: hostLink === undefined || ranks <= 2 ? Number.POSITIVE_INFINITY : hostLink * shareOf(ranks),
    };
    byRanks.set(ranks, known);
  }
  return known;
}

function overCurve(curve: CollectiveCurve, { ranks, bytes, bandwidth }: CollectiveWork, wire: number): number {
  const { latency, ramp, rampBytes, share, passedOn } = curveOfRanks(curve, ranks);
  return latency + ramp * saturation(bytes, rampBytes) + wire / Math.min(bandwidth * share, passedOn);
}

export interface SpanningWork {
  readonly nodes: number;
  readonly ranksPerNode: number;
  readonly bytes: number;
  /** Seconds of the same collective inside one node. */
  readonly inNode: number;
  /** Bytes a second of the network, per GPU and direction. */
  readonly bandwidth: number;
}

/** A collective over several nodes: every rank's card carries its share, while links inside the node do their part. */
export function spanningCurveTime(curve: NetworkCurve, op: CollectiveOp, work: SpanningWork): number {
  const { nodes, ranksPerNode, bytes, inNode, bandwidth } = work;
  if (nodes < 2) return inNode;
  const wire = wireBytes(op, { ranks: nodes, bytes: bytes / ranksPerNode });
  const network = wire / (bandwidth * curve.efficiency);
  const q = curve.sharpness;
  return curve.latency * Math.log2(nodes) + (inNode ** q + network ** q) ** (1 / q);
}

/** Tokens of each rank sent to the experts they chose, or their results brought back. */
export interface ExchangeWork {
  readonly tokens: number;
  readonly bytesPerToken: number;
  readonly topk: number;
  readonly ranks: number;
  readonly nodes: number;
  readonly dedupe: boolean;
  /** Nodes that a token's experts may lie on at most, where the router limits them (DeepSeek-V3: 4). */
  readonly nodeLimit?: number;
  /** Bytes a second per GPU and direction, of the fast link and of the network. */
  readonly fastBandwidth: number;
  readonly networkBandwidth: number;
}

export function exchangeCurveTime(curve: ExchangeCurve, work: ExchangeWork): number {
  if (work.ranks < 2) return 0;
  const { tokens, bytesPerToken, nodes, ranks, fastBandwidth, networkBandwidth } = work;
  const bytes = tokens * bytesPerToken;
  const copies = exchangeCopies(work);
  const share = curve.efficiency * ranks ** curve.efficiencyExponent;
  const fast = (bytes * copies.fast) / (fastBandwidth * share);
  const network = (bytes * copies.network) / (networkBandwidth * curve.networkEfficiency);
  const latency = curve.latency * ranks ** curve.latencyExponent + curve.nodeLatency * Math.log2(nodes);
  return latency + Math.max(fast, network);
}

/**
 * Copies of a token that cross the fast link and the network under uniform routing. Deduped: one to each other node that holds
 * one of its experts, which hands it on, and one to each other rank of a node; else one to each expert that is elsewhere.
 */
export function exchangeCopies(work: Pick<ExchangeWork, 'topk' | 'ranks' | 'nodes' | 'dedupe' | 'nodeLimit'>): {
  readonly fast: number;
  readonly network: number;
} {
  const { topk, ranks, nodes, dedupe, nodeLimit = nodes } = work;
  const awayFromNode = (nodes - 1) / nodes;
  const inNode = ranks / nodes;
  if (!dedupe) return { fast: (topk * (inNode - 1)) / ranks, network: topk * awayFromNode };
  const reached = (places: number): number => places * (1 - (1 - 1 / places) ** topk);
  return { fast: (reached(ranks) * (ranks - 1)) / ranks, network: Math.min(reached(nodes), nodeLimit) * awayFromNode };
}
