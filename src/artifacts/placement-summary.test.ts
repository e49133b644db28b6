import { describe, expect, it } from 'vitest';
import { placedPlan } from '../../test/support/placed-plan.ts';
import { placementRows } from './placement-pages.ts';
import { placementSummary } from './placement-summary.ts';

describe('placementSummary', () => {
  it('says the reference in a few lines', () => {
    expect(placementSummary(placedPlan({ degrees: { tp: 2, dp: 64, ep: 64, etp: 2 } }))).toEqual({
      ranks: 128,
      ranksPerReplica: 128,
      ranksPerDomain: 8,
      gpusIdle: 0,
      nodes: [{ firstNode: 0, nodes: 16, firstRank: 0, ranksPerNode: 8 }],
      groups: [
        { kind: 'tp', groups: 64, size: 2, stride: 1 },
        { kind: 'cp', groups: 128, size: 1, stride: 0 },
        { kind: 'dp', groups: 2, size: 64, stride: 2 },
        { kind: 'pp', groups: 128, size: 1, stride: 0 },
        { kind: 'ep', groups: 2, size: 64, stride: 2 },
        { kind: 'etp', groups: 64, size: 2, stride: 1 },
        { kind: 'edp', groups: 128, size: 1, stride: 0 },
      ],
      stages: [{ stage: 0, ranks: { first: 0, count: 128 }, layers: { first: 0, count: 16 }, moeLayers: 16 }],
    });
  });

  it.each([
    { name: 'whole nodes', plan: placedPlan({ degrees: { tp: 4, dp: 5, ep: 4, etp: 5 }, nodes: 4 }) },
    {
      name: 'groups of three',
      plan: placedPlan({ degrees: { tp: 3, dp: 7, etp: 3 }, nodes: 4, moeLayers: 0, denseLayers: 4 }),
    },
    {
      name: 'a domain of 72 over nodes of 4',
      plan: placedPlan({ degrees: { tp: 16, dp: 8, ep: 8, etp: 16 }, nodes: 36, gpusPerNode: 4, domainGpus: 72 }),
    },
    {
      name: 'pairs inside a node',
      plan: placedPlan({ degrees: { tp: 2, dp: 5, ep: 5, etp: 2 }, nodes: 2, domainGpus: 2 }),
    },
  ])('agrees with the rows about nodes: $name', ({ plan }) => {
    const summary = placementSummary(plan);
    const nodes = new Map<number, number[]>();
    for (const { rank, node } of placementRows(plan)) nodes.set(node, [...(nodes.get(node) ?? []), rank]);
    const fromRuns = summary.nodes.flatMap((run) =>
      Array.from({ length: run.nodes }, (_, j): [number, number[]] => [
        run.firstNode + j,
        Array.from({ length: run.ranksPerNode }, (_, r) => run.firstRank + j * run.ranksPerNode + r),
      ]),
    );
    expect(fromRuns).toEqual([...nodes]);
  });
});
