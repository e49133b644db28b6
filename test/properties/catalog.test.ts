/** Every well-known model is planned on a cluster that has room for it, and the verifier, who shares no formula, agrees with every figure. */
import { describe, expect, it } from 'vitest';
import { defaultCurves } from '../../src/catalog/default-curves.ts';
import { findModel, modelNames } from '../../src/catalog/models.ts';
import type { Model } from '../../src/planner/model.ts';
import { parameterCounts } from '../../src/planner/parameters.ts';
import { createPlan } from '../../src/planner/plan.ts';
import { weightClasses } from '../../src/planner/precision.ts';
import type { Problem } from '../../src/planner/result.ts';
import { wholeModel } from '../../src/verifier/tensors.ts';
import { verify } from '../../src/verifier/verify.ts';

const gib = 2 ** 30;

function problemOf(model: Model, nodes: number): Problem {
  return {
    cluster: {
      nodes,
      gpusPerNode: 8,
      domainGpus: 8,
      gpu: {
        name: 'roomy',
        memoryBytes: 192 * gib,
        memoryBandwidth: 8e12,
        peakFlops: { bf16: 2.25e15, fp8: 4.5e15, fp4: 9e15, int8: 4.5e15 },
        curves: defaultCurves,
      },
      fast: { name: 'NVLink', bandwidth: 9e11, latency: 3e-6 },
      slow: { name: 'InfiniBand', bandwidth: 5e10, latency: 1e-5 },
    },
    model,
    workload: { kind: 'batch', batchSize: 16, sequenceLength: 4096 },
    objective: 'balance',
    constraints: { degrees: {}, memoryFree: 0 },
    top: 1,
  };
}

function modelNamed(name: string): Model {
  const found = findModel(name);
  if (!found) throw new Error(`${name} is not in the catalog`);
  return found.model;
}

describe.each(modelNames)('%s', (name) => {
  const model = modelNamed(name);

  it('has as many parameters by the verifier’s matrices as by the planner’s formulas', () => {
    const planned = parameterCounts(model);
    const whole = wholeModel(model);
    expect(weightClasses.map((kind) => [kind, whole[kind]])).toEqual(
      weightClasses.map((kind) => [kind, planned[kind]]),
    );
  });

  it('is planned, and proved', () => {
    const sizes = [4, 8, 16];
    for (const nodes of sizes) {
      const problem = problemOf(model, nodes);
      const plan = createPlan(problem);
      if (plan.status !== 'feasible' && nodes !== sizes.at(-1)) continue;
      if (plan.status !== 'feasible') throw new Error(`${plan.status} on ${nodes} nodes`);
      for (const candidate of [plan.chosen, ...plan.alternatives]) {
        const modules = candidate === plan.chosen ? { modules: plan.modules } : {};
        const { verdict, checks } = verify(
          problem,
          { ...candidate, ...modules },
          { provedBest: plan.search.exhaustive },
        );
        expect(checks.filter(({ status }) => status !== 'pass')).toEqual([]);
        expect(verdict).toBe('optimal');
      }
      return;
    }
  });
});
