/**
 * Process groups, rebuilt from the numbering of ranks alone (docs/accounting.md, "Ranks"): a rank's coordinates are read off its
 * number, and ranks that agree in all coordinates but one are a group. Whether the groups then partition the ranks is
 * counted, not assumed.
 */
import { type GroupKind, groupKinds } from '../planner/estimate.ts';
import { type Grid, gpuOf, placeOf, strideOf, walkLimit } from './grid.ts';

export interface GroupSurvey {
  readonly kind: GroupKind;
  readonly size: number;
  readonly groups: number;
  /** Whether every rank is in exactly one group, and every group has each place filled once. */
  readonly partitions: boolean;
  readonly crossesDomains: boolean;
  readonly crossesNodes: boolean;
}

/** Place of a rank in its group, and the number of the group: all its coordinates with that one struck out. */
export function seatOf(kind: GroupKind, grid: Grid, rank: number): { readonly group: number; readonly seat: number } {
  const { replica, stage, index } = placeOf(grid, rank);
  const { inStage, pp } = grid;
  if (kind === 'pp') return { group: replica * inStage + index, seat: stage };
  const stride = strideOf(kind, grid);
  const lower = index % stride;
  const upper = (index - lower) / stride;
  const size = grid[kind];
  const seat = upper % size;
  const within = ((upper - seat) / size) * stride + lower;
  return { group: (replica * pp + stage) * (inStage / size) + within, seat };
}

/** Domain and node of each rank. Tables, because every kind of group asks for every rank's. */
export interface Whereabouts {
  readonly domains: Int32Array;
  readonly nodes: Int32Array;
}

export function whereaboutsOf(grid: Grid, gpuAt: (rank: number) => number): Whereabouts {
  const { world, cluster } = grid;
  const domains = new Int32Array(world);
  const nodes = new Int32Array(world);
  for (let rank = 0; rank < world; rank += 1) {
    const gpu = gpuAt(rank);
    domains[rank] = Math.floor(gpu / cluster.domainGpus);
    nodes[rank] = Math.floor(gpu / cluster.gpusPerNode);
  }
  return { domains, nodes };
}

export function survey(kind: GroupKind, grid: Grid, { domains, nodes }: Whereabouts): GroupSurvey {
  const { world } = grid;
  const size = grid[kind];
  const groups = world / size;
  if (size === 1) return { kind, size, groups, partitions: true, crossesDomains: false, crossesNodes: false };
  const filled = new Uint8Array(world);
  // One more than the rank that came first to the group; 0 while nobody has.
  const firstOf = new Int32Array(Math.ceil(groups));
  let partitions = Number.isInteger(groups);
  let crossesDomains = false;
  let crossesNodes = false;
  for (let rank = 0; rank < world; rank += 1) {
    const { group, seat } = seatOf(kind, grid, rank);
    const slot = group * size + seat;
    if (filled[slot] !== 0) partitions = false;
    filled[slot] = 1;
    const first = firstOf[group];
    if (first === 0) firstOf[group] = rank + 1;
    else if (first !== undefined) {
      if (domains[first - 1] !== domains[rank]) crossesDomains = true;
      if (nodes[first - 1] !== nodes[rank]) crossesNodes = true;
    }
  }
  if (filled.includes(0)) partitions = false;
  return { kind, size, groups, partitions, crossesDomains, crossesNodes };
}

/**
 * Without a table of all ranks. A kind partitions them when blocks of size × stride tile the world. GPUs rise with ranks, so a
 * group leaves its domain or node exactly when its last member does; and behind the domain and node that they start in, boundaries
 * come back every `period` ranks, so that blocks beyond the least common multiple of both say nothing new.
 */
export function surveyByClasses(kind: GroupKind, grid: Grid): GroupSurvey {
  const size = grid[kind];
  const { world, cluster } = grid;
  const stride = kind === 'pp' ? grid.inStage : strideOf(kind, grid);
  let crossesDomains = false;
  let crossesNodes = false;
  const period = grid.perDomain * Math.max(1, cluster.gpusPerNode / cluster.domainGpus);
  const begun = Math.max(cluster.domainGpus, cluster.gpusPerNode);
  const end = size === 1 ? 0 : Math.min(world, begun + period * stride * size);
  for (let block = 0; block < end && !(crossesDomains && crossesNodes); block += stride * size) {
    for (let first = block; first < block + stride && !(crossesDomains && crossesNodes); first += 1) {
      const from = gpuOf(grid, first);
      const to = gpuOf(grid, first + (size - 1) * stride);
      crossesDomains ||= Math.floor(from / cluster.domainGpus) !== Math.floor(to / cluster.domainGpus);
      crossesNodes ||= Math.floor(from / cluster.gpusPerNode) !== Math.floor(to / cluster.gpusPerNode);
    }
  }
  const partitions = world % (stride * size) === 0;
  return { kind, size, groups: world / size, partitions, crossesDomains, crossesNodes };
}

/** Whether groups are looked at by classes: only where all ranks of a stage follow one another are classes simple. */
export function byClasses({ world, numbering, pp, dp }: Grid): boolean {
  return world > walkLimit && (numbering.stages === 'outside' || pp === 1 || dp === 1);
}

/** All kinds, on the GPUs that the numbering gives the ranks, or on those that somebody claims. */
export function surveyGroups(grid: Grid, claimedGpus?: ArrayLike<number>): readonly GroupSurvey[] {
  if (byClasses(grid)) return groupKinds.map((kind) => surveyByClasses(kind, grid));
  const whereabouts = whereaboutsOf(grid, (rank) => claimedGpus?.[rank] ?? gpuOf(grid, rank));
  return groupKinds.map((kind) => survey(kind, grid, whereabouts));
}
