import { describe, expect, it } from 'vitest';
import { oneWorker } from '../../../../test/support/serving.ts';
import { type ServingQuestion, servingProblem } from '../../../../test/support/serving-problems.ts';
import { servingCost } from '../../cost/serving/serving-cost.ts';
import type { ServingProblem } from '../../serving-result.ts';
import type { ServingWorkload } from '../../workload.ts';
import { sensitivityOf } from './sensitivity.ts';

/** Every workload that is looked at, without anybody who could win under it. */
function workloadsAsked(question: Partial<ServingQuestion>): readonly ServingWorkload[] {
  const problem = servingProblem({ model: 'deepseek-v3', gpu: 'h200-sxm', nodes: 1, ...question });
  const asked: ServingProblem[] = [];
  const costOf = (changed: ServingProblem) => {
    asked.push(changed);
    return servingCost(changed);
  };
  const chosen = { strategy: { mode: 'aggregated', ...oneWorker, tp: 8 } } as const;
  sensitivityOf(problem, { chosen, finalists: [], costOf, outOfTime: () => false });
  return asked.map(({ workload }) => workload);
}

describe('what is changed to see whether another would win', () => {
  const exponents = (workloads: readonly ServingWorkload[]) =>
    workloads.flatMap(({ routing }) => (routing.kind === 'zipf' ? [Number(routing.exponent.toFixed(6))] : []));

  it('is the skew of experts, the one that is taken where nothing is said as well as one that is given', () => {
    const given = workloadsAsked({ workload: { routing: { kind: 'zipf', exponent: 1 } } });
    expect(exponents(given)).toEqual(expect.arrayContaining([0.8, 1.2]));
    expect(exponents(workloadsAsked({ workload: { routing: { kind: 'usual' } } }))).toEqual([0.4, 0.6]);
    expect(exponents(workloadsAsked({ workload: { routing: { kind: 'uniform' } } }))).toEqual([]);
    expect(exponents(workloadsAsked({ model: 'llama-3.1-70b', workload: { routing: { kind: 'usual' } } }))).toEqual([]);
  });

  it('is how many guesses are right, and no more than all', () => {
    const acceptances = (acceptance: number) =>
      workloadsAsked({ workload: { speculation: { tokens: 2, acceptance } } })
        .map(({ speculation }) => speculation?.acceptance)
        .filter((other) => other !== acceptance);
    expect(acceptances(0.5)).toEqual([0.4, 0.6]);
    expect(acceptances(0.9)).toEqual([expect.closeTo(0.72, 12), 1]);
  });
});
