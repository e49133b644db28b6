/**
 * A stored plan's placement, rank by rank. Everything is worked out from the plan's own strategy and resolved specs, a row
 * at a time: a million ranks are a long loop, and no more memory than one.
 */
import type { FeasiblePlan } from '../http/schemas/answer.ts';
import { listedRanks, type PlacementRow } from '../http/schemas/placement.ts';
import type { GroupKind } from '../planner/estimate.ts';
import { type LayerRange, type Placement, placementOf, stageLayers } from '../planner/placement.ts';

/** The part of a plan that says where its ranks are. */
export type PlacedPlan = Pick<FeasiblePlan, 'strategy' | 'resolved'>;

export function planPlacement({ strategy, resolved: { cluster, model } }: PlacedPlan): Placement {
  const { nodes, gpusPerNode, nvlinkDomainGpus } = cluster;
  return placementOf(strategy, { cluster: { nodes, gpusPerNode, domainGpus: nvlinkDomainGpus }, model });
}

/** Ranks of the plan. */
export function placementWorld(plan: PlacedPlan): number {
  return plan.strategy.gpus;
}

/**
 * Rows of ranks offset to offset + limit − 1, as far as there are so many.
 * @throws RangeError where the stored strategy and specs contradict each other.
 */
export function* placementRows(
  plan: PlacedPlan,
  { offset = 0, limit = Number.POSITIVE_INFINITY }: { readonly offset?: number; readonly limit?: number } = {},
): Generator<PlacementRow, void, undefined> {
  const row = rowMaker(plan);
  const end = Math.min(placementWorld(plan), offset + limit);
  for (let rank = offset; rank < end; rank++) yield row(rank);
}

/** Sequences of one data-parallel rank: the first batch mod dp of them take one more than the others. */
export function sequencesOf({ batchSize, dp, position }: Readonly<Record<'batchSize' | 'dp' | 'position', number>>) {
  const base = Math.floor(batchSize / dp);
  const extra = batchSize % dp;
  return { first: position * base + Math.min(position, extra), count: base + (position < extra ? 1 : 0) };
}

export function layerTotal({ resolved }: PlacedPlan): number {
  return resolved.model.layers.reduce((sum, run) => sum + run.count, 0);
}

/** How many of the layers first, first + 1, … have experts. */
export function moeLayersIn(plan: PlacedPlan, { first, count }: LayerRange): number {
  let start = 0;
  let found = 0;
  for (const run of plan.resolved.model.layers) {
    const overlap = Math.min(start + run.count, first + count) - Math.max(start, first);
    if (run.moe && overlap > 0) found += overlap;
    start += run.count;
  }
  return found;
}

function rowMaker(plan: PlacedPlan): (rank: number) => PlacementRow {
  const placement = planPlacement(plan);
  const { strategy, resolved } = plan;
  const { gpusPerNode } = resolved.cluster;
  const { batchSize } = resolved.workload;
  const { vocabulary } = resolved.model;
  const { cp, dp, pp } = strategy;
  const total = layerTotal(plan);
  const moeLayers = Array.from({ length: pp }, (_, stage) => moeLayersIn(plan, stageLayers(total, pp, stage)));

  const group = (rank: number, kind: GroupKind): PlacementRow['groups'][GroupKind] => {
    const { index, size, position, member } = placement.group(rank, kind);
    const first = member(0);
    const stride = size > 1 ? member(1) - first : 0;
    if (size > listedRanks) return { index, size, position, first, stride };
    // A plain loop: with Array.from and a function a whole row took three times as long.
    const ranks: number[] = [];
    for (let j = 0; j < size; j++) ranks.push(member(j));
    return { index, size, position, first, stride, ranks };
  };

  return (rank) => {
    const { replicas: replica, ...coordinates } = placement.coordinates(rank);
    const { gpu, node, domain } = placement.gpuOf(rank);
    const experts = placement.expertsOf(rank);
    const withExperts = moeLayers[coordinates.pp] ?? 0;
    const last = coordinates.pp === pp - 1;
    return {
      rank,
      gpu,
      node,
      domain,
      localGpu: gpu % gpusPerNode,
      coordinates: { replica, ...coordinates },
      layers: placement.layersOf(rank),
      experts: experts && withExperts > 0 ? { ...experts, layers: withExperts } : null,
      embedding: vocabulary !== undefined && coordinates.pp === 0,
      head: vocabulary !== undefined && last,
      sequences: sequencesOf({ batchSize, dp, position: coordinates.dp }),
      chunks: cp > 1 ? { of: 2 * cp, held: [coordinates.cp, 2 * cp - 1 - coordinates.cp] } : null,
      groups: {
        tp: group(rank, 'tp'),
        cp: group(rank, 'cp'),
        dp: group(rank, 'dp'),
        pp: group(rank, 'pp'),
        ep: group(rank, 'ep'),
        etp: group(rank, 'etp'),
        edp: group(rank, 'edp'),
      },
    };
  };
}
