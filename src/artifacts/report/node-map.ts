/** What each node's GPUs do: every node of a small cluster, kinds of node with their numbers of a large one. */
import type { AnyFeasiblePlan } from '../served-workers.ts';
import type { Kind } from './kinds.ts';

/** A GPU's place in the plan; undefined where it has none. */
export interface Cell {
  /** Index into the plan's kinds. */
  readonly kind: number;
  /** Over all kinds. */
  readonly worker: number;
  /** Within its kind; on a node that stands for others, counted from the node's first. */
  readonly own: number;
  readonly stage: number;
  readonly copy: number;
  readonly expert: number;
  readonly tensor: number;
  readonly data: number;
}

export interface MappedNode {
  /** Nodes alike, as runs of numbers. */
  readonly nodes: readonly { readonly first: number; readonly count: number }[];
  readonly cells: readonly (Cell | undefined)[];
}

/** What tells GPUs apart, most telling first. */
export type Dimension = 'worker' | 'stage' | 'copy' | 'expert' | 'tensor' | 'data';

export interface NodeMap {
  readonly nodes: readonly MappedNode[];
  /** Whether a node that is drawn stands for all that are like it. */
  readonly collapsed: boolean;
  /** What cells are told apart by: at most two, none where all do the same. */
  readonly dimensions: readonly Dimension[];
  /** Nodes without a rank that are not among `nodes`. */
  readonly idleNodes: number;
  /** Ranks that were not looked at: they go on as those before them. */
  readonly ranksLeft: number;
}

/** What a reader takes in, and a phone shows in a few screens. */
const mostDrawn = { nodes: 40, gpus: 320 } as const;
/** At some 0.3 µs a rank, more would hold everybody else up. */
const mostRanks = 32_768;

export function nodeMap(plan: AnyFeasiblePlan, kinds: readonly Kind[]): NodeMap {
  const { nodes, gpusPerNode } = plan.resolved.cluster;
  const collapsed = nodes > mostDrawn.nodes || nodes * gpusPerNode > mostDrawn.gpus;
  const used = cellsByNode(kinds, gpusPerNode);
  const ranks = kinds.reduce((sum, { placement }) => sum + placement.world, 0);
  const ranksLeft = Math.max(0, ranks - mostRanks);
  if (!collapsed) {
    const dimensions = telling(kinds).slice(0, 2);
    const all = Array.from({ length: nodes }, (_, node) => ({
      nodes: [{ first: node, count: 1 }],
      cells: used.get(node) ?? Array.from({ length: gpusPerNode }, () => undefined),
    }));
    return { nodes: all, collapsed, dimensions, idleNodes: 0, ranksLeft };
  }
  // Copies, experts and data-parallel ranks differ from node to node: told apart by them, hardly a node would be like another.
  const dimensions = telling(kinds).filter((name) => name === 'worker' || name === 'stage' || name === 'tensor');
  const shown = dimensions.slice(0, 2);
  const last = ranksLeft > 0 ? 0 : nodes - used.size;
  return { nodes: alike(used, shown), collapsed, dimensions: shown, idleNodes: last, ranksLeft };
}

function cellsByNode(kinds: readonly Kind[], gpusPerNode: number): Map<number, (Cell | undefined)[]> {
  const found = new Map<number, (Cell | undefined)[]>();
  let left = mostRanks;
  let workersBefore = 0;
  for (const [kind, { placement, degrees }] of kinds.entries()) {
    const ranks = Math.min(left, placement.world);
    for (let rank = 0; rank < ranks; rank++) {
      const { gpu, node } = placement.gpuOf(rank);
      const { replicas, pp, edp, ep, tp, dp } = placement.coordinates(rank);
      let cells = found.get(node);
      if (!cells) {
        cells = Array.from({ length: gpusPerNode }, () => undefined);
        found.set(node, cells);
      }
      const worker = workersBefore + replicas;
      const cell = { kind, worker, own: replicas, stage: pp, copy: edp, expert: ep, tensor: tp, data: dp };
      cells[gpu % gpusPerNode] = cell;
    }
    left -= ranks;
    workersBefore += degrees.replicas;
  }
  return found;
}

function telling(kinds: readonly Kind[]): readonly Dimension[] {
  const some = (of: (kind: Kind) => number) => kinds.some((kind) => of(kind) > 1);
  const experts = kinds.some(({ placement }) => placement.expertsOf(0) !== undefined);
  const told: readonly (readonly [Dimension, boolean])[] = [
    ['worker', kinds.length > 1 || some(({ degrees }) => degrees.replicas)],
    ['stage', some(({ degrees }) => degrees.pp)],
    ['copy', experts && some(({ placement }) => placement.group(0, 'edp').size)],
    ['expert', experts && some(({ degrees }) => degrees.ep)],
    ['tensor', some(({ degrees }) => degrees.tp)],
    ['data', some(({ degrees }) => degrees.dp)],
  ];
  return told.filter(([, tells]) => tells).map(([name]) => name);
}

/** Nodes with the same cells as far as `dimensions` go, in the order of the first of each. Workers count from the node's first. */
function alike(used: ReadonlyMap<number, (Cell | undefined)[]>, dimensions: readonly Dimension[]): MappedNode[] {
  const classes = new Map<string, { runs: { first: number; count: number }[]; cells: (Cell | undefined)[] }>();
  for (const [node, cells] of [...used].sort(([a], [b]) => a - b)) {
    const own = cells.map((cell) => cell && relative(cell, cells));
    const key = own
      .map((cell) => cell && [cell.kind, ...dimensions.map((name) => (name === 'worker' ? cell.own : cell[name]))])
      .join(' ');
    const known = classes.get(key);
    if (!known) {
      classes.set(key, { runs: [{ first: node, count: 1 }], cells: own });
      continue;
    }
    const run = known.runs.at(-1);
    if (run && run.first + run.count === node) run.count += 1;
    else known.runs.push({ first: node, count: 1 });
  }
  return [...classes.values()].map(({ runs, cells }) => ({ nodes: runs, cells }));
}

function relative(cell: Cell, cells: readonly (Cell | undefined)[]): Cell {
  const first = cells.find((other) => other?.kind === cell.kind);
  return { ...cell, own: cell.own - (first?.own ?? 0) };
}
