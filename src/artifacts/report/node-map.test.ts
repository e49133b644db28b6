/** The map against the placement itself, rank by rank. */
import { describe, expect, it } from 'vitest';
import { exampleRequest } from '../../../test/support/examples.ts';
import { placedPlan } from '../../../test/support/placed-plan.ts';
import { planOf } from '../../../test/support/plan-of.ts';
import { servedPlan } from '../../../test/support/served-file.ts';
import { hopper, modelNamed, oneWorker, settingOf } from '../../../test/support/serving.ts';
import { engines } from '../../catalog/engines.ts';
import type { FeasiblePlan } from '../../http/schemas/answer.ts';
import { estimateServing, type ServingStrategyRequest } from '../../planner/serving.ts';
import type { AnyFeasiblePlan } from '../served-workers.ts';
import { heavyLinks } from './heavy-links.ts';
import { kindsOf } from './kinds.ts';
import { type NodeMap, nodeMap } from './node-map.ts';

const reference = planOf(exampleRequest('reference'));

/** The reference's plan with another strategy on another cluster: what is mapped is placement alone. */
function laidOut(input: Parameters<typeof placedPlan>[0]): FeasiblePlan {
  return { ...reference, ...placedPlan(input) };
}

function served(nodes: number, engine: keyof typeof engines, request: ServingStrategyRequest): AnyFeasiblePlan {
  const cluster = { ...hopper, nodes };
  const setting = settingOf(modelNamed('Qwen3-30B-A3B'), { cluster, engine: engines[engine] });
  const result = estimateServing(setting, request);
  if (result.status !== 'feasible') throw new Error(JSON.stringify(result));
  return servedPlan(setting, { ...result.chosen, modules: result.modules });
}

/** What is said of each rank, from the placement; workers counted from the node's first where nodes stand for others. */
function expected(plan: AnyFeasiblePlan, { dimensions, collapsed }: NodeMap): Map<number, string[]> {
  const nodes = new Map<number, string[]>();
  const firsts = new Map<string, number>();
  for (const [kind, { placement }] of kindsOf(plan).entries()) {
    for (let rank = 0; rank < placement.world; rank++) {
      const { gpu, node } = placement.gpuOf(rank);
      const at = placement.coordinates(rank);
      const first = firsts.get(`${node} ${kind}`) ?? at.replicas;
      firsts.set(`${node} ${kind}`, first);
      const values = { stage: at.pp, copy: at.edp, expert: at.ep, tensor: at.tp, data: at.dp };
      const worker = collapsed ? at.replicas - first : at.replicas;
      const told = dimensions.map((name) => (name === 'worker' ? worker : values[name]));
      const slots = nodes.get(node) ?? [];
      slots[gpu % plan.resolved.cluster.gpusPerNode] = [kind, ...told].join('.');
      nodes.set(node, slots);
    }
  }
  return nodes;
}

function mapped({ nodes, dimensions }: NodeMap): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const { nodes: runs, cells } of nodes) {
    const slots: string[] = [];
    for (const [slot, cell] of cells.entries()) {
      if (cell)
        slots[slot] = [cell.kind, ...dimensions.map((name) => (name === 'worker' ? cell.own : cell[name]))].join('.');
    }
    if (slots.length === 0) continue;
    for (const { first, count } of runs) for (let node = first; node < first + count; node++) found.set(node, slots);
  }
  return found;
}

const worker = { ...oneWorker, dp: 4, ep: 4 };
const plans: readonly (readonly [string, AnyFeasiblePlan, NodeMap['dimensions']])[] = [
  ['the reference', reference, ['expert', 'tensor']],
  ['stages and expert groups', laidOut({ degrees: { pp: 2, dp: 32, ep: 8, etp: 1 }, nodes: 8 }), ['stage', 'copy']],
  ['idle GPUs', laidOut({ degrees: { tp: 4, dp: 3, ep: 4, etp: 3 }, nodes: 4 }), ['expert', 'tensor']],
  [
    'domains that ranks do not fill',
    laidOut({ degrees: { tp: 3, dp: 4, ep: 4, etp: 3 }, nodes: 2 }),
    ['expert', 'tensor'],
  ],
  ['a large batch', laidOut({ degrees: { tp: 2, dp: 64, pp: 4, ep: 64, etp: 2 }, nodes: 100 }), ['stage', 'tensor']],
  ['large domains', laidOut({ degrees: { dp: 288, ep: 32 }, nodes: 72, gpusPerNode: 4, domainGpus: 72 }), []],
  [
    'many replicas that lie across nodes',
    laidOut({ degrees: { pp: 3, dp: 4, ep: 4, replicas: 40 }, nodes: 64 }),
    ['worker', 'stage'],
  ],
  [
    'many workers on a node, stages inside data-parallel ranks',
    served(64, 'vllm', { mode: 'aggregated', ...worker, dp: 2, ep: 2, pp: 2, replicas: 90, maxConcurrency: 180 }),
    ['worker', 'stage'],
  ],
  [
    'two kinds of worker',
    served(4, 'sglang', {
      mode: 'disaggregated',
      prefill: { ...worker, replicas: 3 },
      decode: { ...worker, tp: 2, ep: 8 },
    }),
    ['worker', 'expert'],
  ],
];

describe('the map of nodes', () => {
  it.each(plans)('has each rank where the placement has it: %s', (_, plan, dimensions) => {
    const map = nodeMap(plan, kindsOf(plan));
    expect(map.dimensions).toEqual(dimensions);
    expect(map.ranksLeft).toBe(0);
    expect(mapped(map)).toEqual(expected(plan, map));
    const { nodes } = plan.resolved.cluster;
    const drawn = map.nodes.flatMap(({ nodes: runs }) => runs).reduce((sum, { count }) => sum + count, 0);
    expect(drawn + map.idleNodes).toBe(nodes);
  });

  it('of 1,048,576 GPUs is small, and says what it left out', () => {
    const plan = laidOut({ degrees: { tp: 8, pp: 4, ep: 8, etp: 1, replicas: 32768 }, nodes: 131_072 });
    const map = nodeMap(plan, kindsOf(plan));
    expect(map.nodes.length).toBe(4);
    expect(map.ranksLeft).toBe(2 ** 20 - 8_192 * 8);
    expect(map.idleNodes).toBe(0);
  });
});

describe('heavy links', () => {
  it('are those that take longest, with the GPUs of the first rank’s group', () => {
    const kinds = kindsOf(reference);
    const { links, left, transfer } = heavyLinks(reference, kinds, { memory: [] });
    expect(transfer).toBeUndefined();
    expect(left).toBe(0);
    const times = reference.estimate.communication.perCollective.map(({ ms }) => ms).sort((a, b) => b - a);
    expect(links.map(({ use }) => use.ms)).toEqual(times);
    // The expert group of rank 0 has every other GPU of 16 nodes, of which 8 are drawn.
    expect(links[0]?.use.group).toBe('ep');
    expect(links[0]?.members).toEqual(Array.from({ length: 8 }, (_, node) => ({ node, slots: [0, 2, 4, 6] })));
    expect(links[0]?.further).toBe(32);
    expect(links.at(-1)?.members).toEqual([{ node: 0, slots: [0, 1] }]);
  });
});
