/** Which ranks of a kind are on which node, and what each of them does. */
import type { Kind } from './kinds.ts';

/** A GPU's place in the plan. */
export interface Place {
  /** Index into the plan's kinds. */
  readonly kind: number;
  /** GPU of the node. */
  readonly slot: number;
  /** Workers after that of the node's first rank of this kind. */
  readonly later: number;
  readonly stage: number;
  readonly copy: number;
  readonly expert: number;
  readonly tensor: number;
  readonly data: number;
}

export interface RanksOnNode {
  readonly node: number;
  /** Of its first rank, within the kind. */
  readonly worker: number;
  /** The same array on all nodes whose ranks do the same. */
  readonly places: readonly Place[];
}

/** More nodes would hold everybody else up, for what no map could show. */
const mostNodes = 8_192;

interface Wanted {
  readonly kind: number;
  readonly gpusPerNode: number;
  /** Whether copies, experts and data-parallel ranks are not asked for: those of a like node may stand for a node's own then. */
  readonly stagesOnly: boolean;
}

/**
 * Nodes of a kind in order, and the ranks on those that were not looked at. GPUs rise with ranks, so that the ranks of a node follow one
 * another; and what ranks do repeats from worker to worker, so that it is worked out once for each place that a node has in a worker.
 */
export function ranksOnNodes(
  { placement, degrees }: Kind,
  { kind, gpusPerNode, stagesOnly }: Wanted,
): { readonly nodes: readonly RanksOnNode[]; readonly left: number } {
  const { world } = placement;
  const perWorker = world / degrees.replicas;
  const nodes: RanksOnNode[] = [];
  const known = new Map<string, readonly Place[]>();
  let rank = 0;
  while (rank < world && nodes.length < mostNodes) {
    const { gpu, node } = placement.gpuOf(rank);
    const slot = gpu % gpusPerNode;
    let end = Math.min(world, rank + gpusPerNode - slot);
    while (placement.gpuOf(end - 1).node !== node) end -= 1;
    const start = stagesOnly ? placement.coordinates(rank) : undefined;
    const stop = stagesOnly ? placement.coordinates(end - 1) : undefined;
    // Where neither worker nor stage ends on the node, its stages and tensor-parallel places follow from those that it begins with.
    const within = start && stop && start.replicas === stop.replicas && start.pp === stop.pp;
    const begin = within ? `at ${start.pp} ${start.cp} ${start.tp}` : String(rank % perWorker);
    const key = `${begin} ${slot} ${end - rank}`;
    let places = known.get(key);
    if (!places) {
      places = placesOf(placement, { first: rank, end, kind, gpusPerNode });
      known.set(key, places);
    }
    nodes.push({ node, worker: Math.floor(rank / perWorker), places });
    rank = end;
  }
  return { nodes, left: world - rank };
}

interface Ranks {
  readonly first: number;
  readonly end: number;
  readonly kind: number;
  readonly gpusPerNode: number;
}

function placesOf(placement: Kind['placement'], { first, end, kind, gpusPerNode }: Ranks): readonly Place[] {
  const worker = placement.coordinates(first).replicas;
  return Array.from({ length: end - first }, (_, i) => {
    const { replicas, pp, edp, ep, tp, dp } = placement.coordinates(first + i);
    const slot = placement.gpuOf(first + i).gpu % gpusPerNode;
    return { kind, slot, later: replicas - worker, stage: pp, copy: edp, expert: ep, tensor: tp, data: dp };
  });
}
