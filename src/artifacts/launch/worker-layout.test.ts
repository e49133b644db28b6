/** Sites of workers against the placement itself, worker by worker. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstGpuAfter, placementOf } from '../../planner/placement.ts';
import { siteOf } from './launch-plan.ts';
import { layoutOf } from './worker-layout.ts';

interface Drawn {
  readonly tp: number;
  readonly dp: number;
  readonly replicas: number;
  readonly gpusPerNode: number;
  readonly domainGpus: number;
  readonly taken: number;
}

function placed({ tp, dp, replicas, gpusPerNode, domainGpus, taken }: Drawn) {
  const degrees = { tp, cp: 1, dp, pp: 1, ep: 1, etp: tp, replicas };
  const cluster = { nodes: 4096, gpusPerNode, domainGpus };
  const firstGpu = firstGpuAfter(taken, degrees, domainGpus);
  const placement = placementOf(degrees, { cluster, model: { layers: [{ count: 2 }] }, firstGpu });
  return { placement, workers: replicas, cluster: { gpusPerNode, nvlinkDomainGpus: domainGpus } };
}

/** Local GPUs of a worker by node, in order. */
function gpusOf({ placement, workers, cluster }: ReturnType<typeof placed>, worker: number) {
  const ranks = placement.world / workers;
  const nodes = new Map<number, number[]>();
  for (let rank = worker * ranks; rank < (worker + 1) * ranks; rank += 1) {
    const { node, gpu } = placement.gpuOf(rank);
    nodes.set(node, [...(nodes.get(node) ?? []), gpu % cluster.gpusPerNode]);
  }
  return [...nodes];
}

const shapes = fc.constantFrom(
  { gpusPerNode: 8, domainGpus: 8 },
  { gpusPerNode: 8, domainGpus: 4 },
  { gpusPerNode: 4, domainGpus: 72 },
  { gpusPerNode: 4, domainGpus: 8 },
  { gpusPerNode: 6, domainGpus: 6 },
);
const drawn = fc
  .tuple(
    shapes,
    fc.integer({ min: 1, max: 8 }),
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 24 }),
    fc.integer({ min: 0, max: 80 }),
  )
  .map(([shape, tp, dp, replicas, taken]): Drawn => ({ ...shape, tp, dp, replicas, taken }));

describe('workers', () => {
  it('are where the placement has them, or told as uneven', () => {
    let even = 0;
    fc.assert(
      fc.property(drawn, (each) => {
        const laid = placed(each);
        const result = layoutOf(laid);
        const all = Array.from({ length: laid.workers }, (_, worker) => gpusOf(laid, worker));
        const sizes = new Set(all.flatMap((nodes) => nodes.map(([, gpus]) => gpus.length)));
        const counts = new Set(all.map((nodes) => nodes.length));
        if (result.kind === 'uneven') {
          // Parts of a node that do not follow one another are told so as well.
          const gaps = all.some((nodes) => nodes.some(([, gpus]) => gpus.some((gpu, i) => gpu !== (gpus[0] ?? 0) + i)));
          const skips = all.some((nodes) => nodes.some(([node], i) => node !== (nodes[0]?.[0] ?? 0) + i));
          expect(sizes.size > 1 || counts.size > 1 || gaps || skips).toBe(true);
          return;
        }
        even += 1;
        const { layout } = result;
        expect([sizes, counts]).toEqual([new Set([layout.gpusPerNode]), new Set([layout.nodes])]);
        for (const [worker, nodes] of all.entries()) {
          const { firstNode, firstGpus } = siteOf(layout, worker);
          expect(nodes).toEqual(
            firstGpus.map((first, i) => [
              firstNode + i,
              Array.from({ length: layout.gpusPerNode }, (_, gpu) => first + gpu),
            ]),
          );
        }
      }),
      { numRuns: 400, seed: 7 },
    );
    expect(even).toBeGreaterThan(100);
  });

  it('are a few sites, however many they are', () => {
    const laid = placed({ tp: 2, dp: 1, replicas: 16_000, gpusPerNode: 8, domainGpus: 8, taken: 6 });
    const result = layoutOf(laid);
    expect(result).toMatchObject({ kind: 'even', layout: { prefix: 1, period: 4, nodesPerPeriod: 1 } });
  });
});
