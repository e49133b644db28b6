/**
 * Ranks, recounted. The rules are those of docs/accounting.md, "Ranks"; the way is brute force: a rank's number is taken apart, walked
 * and counted, and nothing is believed about it. Above `walkLimit` ranks a walk becomes a handful of classes of equal ranks, and
 * whoever uses them says so.
 */
import type { Cluster } from '../planner/cluster.ts';
import type { GroupKind } from '../planner/estimate.ts';
import type { Degrees } from '../planner/strategy.ts';

/** Ranks up to which everything is walked one by one; more would not fit in a request's time. */
export const walkLimit = 65_536;

/**
 * How an engine counts. `stages`: whether all ranks of a stage follow one another, or only those of one data-parallel rank. `expert`:
 * the axes of an index within a stage as the experts read it, slowest first.
 */
export interface Numbering {
  readonly stages: 'outside' | 'below-dp';
  readonly expert: readonly ('edp' | 'etp' | 'ep')[];
}

export const plainNumbering: Numbering = { stages: 'outside', expert: ['edp', 'ep', 'etp'] };

/** Equal ranks of one kind of worker, or of a whole strategy: degrees, how they are counted, and where on the cluster they start. */
export interface Grid extends Degrees {
  readonly edp: number;
  /** GPUs of one stage. */
  readonly inStage: number;
  readonly world: number;
  /** GPUs of each fast domain that take ranks. */
  readonly perDomain: number;
  readonly cluster: Cluster;
  readonly numbering: Numbering;
  /** Number of the first rank, and its GPU: 0, or where another kind of worker ends. */
  readonly firstRank: number;
  readonly firstGpu: number;
  /** GPUs that take ranks from there to the end of the domain. */
  readonly inFirstDomain: number;
}

export function gridOf(
  { tp, cp, dp, pp, ep, etp, replicas }: Degrees,
  {
    cluster,
    numbering = plainNumbering,
    firstRank = 0,
    firstGpu = 0,
  }: {
    readonly cluster: Cluster;
    readonly numbering?: Numbering;
    readonly firstRank?: number;
    readonly firstGpu?: number;
  },
): Grid {
  const inStage = tp * cp * dp;
  return {
    tp,
    cp,
    dp,
    pp,
    ep,
    etp,
    replicas,
    edp: inStage / (ep * etp),
    inStage,
    world: inStage * pp * replicas,
    perDomain: filledGpus(cluster.domainGpus, { tp, etp }),
    inFirstDomain: filledGpus(cluster.domainGpus, { tp, etp }, firstGpu % cluster.domainGpus),
    cluster,
    numbering,
    firstRank,
    firstGpu,
  };
}

/** What is never split over two domains. The least common multiple is looked for, not computed: degrees are small. */
export function unitOf(domainGpus: number, { tp, etp }: Pick<Degrees, 'tp' | 'etp'>): number {
  let unit = tp;
  while (unit % etp !== 0 && unit <= domainGpus) unit += tp;
  return unit > domainGpus ? tp : unit;
}

/** GPUs of a domain that take ranks, of those behind the first `others`. What exceeds a domain starts with one. */
function filledGpus(domainGpus: number, degrees: Pick<Degrees, 'tp' | 'etp'>, others = 0): number {
  const unit = unitOf(domainGpus, degrees);
  if (unit > domainGpus) return others === 0 ? domainGpus : 0;
  const left = domainGpus - others;
  return left - (left % unit);
}

/** GPU of a rank; ranks count from 0 in their own grid. */
export function gpuOf(
  { perDomain, inFirstDomain, cluster, firstGpu }: Pick<Grid, 'perDomain' | 'inFirstDomain' | 'cluster' | 'firstGpu'>,
  rank: number,
): number {
  let before = inFirstDomain;
  if (rank < before) return firstGpu + rank;
  let start = firstGpu - (firstGpu % cluster.domainGpus) + cluster.domainGpus;
  const domains = Math.floor((rank - before) / perDomain);
  before += domains * perDomain;
  start += domains * cluster.domainGpus;
  return start + (rank - before);
}

/** First GPU for ranks that come after others which end at `taken`: right there, or in the next domain where not one unit has room. */
export function nextFirstGpu(taken: number, degrees: Pick<Degrees, 'tp' | 'etp'>, domainGpus: number): number {
  const others = taken % domainGpus;
  return filledGpus(domainGpus, degrees, others) > 0 ? taken : taken - others + domainGpus;
}

/** Ranks of a grid on one axis: within a stage by strides, over stages by what the numbering says. */
export interface Place {
  readonly replica: number;
  readonly stage: number;
  /** Index within the stage. */
  readonly index: number;
}

export function placeOf({ numbering, tp, cp, dp, pp, inStage }: Grid, rank: number): Place {
  if (numbering.stages === 'outside') {
    const index = rank % inStage;
    const block = (rank - index) / inStage;
    return { replica: Math.floor(block / pp), stage: block % pp, index };
  }
  const inner = tp * cp;
  const within = rank % inner;
  const block = (rank - within) / inner;
  const group = (block - (block % pp)) / pp;
  return { replica: Math.floor(group / dp), stage: block % pp, index: (group % dp) * inner + within };
}

/** The first rank of a stage of the first replica. */
export function firstOfStage({ numbering, tp, cp, inStage }: Grid, stage: number): number {
  return stage * (numbering.stages === 'outside' ? inStage : tp * cp);
}

/** How far apart neighbours of a kind are within a stage's index; 0 for stages, which are no part of it. */
export function strideOf(kind: GroupKind, grid: Grid): number {
  switch (kind) {
    case 'tp':
      return 1;
    case 'cp':
      return grid.tp;
    case 'dp':
      return grid.tp * grid.cp;
    case 'pp':
      return 0;
    default: {
      let stride = 1;
      for (let i = grid.numbering.expert.length - 1; grid.numbering.expert[i] !== kind; i -= 1) {
        stride *= grid[grid.numbering.expert[i] ?? kind];
      }
      return stride;
    }
  }
}
