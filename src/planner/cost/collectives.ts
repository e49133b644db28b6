/**
 * Time of a collective on the process groups that really form: how many members of a group share a fast domain follows from
 * the placement. alpha-beta by tier: a message of V bytes takes latency + V/bandwidth; a collective takes the rounds and the
 * bytes of its best known algorithm (recursive halving and doubling inside a domain and across domains; Thakur, Rabenseifner
 * and Gropp, "Optimization of Collective Communication Operations in MPICH", 2005), in two levels where a group spans domains.
 *
 * It errs fast where a network is blocking or shared, and slow where an engine overlaps communication with compute.
 */
import type { Cluster, Link } from '../cluster.ts';

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

const rounds = (n: number): number => Math.ceil(Math.log2(n));

/** All-gather to `bytes` on each rank, or reduce-scatter from it: both move (n−1)/n of the bytes once. */
export function gatherTime(cluster: Cluster, span: Span, bytes: number): number {
  if (span.size === 1) return 0;
  const { fast, slow } = cluster;
  const inside = span.most === 1 ? 0 : level(fast, span.most, bytes);
  // Every domain takes in the other domains' part, over as many network ports as it has members.
  return span.domains === 1 ? inside : inside + level(slow, span.domains, bytes / span.least);
}

function level(link: Link, n: number, bytes: number): number {
  return rounds(n) * link.latency + (bytes * (n - 1)) / n / link.bandwidth;
}

/** An all-reduce is a reduce-scatter and an all-gather. */
export function allReduceTime(cluster: Cluster, span: Span, bytes: number): number {
  return 2 * gatherTime(cluster, span, bytes);
}

/**
 * All-to-all in which each rank holds `bytes` for the group, an equal part for every member. What stays inside the domain and
 * what leaves it travel at once, on different links. `imbalance` is how much more than the mean the busiest rank receives.
 */
export function allToAllTime(cluster: Cluster, span: Span, bytes: number, imbalance: number): number {
  if (span.size === 1) return 0;
  const { fast, slow } = cluster;
  const inside = ((span.most - 1) / span.size) * bytes * imbalance;
  const outside = span.domains === 1 ? 0 : ((span.size - span.least) / span.size) * bytes * imbalance;
  const latency = rounds(span.most) * fast.latency + rounds(span.domains) * slow.latency;
  return latency + Math.max(inside / fast.bandwidth, outside / slow.bandwidth);
}

export function hopTime(cluster: Cluster, crossesDomains: boolean, bytes: number): number {
  const link = crossesDomains ? cluster.slow : cluster.fast;
  return link.latency + bytes / link.bandwidth;
}
