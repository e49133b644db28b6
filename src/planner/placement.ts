/**
 * Which rank is which GPU, and who talks to whom.
 *
 * Ranks are numbered by nested axes, slowest first. Within a stage the same index i is read twice: as (dp, cp, tp) by
 * attention and dense layers, as (edp, ep, etp) by expert layers. Engines nest differently, so the orders are data:
 * the rank formulas were read in vllm config/parallel.py @00193b82, sglang parallel_state.py @0005973a, tensorrt_llm
 * mapping.py and megatron core/parallel_state.py.
 */
import type { Cluster } from './cluster.ts';
import type { GroupKind } from './estimate.ts';
import { type Degrees, expertDataParallel, stageGpus, strategyGpus } from './strategy.ts';

type Axis = GroupKind | 'replicas';

/** How an engine numbers its ranks. All axes slowest to fastest. */
export interface RankLayout {
  /** 'outside': all ranks of a stage are consecutive. 'below-dp': stages lie inside each data-parallel rank. */
  readonly stages: 'outside' | 'below-dp';
  readonly expert: readonly ['edp' | 'etp' | 'ep', 'edp' | 'etp' | 'ep', 'edp' | 'etp' | 'ep'];
}

export const rankLayouts = {
  megatron: { stages: 'outside', expert: ['edp', 'ep', 'etp'] },
  vllm: { stages: 'below-dp', expert: ['edp', 'ep', 'etp'] },
  sglang: { stages: 'outside', expert: ['edp', 'ep', 'etp'] },
  'tensorrt-llm': { stages: 'outside', expert: ['edp', 'etp', 'ep'] },
} as const satisfies Record<string, RankLayout>;

export type Coordinates = Readonly<Record<Axis, number>>;

/** A rank's group along one axis. Members are computed, not stored: groups may hold as many ranks as the cluster. */
export interface Group {
  readonly kind: GroupKind;
  /** The group's number among the groups of its kind: by replica, then stage, then place in the stage. */
  readonly index: number;
  readonly size: number;
  /** This rank's place among the members. */
  readonly position: number;
  /** The rank at a place of the group, 0 to size − 1. */
  readonly member: (position: number) => number;
}

export interface LayerRange {
  readonly first: number;
  readonly count: number;
}

/** Layers of stage s: an even split, the first L mod pp stages one more. */
export function stageLayers(layers: number, pp: number, stage: number): LayerRange {
  const base = Math.floor(layers / pp);
  const extra = layers % pp;
  return { first: stage * base + Math.min(stage, extra), count: base + (stage < extra ? 1 : 0) };
}

/** What a placement needs to know of the hardware: all of it is in a stored plan too. */
export type PlacedCluster = Pick<Cluster, 'nodes' | 'gpusPerNode' | 'domainGpus'>;

/** What a placement needs to know of the model. */
export interface PlacedModel {
  readonly layers: readonly { readonly count: number; readonly moe?: { readonly experts: number } }[];
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Neighbouring ranks that stay in one fast domain: a TP group, and whole ETP groups with it where a domain has room for both. */
function unitOf({ tp, etp }: Pick<Degrees, 'tp' | 'etp'>, domainGpus: number): number {
  const both = (tp / gcd(tp, etp)) * etp;
  return both <= domainGpus ? both : tp;
}

/** GPUs of a fast domain that take ranks: as many as whole units fill, or all where one is larger and split anyway. */
export function ranksPerDomain(degrees: Pick<Degrees, 'tp' | 'etp'>, domainGpus: number): number {
  const unit = unitOf(degrees, domainGpus);
  return unit <= domainGpus ? Math.floor(domainGpus / unit) * unit : domainGpus;
}

/** Where ranks begin that may come after others. */
interface Start {
  readonly firstGpu: number;
  readonly domainGpus: number;
}

/** GPUs from `firstGpu` on to the end of its domain that take ranks. A unit larger than a domain does not begin within one. */
function ranksOfFirstDomain(degrees: Pick<Degrees, 'tp' | 'etp'>, { firstGpu, domainGpus }: Start): number {
  const place = firstGpu % domainGpus;
  if (place === 0) return ranksPerDomain(degrees, domainGpus);
  const unit = unitOf(degrees, domainGpus);
  return Math.floor((domainGpus - place) / unit) * unit;
}

/** First GPU for ranks that come after others, which end before GPU `taken`: that one, or the next domain's first where no unit fits. */
export function firstGpuAfter(taken: number, degrees: Pick<Degrees, 'tp' | 'etp'>, domainGpus: number): number {
  const here = ranksOfFirstDomain(degrees, { firstGpu: taken, domainGpus });
  return here > 0 ? taken : Math.ceil(taken / domainGpus) * domainGpus;
}

/** GPU of a rank of a strategy whose ranks start at `firstGpu`, which `firstGpuAfter` told. */
export function gpuOfRank(
  rank: number,
  { degrees, firstGpu, domainGpus }: Start & { readonly degrees: Pick<Degrees, 'tp' | 'etp'> },
): number {
  const here = ranksOfFirstDomain(degrees, { firstGpu, domainGpus });
  if (rank < here) return firstGpu + rank;
  const perDomain = ranksPerDomain(degrees, domainGpus);
  const further = Math.floor((rank - here) / perDomain);
  const domain = Math.floor(firstGpu / domainGpus) + 1 + further;
  return domain * domainGpus + ((rank - here) % perDomain);
}

/** Ranks that the cluster has room for when each domain takes only `perDomain`. */
export function roomForRanks(cluster: PlacedCluster, perDomain: number): number {
  const gpus = cluster.nodes * cluster.gpusPerNode;
  const whole = Math.floor(gpus / cluster.domainGpus);
  return whole * perDomain + Math.min(perDomain, gpus - whole * cluster.domainGpus);
}

export interface Placement {
  readonly world: number;
  readonly degrees: Degrees;
  readonly coordinates: (rank: number) => Coordinates;
  readonly rankOf: (coordinates: Coordinates) => number;
  readonly gpuOf: (rank: number) => { readonly gpu: number; readonly node: number; readonly domain: number };
  readonly group: (rank: number, kind: GroupKind) => Group;
  readonly layersOf: (rank: number) => LayerRange;
  /** Experts of each MoE layer that the rank holds a shard of; undefined for a dense model. */
  readonly expertsOf: (rank: number) => LayerRange | undefined;
}

/**
 * The placement of a strategy, from GPU `firstGpu` on (see `firstGpuAfter`). Nothing is stored per rank: a
 * million ranks cost no more than one.
 * @throws RangeError where edp is no integer or the ranks find no room: both are checked before a candidate gets here.
 */
export function placementOf(
  degrees: Degrees,
  {
    cluster,
    model,
    layout = rankLayouts.megatron,
    firstGpu = 0,
  }: { cluster: PlacedCluster; model: PlacedModel; layout?: RankLayout; firstGpu?: number },
): Placement {
  const edp = expertDataParallel(degrees);
  if (!Number.isInteger(edp)) throw new RangeError(`tp·cp·dp = ${stageGpus(degrees)} is no multiple of etp·ep`);
  const world = strategyGpus(degrees);
  const { domainGpus } = cluster;
  const gpuAt = (rank: number): number => gpuOfRank(rank, { degrees, firstGpu, domainGpus });
  if (gpuAt(world - 1) >= cluster.nodes * cluster.gpusPerNode) throw new RangeError(`${world} ranks find no room`);

  const { tp, cp, dp, pp, ep, etp } = degrees;
  const sizes = { tp, cp, dp, pp, ep, etp, edp, replicas: degrees.replicas };
  const inStage = tp * cp * dp;
  const layers = model.layers.reduce((sum, run) => sum + run.count, 0);
  const experts = model.layers.find((run) => run.moe)?.moe?.experts;

  const rankAt = (replica: number, stage: number, i: number): number => {
    if (layout.stages === 'outside') return (replica * pp + stage) * inStage + i;
    const inner = tp * cp;
    return ((replica * dp + Math.floor(i / inner)) * pp + stage) * inner + (i % inner);
  };
  const locate = (rank: number): { replica: number; stage: number; i: number } => {
    if (layout.stages === 'outside') {
      const block = Math.floor(rank / inStage);
      return { replica: Math.floor(block / pp), stage: block % pp, i: rank % inStage };
    }
    const inner = tp * cp;
    const block = Math.floor(rank / inner);
    const outer = Math.floor(block / pp);
    return { replica: Math.floor(outer / dp), stage: block % pp, i: (outer % dp) * inner + (rank % inner) };
  };
  const expertStride: Record<'edp' | 'ep' | 'etp', number> = { edp: 1, ep: 1, etp: 1 };
  let stride = 1;
  for (const axis of [...layout.expert].reverse()) {
    expertStride[axis] = stride;
    stride *= sizes[axis];
  }
  const strides = { tp: 1, cp: tp, dp: tp * cp, ...expertStride };

  const coordinates = (rank: number): Coordinates => {
    const { replica, stage, i } = locate(rank);
    const at = (axis: keyof typeof strides) => Math.floor(i / strides[axis]) % sizes[axis];
    return {
      replicas: replica,
      pp: stage,
      dp: at('dp'),
      cp: at('cp'),
      tp: at('tp'),
      edp: at('edp'),
      ep: at('ep'),
      etp: at('etp'),
    };
  };

  return {
    world,
    degrees,
    coordinates,
    rankOf: ({ replicas, pp: stage, dp: d, cp: c, tp: t }) => rankAt(replicas, stage, (d * cp + c) * tp + t),
    gpuOf: (rank) => {
      const gpu = gpuAt(rank);
      return { gpu, domain: Math.floor(gpu / domainGpus), node: Math.floor(gpu / cluster.gpusPerNode) };
    },
    group: (rank, kind) => {
      const { replica, stage, i } = locate(rank);
      if (kind === 'pp') {
        const index = replica * inStage + i;
        return { kind, index, size: pp, position: stage, member: (s) => rankAt(replica, s, i) };
      }
      const size = sizes[kind];
      const step = strides[kind];
      const position = Math.floor(i / step) % size;
      const first = i - position * step;
      const inStageIndex = Math.floor(i / (step * size)) * step + (i % step);
      const index = (replica * pp + stage) * (inStage / size) + inStageIndex;
      return { kind, index, size, position, member: (j) => rankAt(replica, stage, first + j * step) };
    },
    layersOf: (rank) => stageLayers(layers, pp, locate(rank).stage),
    expertsOf: (rank) => {
      if (experts === undefined) return undefined;
      const count = experts / ep;
      return { first: coordinates(rank).ep * count, count };
    },
  };
}
