/** What each node's GPUs do: every node of a small cluster, kinds of node with their numbers of a large one. */
import type { AnyFeasiblePlan } from '../served-workers.ts';
import type { Kind } from './kinds.ts';
import { type Place, type RanksOnNode, ranksOnNodes } from './ranks-on-nodes.ts';

export interface Cell extends Place {
  /** Within its kind; on a node that stands for others, counted from the node's first. */
  readonly own: number;
  /** Over all kinds. */
  readonly worker: number;
}

export interface MappedNode {
  /** Nodes alike, as runs of numbers. */
  readonly nodes: readonly { readonly first: number; readonly count: number }[];
  /** One a GPU; undefined where it has no rank. */
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

export function nodeMap(plan: AnyFeasiblePlan, kinds: readonly Kind[]): NodeMap {
  const { nodes, gpusPerNode } = plan.resolved.cluster;
  const collapsed = nodes > mostDrawn.nodes || nodes * gpusPerNode > mostDrawn.gpus;
  const found = kinds.map((each, kind) => ranksOnNodes(each, { kind, gpusPerNode, stagesOnly: collapsed }));
  const used = new Map<number, RanksOnNode[]>();
  for (const { nodes: some } of found) {
    for (const ranks of some) {
      const others = used.get(ranks.node);
      if (others) others.push(ranks);
      else used.set(ranks.node, [ranks]);
    }
  }
  const told = telling(kinds);
  if (collapsed) {
    // Copies, experts and data-parallel ranks differ from node to node: told apart by them, hardly a node would be like another.
    const dimensions = told.filter((name) => name === 'worker' || name === 'stage' || name === 'tensor').slice(0, 2);
    const ranksLeft = found.reduce((sum, { left }) => sum + left, 0);
    const idleNodes = ranksLeft > 0 ? 0 : nodes - used.size;
    return { nodes: alike(used, { dimensions, gpusPerNode }), collapsed, dimensions, idleNodes, ranksLeft };
  }
  const firstWorkers = kinds.map((_, i) => kinds.slice(0, i).reduce((sum, { degrees }) => sum + degrees.replicas, 0));
  const all = Array.from({ length: nodes }, (_, node) => {
    const cells: (Cell | undefined)[] = Array.from({ length: gpusPerNode }, () => undefined);
    for (const { worker, places } of used.get(node) ?? []) {
      for (const place of places) {
        const own = worker + place.later;
        cells[place.slot] = { ...place, own, worker: (firstWorkers[place.kind] ?? 0) + own };
      }
    }
    return { nodes: [{ first: node, count: 1 }], cells };
  });
  return { nodes: all, collapsed, dimensions: told.slice(0, 2), idleNodes: 0, ranksLeft: 0 };
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
function alike(
  used: ReadonlyMap<number, readonly RanksOnNode[]>,
  { dimensions, gpusPerNode }: { readonly dimensions: readonly Dimension[]; readonly gpusPerNode: number },
): readonly MappedNode[] {
  // Most nodes share their places with others, so that their words are put together once.
  const words = new Map<readonly Place[], string>();
  const wordsOf = (places: readonly Place[]): string => {
    let text = words.get(places);
    if (text === undefined) {
      text = places.map((place) => placeWords(place, dimensions)).join(' ');
      words.set(places, text);
    }
    return text;
  };
  const classes = new Map<string, { runs: { first: number; count: number }[]; ranks: readonly RanksOnNode[] }>();
  for (const [node, ranks] of [...used].sort(([a], [b]) => a - b)) {
    const key = ranks.map(({ places }) => wordsOf(places)).join(' ');
    const known = classes.get(key);
    if (!known) {
      classes.set(key, { runs: [{ first: node, count: 1 }], ranks });
      continue;
    }
    const run = known.runs.at(-1);
    if (run && run.first + run.count === node) run.count += 1;
    else known.runs.push({ first: node, count: 1 });
  }
  return [...classes.values()].map(({ runs, ranks }) => {
    const cells: (Cell | undefined)[] = Array.from({ length: gpusPerNode }, () => undefined);
    for (const place of ranks.flatMap(({ places }) => places)) {
      cells[place.slot] = { ...place, own: place.later, worker: place.kind + place.later };
    }
    return { nodes: runs, cells };
  });
}

function placeWords(place: Place, dimensions: readonly Dimension[]): string {
  let text = `${place.slot}.${place.kind}`;
  for (const name of dimensions) text += `.${name === 'worker' ? place.later : place[name]}`;
  return text;
}
