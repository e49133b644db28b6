/** Remedies of serving problems: applied to the problem, each makes it feasible, and half of what is asked for in nodes or load would not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Remedy } from '../../src/planner/result.ts';
import { createServingPlan } from '../../src/planner/serving-plan.ts';
import type { ServingProblem } from '../../src/planner/serving-result.ts';
import type { ServingLoad } from '../../src/planner/workload.ts';
import { servingProblems } from '../support/serving-arbitraries.ts';

function withLoad(load: ServingLoad, to: number): ServingLoad {
  switch (load.kind) {
    case 'concurrency':
      return { ...load, concurrency: to };
    case 'rate':
      return { ...load, requestsPerSecond: to };
    case 'static':
      return { ...load, batch: to };
    case 'saturated':
      return load;
  }
}

/** The problem with the remedy, or with `to` in its place; undefined for those whose value is in words. */
function applied(problem: ServingProblem, { path, to: told }: Remedy, to = Number(told)): ServingProblem | undefined {
  const { cluster, workload } = problem;
  switch (path) {
    case '/cluster/nodes':
      return { ...problem, cluster: { ...cluster, nodes: to } };
    case '/workload/slo/ttftMs':
      return { ...problem, workload: { ...workload, slo: { ...workload.slo, ttft: to / 1e3 } } };
    case '/workload/slo/tpotMs':
      return { ...problem, workload: { ...workload, slo: { ...workload.slo, tpot: to / 1e3 } } };
    case '/workload/concurrency':
    case '/workload/requestsPerSecond':
    case '/workload/staticBatch':
      return { ...problem, workload: { ...workload, load: withLoad(workload.load, to) } };
    case '/constraints/mode':
      return { ...problem, modes: [told === 'aggregated' ? 'aggregated' : 'disaggregated'] };
    default:
      return undefined;
  }
}

const doubled = new Set(['/cluster/nodes', '/workload/requestsPerSecond']);

describe('a remedy', () => {
  // The generator's bounds are of means already where they are kept with a confidence.
  const plain = servingProblems.filter(({ workload }) => workload.slo.confidence === undefined);
  let seen = 0;

  it('makes the problem feasible, and half of it does not', () => {
    fc.assert(
      fc.property(plain, (problem) => {
        const plan = createServingPlan(problem);
        if (plan.status !== 'infeasible') return;
        for (const remedy of plan.remedies) {
          const changed = applied(problem, remedy);
          if (!changed) continue;
          seen++;
          expect(createServingPlan(changed).status, remedy.change).toBe('feasible');
          if (!doubled.has(remedy.path)) continue;
          const [from, to] = [Number(remedy.from), Number(remedy.to)];
          const half = applied(problem, remedy, to > from ? to / 2 : to * 2);
          expect(half && createServingPlan(half).status, `half of ${remedy.change}`).toBe('infeasible');
        }
      }),
      { numRuns: 150 },
    );
    expect(seen).toBeGreaterThan(20);
  });
});
