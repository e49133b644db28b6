import { describe, expect, it } from 'vitest';
import { servingProblem } from '../../../../test/support/serving-problems.ts';
import { kernelsOf } from './kernels.ts';
import { servingCost } from './serving-cost.ts';
import { modelLayers } from './worker.ts';

const problem = servingProblem({ model: 'deepseek-v3', gpu: 'h200-sxm', nodes: 1 });
const { cluster, engine, workload } = problem;
const longer = { ...problem, workload: { ...workload, inputTokens: workload.inputTokens * 2 } };
const layout = { tp: 8, cp: 1, dp: 1, pp: 1, ep: 8, etp: 1, replicas: 1, redundantExperts: 0 };

describe('kernels of another setting', () => {
  it('hold where lengths or the overhead of a step differ, and nowhere that a kernel reads', () => {
    const { holdsFor } = kernelsOf(problem, modelLayers(problem.model));
    const times = (change: Partial<typeof engine.times>) => ({
      ...problem,
      engine: { ...engine, times: { ...engine.times, ...change } },
    });
    expect(holdsFor(longer)).toBe(true);
    expect(holdsFor(times({ stepOverhead: 1 }))).toBe(true);
    expect(holdsFor(times({ computeSlowdown: 3 }))).toBe(false);
    expect(holdsFor({ ...problem, cluster: { ...cluster, fast: { ...cluster.fast, bandwidth: 1 } } })).toBe(false);
    expect(holdsFor({ ...problem, workload: { ...workload, routing: { kind: 'zipf', exponent: 1 } } })).toBe(false);
  });

  it('give the same times as its own', () => {
    const known = servingCost(problem);
    for (const n of [1, 7, 40]) known.decodeSide(layout, n);
    known.prefillSide(layout);
    const own = servingCost(longer);
    const borrowed = servingCost(longer, 0, known.groundwork);
    for (const n of [1, 7, 40]) expect(borrowed.decodeSide(layout, n)).toEqual(own.decodeSide(layout, n));
    expect(borrowed.prefillSide(layout)).toEqual(own.prefillSide(layout));
    expect(borrowed.decodeSide(layout, 7)).not.toEqual(known.decodeSide(layout, 7));
  });
});
