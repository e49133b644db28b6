/** How a plan's ranks are laid out, in a few lines whatever their number. */
import { type GroupKind, groupKinds } from '../planner/estimate.ts';
import { type LayerRange, ranksPerDomain, stageLayers } from '../planner/placement.ts';
import { layerTotal, moeLayersIn, type PlacedPlan, planPlacement } from './placement-pages.ts';

/** All groups of one kind are alike: `size` members, `stride` ranks apart. */
export interface GroupSummary {
  readonly kind: GroupKind;
  readonly groups: number;
  readonly size: number;
  readonly stride: number;
}

export interface StageSummary {
  readonly stage: number;
  /** Of the first replica; the next replica's are `ranksPerReplica` further on. */
  readonly ranks: LayerRange;
  readonly layers: LayerRange;
  readonly moeLayers: number;
}

/** Nodes in a row that hold equally many ranks: node firstNode + j holds ranksPerNode ranks from firstRank + j × ranksPerNode. */
export interface NodeRun {
  readonly firstNode: number;
  readonly nodes: number;
  readonly firstRank: number;
  readonly ranksPerNode: number;
}

export interface PlacementSummary {
  readonly ranks: number;
  readonly ranksPerReplica: number;
  readonly ranksPerDomain: number;
  readonly gpusIdle: number;
  readonly nodes: readonly NodeRun[];
  readonly groups: readonly GroupSummary[];
  readonly stages: readonly StageSummary[];
}

export function placementSummary(plan: PlacedPlan): PlacementSummary {
  const placement = planPlacement(plan);
  const { strategy, resolved } = plan;
  const { world } = placement;
  const perDomain = ranksPerDomain(strategy, resolved.cluster.nvlinkDomainGpus);
  const perReplica = world / strategy.replicas;
  const perStage = perReplica / strategy.pp;
  return {
    ranks: world,
    ranksPerReplica: perReplica,
    ranksPerDomain: Math.min(world, perDomain),
    gpusIdle: resolved.cluster.gpus - world,
    nodes: nodeRuns(plan, { world, perDomain }),
    groups: groupKinds.map((kind) => {
      const { size, member } = placement.group(0, kind);
      return { kind, groups: world / size, size, stride: size > 1 ? member(1) - member(0) : 0 };
    }),
    stages: Array.from({ length: strategy.pp }, (_, stage) => {
      const layers = stageLayers(layerTotal(plan), strategy.pp, stage);
      return {
        stage,
        ranks: { first: stage * perStage, count: perStage },
        layers,
        moeLayers: moeLayersIn(plan, layers),
      };
    }),
  };
}

/** Ranks fill domains in order, and of a domain its first `perDomain` GPUs: so a node's ranks follow one another. */
function nodeRuns({ resolved }: PlacedPlan, { world, perDomain }: Readonly<Record<'world' | 'perDomain', number>>) {
  const { gpusPerNode, nvlinkDomainGpus, nodes } = resolved.cluster;
  const ranksBefore = (gpu: number) =>
    Math.min(world, Math.floor(gpu / nvlinkDomainGpus) * perDomain + Math.min(gpu % nvlinkDomainGpus, perDomain));
  const runs: NodeRun[] = [];
  for (let node = 0; node < nodes; node++) {
    const firstRank = ranksBefore(node * gpusPerNode);
    if (firstRank === world) break;
    const ranksPerNode = ranksBefore((node + 1) * gpusPerNode) - firstRank;
    if (ranksPerNode === 0) continue;
    const run = runs.at(-1);
    if (run && run.ranksPerNode === ranksPerNode && run.firstNode + run.nodes === node) {
      runs[runs.length - 1] = { ...run, nodes: run.nodes + 1 };
    } else {
      runs.push({ firstNode: node, nodes: 1, firstRank, ranksPerNode });
    }
  }
  return runs;
}
