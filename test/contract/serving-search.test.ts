import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { servingCost } from '../../src/planner/cost/serving/serving-cost.ts';
import { searchServingExhaustively } from '../../src/planner/search/serving/exhaustive.ts';
import { canonicalServing, compareKeys, layoutKey } from '../../src/planner/search/serving/objective.ts';
import { allServingReasons } from '../../src/planner/search/serving/rules.ts';
import { searchServing } from '../../src/planner/search/serving/search.ts';
import {
  aggregatedCount,
  disaggregatedCount,
  servingSpace,
  splitCount,
} from '../../src/planner/search/serving/space.ts';
import type { ServingProblem } from '../../src/planner/serving-result.ts';
import { servingProblems } from '../support/serving-arbitraries.ts';
import { disagreements } from '../support/serving-disagreements.ts';
import { servingProblem } from '../support/serving-problems.ts';

const byBounds = (problem: ServingProblem) => searchServing(problem, { cost: servingCost(problem) });
const plainly = (problem: ServingProblem) => searchServingExhaustively(problem, servingCost(problem));

/** Both searches keep one contract: every candidate accounted for, and the best of distinct layouts in order. */
describe.each([
  ['plain', plainly, 25],
  ['by bounds', byBounds, 100],
])('the search for serving, %s', (_, run, numRuns) => {
  it('accounts for every candidate, and gives its best in order, within SLO and rules', () => {
    fc.assert(
      fc.property(servingProblems, (problem) => {
        const { report, byMode } = run(problem);
        const rejected = Object.values(report.rejected).reduce((a, b) => a + b, 0);
        expect(report.evaluated + report.pruned + rejected).toBe(report.enumerated);
        expect(report.exhaustive).toBe(true);
        const { ttft = Infinity, tpot = Infinity } = problem.workload.slo;
        for (const found of [byMode.aggregated, byMode.disaggregated]) {
          expect(found.length).toBeLessThanOrEqual(problem.top + 1);
          expect(new Set(found.map(({ strategy }) => layoutKey(strategy))).size).toBe(found.length);
          for (const [i, { strategy, steady, key }] of found.entries()) {
            expect(allServingReasons(problem, strategy)).toEqual([]);
            expect(steady.ttft).toBeLessThanOrEqual(ttft);
            expect(steady.tpot).toBeLessThanOrEqual(tpot);
            expect(compareKeys(found[i - 1]?.key ?? key, key)).toBeLessThanOrEqual(0);
          }
        }
      }),
      { numRuns },
    );
  });
});

function expectAgreement(problem: ServingProblem): void {
  const plain = plainly(problem);
  const found = byBounds(problem);
  expect(found.report.enumerated).toBe(plain.report.enumerated);
  for (const mode of ['aggregated', 'disaggregated'] as const) {
    const names = (judged: typeof plain.byMode.aggregated) =>
      judged.map(({ strategy, key }) => ({ strategy: canonicalServing(strategy), key }));
    expect(names(found.byMode[mode])).toEqual(names(plain.byMode[mode]));
  }
}

describe('the search for serving by bounds', () => {
  it('finds exactly what the plain one finds, of as many candidates', { timeout: 120_000 }, () => {
    fc.assert(fc.property(servingProblems, expectAgreement), { numRuns: 60 });
  });

  it('finds it where all lengths are equal, and clients who are answered at once find nobody running', () => {
    const few = fc.record({ concurrency: fc.constantFrom(2, 3, 6), tokens: fc.constantFrom([64, 32], [200, 300]) });
    fc.assert(
      fc.property(
        servingProblems,
        few,
        ({ workload, ...problem }, { concurrency, tokens: [input = 1, output = 2] }) => {
          const load = { kind: 'concurrency', concurrency } as const;
          const equal = { ...workload, inputTokens: input, outputTokens: output, lengthSpread: 0, load };
          expectAgreement({ ...problem, objective: 'throughput', modes: ['aggregated'], workload: equal });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('finds it where what is asked for a second is told from its twelve digits by rounding alone', () => {
    const rates = fc.constantFrom(3.9999999999999996, 39.99999999999999, 399.99999999999994);
    fc.assert(
      fc.property(servingProblems, rates, ({ workload, ...problem }, requestsPerSecond) => {
        const load = { kind: 'rate', requestsPerSecond } as const;
        const short = { ...workload, inputTokens: 64, outputTokens: 32, load, slo: {} };
        expectAgreement({ ...problem, objective: 'throughput', workload: short });
      }),
      { numRuns: 100 },
    );
  });

  it.each(disagreements)('finds it for %s', (_, problem) => expectAgreement(problem));

  it('cut short at any point says so, and its best are of the space', () => {
    const problem = servingProblem({ model: 'qwen3-32b', gpu: 'h200-sxm', nodes: 1 });
    const cost = servingCost(problem);
    for (let patience = 0; patience < 40; patience += 4) {
      let asked = 0;
      const { report, best } = searchServing(problem, { cost, outOfTime: () => ++asked > patience });
      expect(report.exhaustive).toBe(false);
      for (const { strategy } of best) expect(allServingReasons(problem, strategy)).toEqual([]);
    }
  });
});

describe('the size of the space of serving strategies', () => {
  const space = (gpus: number, model: string, skewed = false) => {
    const { model: known } = servingProblem({ model, gpu: 'h200-sxm', nodes: 1 });
    const routing = skewed ? ({ kind: 'zipf', exponent: 1 } as const) : ({ kind: 'uniform' } as const);
    return servingSpace({ gpus, model: known, workload: { routing }, engine: { name: 'vllm' } });
  };

  it('is, for a dense model, the ordered quadruples with their product: 1, 4, 4, 10 for 1 to 4 GPUs (OEIS A007426)', () => {
    expect([...space(4, 'qwen3-32b').layouts()]).toEqual([0, 1, 4, 4, 10]);
  });

  it('counts folds of experts: for 2 GPUs tp·cp·dp = 2 three ways, each with 3 of (ep, etp)', () => {
    // One GPU: 1. Two GPUs: two stages of 1, or 3 · 3 layouts of a stage of 2.
    expect([...space(2, 'deepseek-v3').layouts()]).toEqual([0, 1, 10]);
  });

  it('counts redundant experts of 256: with ep = 2 none, 2, 4, 8, 16, 32 or 64', () => {
    expect(space(2, 'deepseek-v3', true).redundancies(2)).toEqual([0, 2, 4, 8, 16, 32, 64]);
    // Of a stage of 2: (1,1), (1,2), and (2,1) with 7 numbers of copies.
    expect([...space(2, 'deepseek-v3', true).layouts()]).toEqual([0, 1, 1 + 3 * (2 + 7)]);
  });

  it('counts candidates by hand for 3 GPUs of a dense model', () => {
    const layouts = space(3, 'qwen3-32b').layouts();
    // c = 1, 4, 4: one worker 3 ways, two GPUs' 4 once, three GPUs' 4 once.
    expect(aggregatedCount(layouts)).toBe(1 * 3 + 4 + 4);
    // n + m ≤ 3 with A = 1, 5, …: (1,1) 1, (1,2) 5, (2,1) 5.
    expect(disaggregatedCount(layouts, layouts)).toBe(1 + 5 + 5);
    expect(splitCount(3, 1, 1)).toBe(3);
  });
});
