import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchCost } from '../../src/planner/cost/batch.ts';
import { searchExhaustively } from '../../src/planner/search/exhaustive.ts';
import { search } from '../../src/planner/search/search.ts';
import { spaceOf } from '../../src/planner/search/space.ts';
import { problems } from '../support/arbitraries.ts';
import { referenceProblem } from '../support/problems.ts';

/** Both searches keep one contract: the best of the space in a total order, and every candidate accounted for. */
describe.each([
  ['exhaustive', searchExhaustively],
  ['pruned', (problem: Parameters<typeof searchExhaustively>[0]) => search(problem)],
])('the %s search', (_, run) => {
  it('accounts for every candidate of the space', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { report } = run(problem);
        const rejected = Object.values(report.rejected).reduce((a, b) => a + b, 0);
        expect(report.evaluated + report.pruned + rejected).toBe(report.enumerated);
        expect(report.exhaustive).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('gives its best in order, within the memory, and no more than asked for', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { best } = run(problem);
        expect(best.length).toBeLessThanOrEqual(problem.top + 1);
        for (const { account } of best) {
          expect(account.total + account.runtimeReserve).toBeLessThanOrEqual(problem.cluster.gpu.memoryBytes);
        }
        for (let i = 1; i < best.length; i++) {
          const [a = [], b = []] = [best[i - 1]?.key, best[i]?.key];
          const differs = a.findIndex((value, j) => value !== b[j]);
          if (differs >= 0) expect(a[differs]).toBeLessThan(b[differs] ?? Number.NaN);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('the pruned search', () => {
  it('finds exactly what the exhaustive one finds', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const pruned = search(problem);
        const plain = searchExhaustively(problem);
        expect(pruned.best).toEqual(plain.best);
        expect(pruned.report.enumerated).toBe(plain.report.enumerated);
        // Where nothing fits nothing can be pruned: every reason is counted alike.
        if (plain.best.length === 0) {
          expect(pruned.report.rejected).toEqual(plain.report.rejected);
          expect(pruned.nearest?.shortBytes).toBe(plain.nearest?.shortBytes);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('bounds the step from below, for every fold', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const cost = batchCost(problem);
        for (const { strategy } of searchExhaustively({ ...problem, top: 200 }).best) {
          expect(cost.stepBound({ ...strategy, ep: 1, etp: 1 })).toBeLessThanOrEqual(cost.step(strategy));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('stops when told to, and says so', () => {
    const { report } = search(referenceProblem, { outOfTime: () => true });
    expect(report.exhaustive).toBe(false);
  });

  it('cut short at any point, still answers with the best it has seen, each once', () => {
    for (let patience = 1; patience < 12; patience++) {
      let asked = 0;
      const { best, report } = search(referenceProblem, { outOfTime: () => ++asked > patience });
      expect(report.exhaustive).toBe(false);
      expect(best.length).toBeGreaterThan(0);
      expect(new Set(best.map(({ strategy }) => JSON.stringify(strategy))).size).toBe(best.length);
    }
  });
});

describe('the size of the space', () => {
  it('has a closed form: for 4 GPUs, one sequence and experts, counted by hand', () => {
    // d2·folds over u·dp = G ≤ 4: G=1: 1·1·4 stages; G=2: 3 layouts · 3 folds · 2; G=3: 3 · 3 · 1; G=4: 6 · 6 · 1.
    expect(spaceOf({ gpus: 4, batchSize: 1, moe: true }).size()).toBe(1 * 1 * 4 + 3 * 3 * 2 + 3 * 3 + 6 * 6);
  });

  it('is the number of ordered factorisations for a dense model and one sequence: 1, 5, 9, 19 for 1 to 4 GPUs', () => {
    // Ordered (tp, cp, dp, pp) with product ≤ N: the summatory function of d4, which begins 1, 4, 4, 10 (OEIS A007426).
    const sizes = [1, 2, 3, 4].map((gpus) => spaceOf({ gpus, batchSize: 1, moe: false }).size());
    expect(sizes).toEqual([1, 5, 9, 19]);
  });
});
