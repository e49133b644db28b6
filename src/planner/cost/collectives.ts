/**
 * Time of a collective on the process groups that really form: how many members of a group share a fast domain follows from
 * the placement. alpha-beta by tier: a message of V bytes takes latency + V/bandwidth; a collective takes the rounds and the
 * bytes of its best known algorithm (recursive halving and doubling inside a domain and across domains; Thakur, Rabenseifner
 * and Gropp, "Optimization of Collective Communication Operations in MPICH", 2005), in two levels where a group spans domains.
 *
 * It errs fast where a network is blocking or shared, and slow where an engine overlaps communication with compute.
 */
import { bandwidthAmong, type Cluster, type Link } from '../cluster.ts';
import type { CollectiveCurve } from '../curves.ts';
import { insideInterval } from './curves.ts';
import { allReduceCurveTime, collectiveCurveTime, exchangeCurveTime, spanningCurveTime } from './link-curves.ts';

/** How the groups of one axis lie over fast domains. The worst group counts for each figure. */
export interface Span {
  readonly size: number;
  /** Most domains that one group touches. */
  readonly domains: number;
  /** Fewest and most members that a group has in a domain it touches. */
  readonly least: number;
  readonly most: number;
  readonly crossesNodes: boolean;
}

export const alone: Span = { size: 1, domains: 1, least: 1, most: 1, crossesNodes: false };

/** Groups of `size` ranks, `stride` apart, in a world of `world` ranks packed `perDomain` to each fast domain. */
export interface AxisShape {
  readonly size: number;
  readonly stride: number;
  readonly world: number;
  readonly perDomain: number;
}

/**
 * Blocks of size·stride ranks before the pattern over domains and nodes repeats: every lcm(block, period) ranks, where a period is the
 * ranks of a domain, or of a node where domains are smaller.
 */
export function distinctBlocks({ size, stride, world, perDomain }: AxisShape, cluster: Cluster): number {
  const block = size * stride;
  const period = perDomain * Math.max(1, cluster.gpusPerNode / cluster.domainGpus);
  return Math.min(world / block, period / gcd(block, period));
}

/** The span of an axis. Its groups fill consecutive blocks of size·stride ranks, `stride` groups a block. */
export function axisSpan(shape: AxisShape, cluster: Cluster): Span {
  const { size, stride, perDomain } = shape;
  if (size === 1) return alone;
  const block = size * stride;
  // Domains hold whole blocks, and nodes whole domains: no group leaves its own.
  if (perDomain % block === 0 && cluster.gpusPerNode % cluster.domainGpus === 0)
    return { size, domains: 1, least: size, most: size, crossesNodes: false };
  const blocks = distinctBlocks(shape, cluster);
  let domains = 1;
  let least = size;
  let most = 1;
  let crossesNodes = false;
  const node = (rank: number) =>
    Math.floor((Math.floor(rank / perDomain) * cluster.domainGpus + (rank % perDomain)) / cluster.gpusPerNode);
  for (let b = 0; b < blocks; b++) {
    for (let offset = 0; offset < stride; offset++) {
      const first = b * block + offset;
      const last = first + (size - 1) * stride;
      if (!crossesNodes) crossesNodes = node(first) !== node(last);
      const from = Math.floor(first / perDomain);
      const to = Math.floor(last / perDomain);
      if (from === to) {
        most = size;
        continue;
      }
      let touched = 0;
      let rank = first;
      while (rank <= last) {
        const end = Math.min(last, (Math.floor(rank / perDomain) + 1) * perDomain - 1);
        const members = Math.floor((end - rank) / stride) + 1;
        touched++;
        if (members < least) least = members;
        if (members > most) most = members;
        rank += members * stride;
      }
      if (touched > domains) domains = touched;
    }
  }
  return { size, domains, least, most, crossesNodes };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Seconds over a link, and whether a curve fitted to this GPU's own links says so. */
export interface LinkTime {
  readonly seconds: number;
  readonly measured: boolean;
}

const none: LinkTime = { seconds: 0, measured: true };

const rounds = (n: number): number => Math.ceil(Math.log2(n));

function level(link: Link, n: number, bytes: number): number {
  return rounds(n) * link.latency + (bytes * (n - 1)) / n / bandwidthAmong(link, n);
}

/** What the members of a group in different domains meet over. */
function betweenDomains({ slow, host }: Cluster, { crossesNodes }: Span): Link {
  return crossesNodes ? slow : (host ?? slow);
}

function insideCurve({ range }: CollectiveCurve, ranks: number, bytes: number): boolean {
  return insideInterval(range.ranks, ranks) && insideInterval(range.bytes, bytes);
}

/** Inside one fast domain: by the GPU's own measured collectives where the link is the one they were measured on. */
function inDomain({ fast, gpu }: Cluster, op: 'allGather' | 'reduceScatter', ranks: number, bytes: number): LinkTime {
  if (ranks === 1) return none;
  const curve = gpu.curves.collectives[op];
  if (!fast.measured) return { seconds: level(fast, ranks, bytes), measured: false };
  const seconds = collectiveCurveTime(curve, op, { ranks, bytes, bandwidth: bandwidthAmong(fast, ranks) });
  return { seconds, measured: curve.evidence === 'calibrated' && insideCurve(curve, ranks, bytes) };
}

/** All-gather to `bytes` on each rank, or reduce-scatter from it: both move (n−1)/n of the bytes once. */
export function gatherTime(
  cluster: Cluster,
  span: Span,
  bytes: number,
  op: 'allGather' | 'reduceScatter' = 'allGather',
): LinkTime {
  if (span.size === 1) return none;
  const inside = inDomain(cluster, op, span.most, bytes);
  if (span.domains === 1) return inside;
  // Every domain takes in the other domains' part, over as many network ports as it has members.
  return {
    seconds: inside.seconds + level(betweenDomains(cluster, span), span.domains, bytes / span.least),
    measured: false,
  };
}

/**
 * All-to-all in which each rank holds `bytes` for the group, an equal part for every member. What stays inside the domain and
 * what leaves it travel at once, on different links. `imbalance` is how much more than the mean the busiest rank receives.
 */
export function allToAllTime(cluster: Cluster, span: Span, bytes: number, imbalance: number): LinkTime {
  if (span.size === 1) return none;
  const { fast, gpu } = cluster;
  const slow = betweenDomains(cluster, span);
  if (span.domains === 1 && fast.measured) {
    const curve = gpu.curves.collectives.allToAll;
    const work = { ranks: span.size, bytes: bytes * imbalance, bandwidth: bandwidthAmong(fast, span.size) };
    const measured = curve.evidence === 'calibrated' && insideCurve(curve, work.ranks, work.bytes);
    return { seconds: collectiveCurveTime(curve, 'allToAll', work), measured };
  }
  const inside = ((span.most - 1) / span.size) * bytes * imbalance;
  const outside = span.domains === 1 ? 0 : ((span.size - span.least) / span.size) * bytes * imbalance;
  const latency = rounds(span.most) * fast.latency + rounds(span.domains) * slow.latency;
  return {
    seconds: latency + Math.max(inside / bandwidthAmong(fast, span.most), outside / slow.bandwidth),
    measured: false,
  };
}

/** All-reduce of a buffer of `bytes` on each rank, by an engine's own kernels or NCCL's. The host launches ahead: it is not waited for. */
export function allReduceTime(cluster: Cluster, span: Span, bytes: number): LinkTime {
  if (span.size === 1) return none;
  const { fast, slow, gpu } = cluster;
  const { collectives } = gpu.curves;
  const ranks = span.most;
  // Reduce-scatter and all-gather: what each moves, twice.
  const inside = fast.measured
    ? allReduceCurveTime(collectives, { ranks, bytes, bandwidth: bandwidthAmong(fast, ranks) })
    : 2 * level(fast, ranks, bytes);
  const { allReduce } = collectives;
  const measured =
    fast.measured === true && allReduce.evidence === 'calibrated' && insideCurve(allReduce, ranks, bytes);
  if (span.domains === 1) return { seconds: inside, measured };
  // The network's curve is of cards and switches between nodes.
  if (cluster.host && !span.crossesNodes)
    return { seconds: inside + 2 * level(cluster.host, span.domains, bytes / span.least), measured: false };
  const seconds = spanningCurveTime(collectives.network, 'allReduce', {
    nodes: span.domains,
    ranksPerNode: span.least,
    bytes,
    inNode: inside,
    bandwidth: slow.bandwidth,
  });
  return { seconds: seconds + rounds(span.domains) * slow.latency, measured: false };
}

/** One direction of the experts' exchange: each rank's tokens to the ranks of their experts, or the results back. */
export interface Exchange {
  readonly direction: 'dispatch' | 'combine';
  /** Kernels for few tokens, which run in a graph, or for many. */
  readonly kernels: 'exchangeLowLatency' | 'exchangeNormal';
  /** Of the busiest rank. */
  readonly tokens: number;
  readonly bytesPerToken: number;
  readonly topk: number;
}

export function exchangeTime(cluster: Cluster, span: Span, exchange: Exchange): LinkTime {
  if (span.size === 1) return none;
  const { fast, gpu } = cluster;
  const { direction, kernels, tokens, bytesPerToken, topk } = exchange;
  const curves = gpu.curves.collectives[kernels];
  const seconds = exchangeCurveTime(curves[direction], {
    tokens,
    bytesPerToken,
    topk,
    ranks: span.size,
    nodes: span.domains,
    dedupe: curves.dedupe,
    fastBandwidth: bandwidthAmong(fast, span.most),
    networkBandwidth: betweenDomains(cluster, span).bandwidth,
  });
  const { evidence, range } = curves[direction];
  const inside =
    insideInterval(range.tokens, tokens) &&
    insideInterval(range.ranks, span.size) &&
    insideInterval(range.nodes, span.domains) &&
    insideInterval(range.topk, topk);
  return { seconds, measured: fast.measured === true && evidence === 'calibrated' && inside };
}

export function hopTime(cluster: Cluster, crossesDomains: boolean, bytes: number): LinkTime {
  const link = crossesDomains ? cluster.slow : cluster.fast;
  return { seconds: link.latency + bytes / bandwidthAmong(link, 2), measured: false };
}

/** Two times one after the other. */
export function both(a: LinkTime, b: LinkTime): LinkTime {
  return { seconds: a.seconds + b.seconds, measured: a.measured && b.measured };
}
