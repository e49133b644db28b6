import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { servingProblems } from '../../../../test/support/serving-arbitraries.ts';
import { servingProblem } from '../../../../test/support/serving-problems.ts';
import { clusterGpus } from '../../cluster.ts';
import { servingCost } from '../../cost/serving/serving-cost.ts';
import { promptTooLong, stepTooLong } from './floors.ts';
import { demandedRate } from './load.ts';
import { searchServing } from './search.ts';
import { familiesOf, sidesOf } from './sides.ts';
import { servingSpace } from './space.ts';
import { listWorkers } from './workers.ts';

const inTime = () => false;

describe('what no number of workers and no concurrency gets below', () => {
  it('turns away no family of which any member meets the SLO, in any number and at any concurrency', () => {
    let met = 0;
    fc.assert(
      fc.property(servingProblems, (problem) => {
        const { slo } = problem.workload;
        const cost = servingCost(problem);
        const sides = sidesOf({ problem, cost });
        const gpus = clusterGpus(problem.cluster);
        const { workers } = listWorkers(problem, servingSpace({ ...problem, gpus }), inTime);
        for (const family of familiesOf(workers, { sides, role: 'both', outOfTime: inTime }).families) {
          if (!stepTooLong(problem, sides, family) && !promptTooLong(problem, sides, family)) continue;
          for (const { layout, gpus: own } of family.members) {
            for (let replicas = 1; replicas * own <= gpus; replicas++) {
              for (let perRank = 1; perRank <= 5; perRank++) {
                const maxConcurrency = perRank * layout.dp * replicas;
                const steady = cost.steady({ mode: 'aggregated', ...layout, replicas, maxConcurrency });
                if (!steady) continue;
                met++;
                expect(steady.ttft <= (slo.ttft ?? Infinity) && steady.tpot <= (slo.tpot ?? Infinity)).toBe(false);
              }
            }
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(met).toBeGreaterThan(100);
  });

  it('demands of a closed loop no more than what meets its SLO serves', () => {
    let met = 0;
    fc.assert(
      fc.property(servingProblems, (problem) => {
        if (problem.workload.load.kind !== 'concurrency') return;
        const demanded = demandedRate(problem.workload);
        const { best } = searchServing(problem, { cost: servingCost(problem) });
        for (const { steady } of best) {
          if (demanded > 0) met++;
          expect(steady.requestsPerSecond).toBeGreaterThanOrEqual(demanded * (1 - 1e-6));
        }
      }),
      { numRuns: 200 },
    );
    expect(met).toBeGreaterThan(10);
  });

  it('judges none where no prompt is read in time, and says by how many times it is missed at the least', () => {
    const load = { kind: 'rate' as const, requestsPerSecond: 6.5 };
    const problem = servingProblem({
      model: 'deepseek-v3',
      gpu: 'h200-sxm',
      nodes: 4,
      workload: { load, slo: { ttft: 0.01, tpot: 0.05 } },
    });
    const cost = servingCost(problem);
    let judged = 0;
    const steady: typeof cost.steady = (strategy) => {
      judged++;
      return cost.steady(strategy);
    };
    const { best, unjudged, report } = searchServing(problem, { cost: { ...cost, steady } });
    expect(best).toEqual([]);
    expect(judged).toBe(0);
    expect(report.rejected['slo.ttft']).toBeGreaterThan(1000);
    expect(Math.min(...unjudged.map(({ excess }) => excess))).toBeGreaterThan(1);
  });
});
