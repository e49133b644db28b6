/** The messages that take longest, each with the nodes that one of its groups lies on. */
import type { FeasiblePlan } from '../../http/schemas/answer.ts';
import type { AnyFeasiblePlan } from '../served-workers.ts';
import type { Kind } from './kinds.ts';
import type { Accounts } from './memory-classes.ts';

type Use = FeasiblePlan['estimate']['communication']['perCollective'][number];

export interface Link {
  readonly kind: Kind;
  readonly use: Use;
  /** GPUs of the group of the kind's first rank, node by node; at most `mostNodes` of them. */
  readonly members: readonly { readonly node: number; readonly slots: readonly number[] }[];
  /** Ranks of the group on further nodes. */
  readonly further: number;
}

/** From prefill to decode workers. */
export interface Transfer {
  readonly bytes: number;
  readonly ms: number;
}

export interface HeavyLinks {
  readonly links: readonly Link[];
  /** Messages that are not among them. */
  readonly left: number;
  readonly transfer?: Transfer;
}

const mostLinks = 6;
const mostNodes = 8;

export function heavyLinks(plan: AnyFeasiblePlan, kinds: readonly Kind[], { movedBytes }: Accounts): HeavyLinks {
  const { gpusPerNode } = plan.resolved.cluster;
  const all = kinds
    .flatMap((kind) => kind.communication.perCollective.map((use) => ({ kind, use })))
    .filter(({ use }) => use.ms > 0)
    .sort((a, b) => b.use.ms - a.use.ms);
  const links = all.slice(0, mostLinks).map(({ kind, use }) => ({ kind, use, ...membersOf(kind, use, gpusPerNode) }));
  const { time } = plan.estimate;
  const transfer = 'transferMs' in time && movedBytes !== undefined && { bytes: movedBytes, ms: time.transferMs };
  return { links, left: all.length - links.length, ...(transfer && { transfer }) };
}

function membersOf({ placement }: Kind, { group }: Use, gpusPerNode: number): Pick<Link, 'members' | 'further'> {
  const { size, member } = placement.group(0, group);
  const nodes: { node: number; slots: number[] }[] = [];
  for (let position = 0; position < size; position++) {
    const { gpu, node } = placement.gpuOf(member(position));
    const known = nodes.find((other) => other.node === node);
    // GPUs rise with ranks along every axis: past the last node that is drawn all others lie further on.
    if (!known && nodes.length === mostNodes) return { members: nodes, further: size - position };
    if (known) known.slots.push(gpu % gpusPerNode);
    else nodes.push({ node, slots: [gpu % gpusPerNode] });
  }
  return { members: nodes, further: 0 };
}
