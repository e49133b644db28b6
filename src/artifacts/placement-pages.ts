/**
 * A stored plan's placement, rank by rank. Everything is worked out from the plan's own strategy and resolved specs, a row
 * at a time: a million ranks are a long loop, and no more memory than one.
 */
import type { FeasiblePlan } from '../http/schemas/answer.ts';
import {
  type BatchPlacementRow,
  listedRanks,
  type PlacementRow,
  type ServingPlacementRow,
} from '../http/schemas/placement.ts';
import { type GroupKind, groupKinds } from '../planner/estimate.ts';
import { type LayerRange, type Placement, placementOf, stageLayers } from '../planner/placement.ts';
import { isServing, type PlacedServing, workersOf } from './served-workers.ts';

/** The part of a batch's plan that says where its ranks are. */
export type PlacedPlan = Pick<FeasiblePlan, 'strategy' | 'resolved'>;

export type AnyPlaced = PlacedPlan | PlacedServing;

export function planPlacement({ strategy, resolved: { cluster, model } }: PlacedPlan): Placement {
  const { nodes, gpusPerNode, nvlinkDomainGpus } = cluster;
  return placementOf(strategy, { cluster: { nodes, gpusPerNode, domainGpus: nvlinkDomainGpus }, model });
}

/** Ranks of the plan. */
export function placementWorld(plan: AnyPlaced): number {
  return plan.strategy.gpus;
}

interface RowRange {
  readonly offset?: number;
  readonly limit?: number;
}

/**
 * Rows of ranks offset to offset + limit − 1, as far as there are so many.
 * @throws RangeError where the stored strategy and specs contradict each other.
 */
export function placementRows(plan: PlacedPlan, range?: RowRange): Generator<BatchPlacementRow, void, undefined>;
export function placementRows(plan: PlacedServing, range?: RowRange): Generator<ServingPlacementRow, void, undefined>;
export function placementRows(plan: AnyPlaced, range?: RowRange): Generator<PlacementRow, void, undefined>;
export function* placementRows(
  plan: AnyPlaced,
  { offset = 0, limit = Number.POSITIVE_INFINITY }: RowRange = {},
): Generator<PlacementRow, void, undefined> {
  const row = isServing(plan) ? servedRowMaker(plan) : rowMaker(plan);
  const end = Math.min(placementWorld(plan), offset + limit);
  for (let rank = offset; rank < end; rank++) yield row(rank);
}

/** Sequences of one data-parallel rank: the first batch mod dp of them take one more than the others. */
export function sequencesOf({ batchSize, dp, position }: Readonly<Record<'batchSize' | 'dp' | 'position', number>>) {
  const base = Math.floor(batchSize / dp);
  const extra = batchSize % dp;
  return { first: position * base + Math.min(position, extra), count: base + (position < extra ? 1 : 0) };
}

type WithLayers = { readonly resolved: Pick<AnyPlaced['resolved'], 'model'> };

export function layerTotal({ resolved }: WithLayers): number {
  return resolved.model.layers.reduce((sum, run) => sum + run.count, 0);
}

/** How many of the layers first, first + 1, … have experts. */
export function moeLayersIn(plan: WithLayers, { first, count }: LayerRange): number {
  let start = 0;
  let found = 0;
  for (const run of plan.resolved.model.layers) {
    const overlap = Math.min(start + run.count, first + count) - Math.max(start, first);
    if (run.moe && overlap > 0) found += overlap;
    start += run.count;
  }
  return found;
}

/** Whether members of a kind of group are equally far apart: not where stages lie inside data-parallel ranks, and the group spans these. */
function isEven(placement: Placement, kind: GroupKind): boolean {
  const { size, member } = placement.group(0, kind);
  return size === 1 || member(size - 1) - member(0) === (size - 1) * (member(1) - member(0));
}

/** Groups of each rank; ranks are told `firstRank` further on than the placement counts them. */
function groupMaker(placement: Placement, firstRank: number): (rank: number) => PlacementRow['groups'] {
  const uneven = new Set(groupKinds.filter((kind) => !isEven(placement, kind)));
  const group = (rank: number, kind: GroupKind): PlacementRow['groups'][GroupKind] => {
    const { index, size, position, member } = placement.group(rank, kind);
    const first = member(0) + firstRank;
    const even = !uneven.has(kind);
    const stride = size > 1 && even ? member(1) + firstRank - first : 0;
    if (size > listedRanks && even) return { index, size, position, first, stride };
    // A plain loop: with Array.from and a function a whole row took three times as long.
    const ranks: number[] = [];
    for (let j = 0; j < size; j++) ranks.push(member(j) + firstRank);
    return { index, size, position, first, stride, ranks };
  };
  return (rank) => ({
    tp: group(rank, 'tp'),
    cp: group(rank, 'cp'),
    dp: group(rank, 'dp'),
    pp: group(rank, 'pp'),
    ep: group(rank, 'ep'),
    etp: group(rank, 'etp'),
    edp: group(rank, 'edp'),
  });
}

/** What every row has, whatever the workload. */
function commonRow(
  plan: WithLayers & { readonly resolved: Pick<AnyPlaced['resolved'], 'cluster'> },
  placement: Placement,
  firstRank: number,
) {
  const { cluster, model } = plan.resolved;
  const { pp } = placement.degrees;
  const total = layerTotal(plan);
  const moeLayers = Array.from({ length: pp }, (_, stage) => moeLayersIn(plan, stageLayers(total, pp, stage)));
  return (rank: number) => {
    const { replicas: replica, ...coordinates } = placement.coordinates(rank);
    const { gpu, node, domain } = placement.gpuOf(rank);
    const experts = placement.expertsOf(rank);
    const withExperts = moeLayers[coordinates.pp] ?? 0;
    return {
      rank: firstRank + rank,
      gpu,
      node,
      domain,
      localGpu: gpu % cluster.gpusPerNode,
      coordinates: { replica, ...coordinates },
      layers: placement.layersOf(rank),
      experts: experts && withExperts > 0 ? { ...experts, layers: withExperts } : null,
      embedding: model.vocabulary !== undefined && coordinates.pp === 0,
      head: model.vocabulary !== undefined && coordinates.pp === pp - 1,
    };
  };
}

function rowMaker(plan: PlacedPlan): (rank: number) => BatchPlacementRow {
  const placement = planPlacement(plan);
  const common = commonRow(plan, placement, 0);
  const groups = groupMaker(placement, 0);
  const { batchSize } = plan.resolved.workload;
  const { cp, dp } = plan.strategy;
  return (rank) => {
    const row = common(rank);
    const { coordinates } = row;
    return {
      ...row,
      sequences: sequencesOf({ batchSize, dp, position: coordinates.dp }),
      chunks: cp > 1 ? { of: 2 * cp, held: [coordinates.cp, 2 * cp - 1 - coordinates.cp] } : null,
      groups: groups(rank),
    };
  };
}

function servedRowMaker(plan: PlacedServing): (rank: number) => ServingPlacementRow {
  const kinds = workersOf(plan).map((workers) => ({
    ...workers,
    common: commonRow(plan, workers.placement, workers.firstRank),
    groups: groupMaker(workers.placement, workers.firstRank),
    perWorker: workers.placement.world / workers.strategy.replicas,
  }));
  return (rank) => {
    const kind = kinds.findLast(({ firstRank }) => firstRank <= rank);
    if (!kind) throw new RangeError(`rank ${rank} is below 0`);
    const own = rank - kind.firstRank;
    const row = kind.common(own);
    return {
      ...row,
      role: kind.role,
      worker: row.coordinates.replica,
      workerRank: own % kind.perWorker,
      groups: kind.groups(own),
    };
  };
}
