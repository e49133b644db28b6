import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { servingProblems } from '../../../../test/support/serving-arbitraries.ts';
import { clusterGpus } from '../../cluster.ts';
import { servingCost } from '../../cost/serving/serving-cost.ts';
import type { ServingProblem } from '../../serving-result.ts';
import { judgeDisaggregated } from './judge.ts';
import { compareKeys } from './objective.ts';
import { pairBounds } from './pair-bounds.ts';
import { familiesOf, sidesOf } from './sides.ts';
import { servingSpace } from './space.ts';
import { matchedNumbers, usefulLimit } from './splits.ts';
import { listWorkers } from './workers.ts';

const inTime = () => false;

/** Closed loops of various crowds, for throughput. */
const loops = fc.record({ problem: servingProblems, concurrency: fc.constantFrom(1, 2, 5, 10, 40) }).map(
  ({ problem, concurrency }): ServingProblem => ({
    ...problem,
    objective: 'throughput',
    workload: { ...problem.workload, load: { kind: 'concurrency', concurrency } },
  }),
);

describe('pairs that a closed loop leaves idle', () => {
  it('serve too little in whatever numbers', () => {
    let idle = 0;
    let busy = 0;
    fc.assert(
      fc.property(loops, fc.double({ min: 0.7, max: 1.4, noNaN: true }), (problem, share) => {
        const context = { problem, cost: servingCost(problem) };
        const sides = sidesOf(context);
        const gpus = clusterGpus(problem.cluster);
        const { workers } = listWorkers(problem, servingSpace({ ...problem, gpus }), inTime);
        const fitting = (role: 'prefill' | 'decode') =>
          familiesOf(workers, { sides, role, outOfTime: inTime }).families.flatMap((family) =>
            family.members.map((worker) => ({ worker, family })),
          );
        const readers = fitting('prefill');
        const bounds = pairBounds(context, sides, readers);
        let wanted: readonly number[] | undefined;
        for (const { worker: prefill } of readers.slice(0, 6)) {
          for (const { worker: decode } of fitting('decode').slice(0, 6)) {
            const halves = { prefill, decode };
            const limit = sides.limit(decode);
            if (limit === 0) continue;
            const keys = matchedNumbers(problem, sides, halves, limit).flatMap((numbers) => {
              const most = usefulLimit(problem, sides, { halves, numbers, limit });
              const verdict = judgeDisaggregated(context, halves, numbers, most);
              return verdict.kind === 'fits' ? [verdict.judged.key] : [];
            });
            // About what the first pair serves at best, more or less.
            const [best] = keys.toSorted(compareKeys);
            wanted ??= best && [(best[0] ?? 0) * share];
            const asked = wanted;
            if (!asked) continue;
            const beyond = (bound: readonly number[]) => compareKeys(bound, asked) > 0;
            if (bounds.idles(halves, beyond)) {
              idle++;
              expect(keys.every(beyond)).toBe(true);
            } else busy++;
          }
        }
      }),
      { numRuns: 40 },
    );
    expect(idle).toBeGreaterThan(20);
    expect(busy).toBeGreaterThan(20);
  });
});
