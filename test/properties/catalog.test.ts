/** Every well-known model is planned on a cluster that has room for it, and the verifier, who shares no formula, agrees with every figure. */
import { describe, expect, it } from 'vitest';
import { defaultCurves } from '../../src/catalog/default-curves.ts';
import { findModel, modelNames } from '../../src/catalog/models.ts';
import type { Model } from '../../src/planner/model.ts';
import { parameterCounts } from '../../src/planner/parameters.ts';
import { createPlan } from '../../src/planner/plan.ts';
import { weightClasses } from '../../src/planner/precision.ts';
import type { PlanResult, Problem } from '../../src/planner/result.ts';
import { strategyName } from '../../src/planner/strategy.ts';
import { wholeModel } from '../../src/verifier/tensors.ts';
import { verify } from '../../src/verifier/verify.ts';
import { hasPython } from '../support/tools.ts';
import { fileOf } from './hand-file.ts';
import { verdictsOf } from './python.ts';

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

/** Nodes to try in turn: most models fit on four. */
const sizes = [4, 8, 16];
const plans = new Map<
  string,
  { readonly problem: Problem; readonly plan: Extract<PlanResult, { status: 'feasible' }> }
>();

function planOf(name: string) {
  const known = plans.get(name);
  if (known) return known;
  for (const nodes of sizes) {
    const problem = problemOf(modelNamed(name), nodes);
    const plan = createPlan(problem);
    if (plan.status !== 'feasible') continue;
    const made = { problem, plan };
    plans.set(name, made);
    return made;
  }
  throw new Error(`${name} finds no room on ${sizes.at(-1)} nodes`);
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
    const { problem, plan } = planOf(name);
    const { modules, search } = plan;
    for (const claim of [{ ...plan.chosen, modules }, ...plan.alternatives]) {
      const { verdict, checks } = verify(problem, claim, { provedBest: search.exhaustive });
      expect(checks.filter(({ status }) => status !== 'pass')).toEqual([]);
      expect(verdict).toBe('optimal');
    }
  });
});

describe.runIf(hasPython)('verify_strategy.py', () => {
  it('proves them all', () => {
    const documents = modelNames.map((name) => {
      const { problem, plan } = planOf(name);
      const { strategy } = plan.chosen;
      return fileOf({ problem, strategy }, strategyName(strategy, problem.model));
    });
    const failed = verdictsOf(documents).map((found, index) => ({ name: modelNames[index], ...found }));
    expect(failed.filter(({ verdict }) => verdict !== 'optimal')).toEqual([]);
  });
});
