/** How a serving plan's ranks are laid out, kind of worker by kind, in a few lines whatever their number. */
import { listedRanks } from '../http/schemas/placement.ts';
import { type GroupKind, groupKinds } from '../planner/estimate.ts';
import { type LayerRange, stageLayers } from '../planner/placement.ts';
import { layerTotal, moeLayersIn } from './placement-pages.ts';
import type { NodeRun } from './placement-summary.ts';
import { type PlacedServing, type Role, type Workers, workersOf } from './served-workers.ts';

export interface ServedGroups {
  readonly kind: GroupKind;
  readonly groups: number;
  readonly size: number;
  /** The group of the first rank, member by member, as far as they are listed. */
  readonly firstGroup: readonly number[];
}

/** Ranks of a stage of the first worker: `runs` times `run` in a row, `every` apart. */
export interface ServedStage {
  readonly stage: number;
  readonly ranks: { readonly first: number; readonly run: number; readonly runs: number; readonly every: number };
  readonly layers: LayerRange;
  readonly moeLayers: number;
}

export interface ServedSummary {
  readonly role: Role;
  readonly workers: number;
  readonly ranks: number;
  readonly ranksPerWorker: number;
  readonly ranksPerDomain: number;
  readonly firstRank: number;
  readonly firstGpu: number;
  readonly nodes: readonly NodeRun[];
  readonly groups: readonly ServedGroups[];
  readonly stages: readonly ServedStage[];
}

export function servedSummary(plan: PlacedServing): readonly ServedSummary[] {
  return workersOf(plan).map((workers) => {
    const { role, strategy, placement, firstRank, firstGpu, perDomain } = workers;
    const { world } = placement;
    return {
      role,
      workers: strategy.replicas,
      ranks: world,
      ranksPerWorker: world / strategy.replicas,
      ranksPerDomain: Math.min(world, perDomain),
      firstRank,
      firstGpu,
      nodes: nodeRuns(workers),
      groups: groupKinds.map((kind) => {
        const { size, member } = placement.group(0, kind);
        const listed = Array.from({ length: Math.min(size, listedRanks) }, (_, j) => firstRank + member(j));
        return { kind, groups: world / size, size, firstGroup: listed };
      }),
      stages: Array.from({ length: strategy.pp }, (_, stage) => stageOf(plan, workers, stage)),
    };
  });
}

function stageOf(plan: PlacedServing, { strategy, placement, firstRank }: Workers, stage: number): ServedStage {
  const { tp, cp, dp, pp } = strategy;
  const at = (d: number) =>
    placement.rankOf({ replicas: 0, pp: stage, dp: d, cp: 0, tp: 0, edp: 0, ep: 0, etp: 0 }) + firstRank;
  const layers = stageLayers(layerTotal(plan), pp, stage);
  const apart = dp > 1 ? at(1) - at(0) : tp * cp;
  // Data-parallel ranks that follow one another are one run.
  const ranks =
    apart === tp * cp
      ? { first: at(0), run: tp * cp * dp, runs: 1, every: 0 }
      : { first: at(0), run: tp * cp, runs: dp, every: apart };
  return { stage, ranks, layers, moeLayers: moeLayersIn(plan, layers) };
}

/** Nodes in a row that hold equally many ranks. GPUs rise with ranks, so a walk from the first rank's node on meets all of them. */
function nodeRuns({ placement, firstRank }: Workers): readonly NodeRun[] {
  const runs: NodeRun[] = [];
  let rank = 0;
  while (rank < placement.world) {
    const { node } = placement.gpuOf(rank);
    let end = rank + 1;
    while (end < placement.world && placement.gpuOf(end).node === node) end += 1;
    const ranksPerNode = end - rank;
    const run = runs.at(-1);
    if (run && run.ranksPerNode === ranksPerNode && run.firstNode + run.nodes === node) {
      runs[runs.length - 1] = { ...run, nodes: run.nodes + 1 };
    } else {
      runs.push({ firstNode: node, nodes: 1, firstRank: firstRank + rank, ranksPerNode });
    }
    rank = end;
  }
  return runs;
}
