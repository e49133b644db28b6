/** A strategy that breaks a rule fails the check of that rule, whether or not anything is claimed of it. */
import { describe, expect, it } from 'vitest';
import {
  cluster,
  one,
  precisionOf,
  reference,
  referenceEstimate,
  referenceMixer,
  referenceStrategy,
} from '../../test/properties/hand-claims.ts';
import type { Strategy } from '../planner/strategy.ts';
import { type Claim, type VerifierProblem, verify } from './verify.ts';

const { memory } = referenceEstimate;

/** Ids of the checks that fail, without `overall`, which has to fail with any of them. */
function failing(problem: VerifierProblem, claim: Claim): readonly string[] {
  const { verdict, checks } = verify(problem, claim, { provedBest: true });
  const failed = checks.filter((check) => check.status === 'fail').map((check) => check.id);
  expect(verdict).toBe(failed.length === 0 ? 'optimal' : 'invalid');
  expect(failed.includes('overall')).toBe(failed.length > 0);
  for (const check of checks) expect(check.explanation).toMatch(/\.$/);
  return failed.filter((id) => id !== 'overall');
}

describe('a rule broken', () => {
  const broken = (change: Partial<Strategy>, problem = reference) =>
    failing(problem, { strategy: { ...referenceStrategy, ...change } });

  it('gpu-count fails for more GPUs than there are', () => {
    expect(broken({ dp: 128, ep: 64, microBatchSize: 1 })).toEqual(['gpu-count', 'communication']);
  });

  it('gpu-count fails where whole TP groups find no room', () => {
    const odd = { ...reference, model: { ...reference.model, layers: [sixHeads] } };
    const strategy = { ...one, tp: 3, dp: 42, microBatchSize: 4 };
    expect(failing(odd, { strategy })).toEqual(['gpu-count', 'communication']);
    expect(failing(odd, { strategy: { ...strategy, dp: 32 } })).toEqual([]);
  });

  it('divisibility fails for every dimension that does not split', () => {
    const dense = { intermediateSize: 90, matrices: 2 } as const;
    const moe = {
      experts: 10,
      expertsPerToken: 1,
      intermediateSize: 90,
      matrices: 2,
      sharedIntermediateSize: 90,
    } as const;
    const mixer = { kind: 'attention', heads: 6, kvHeads: 6, headDim: 64 } as const;
    const model = {
      ...reference.model,
      layers: [{ count: 16, mixer, dense, moe }],
      vocabulary: { size: 90, tied: true },
      precision: precisionOf('fp8', 1),
    };
    const problem: VerifierProblem = { ...reference, model };
    const { checks } = verify(
      problem,
      { strategy: { ...one, tp: 4, cp: 3, dp: 2, ep: 6, etp: 4, microBatchSize: 64 } },
      { provedBest: false },
    );
    const told = checks.find((check) => check.id === 'divisibility')?.explanation;
    for (const what of [
      'attention heads',
      'key-value',
      'dense',
      'an expert',
      'shared',
      'vocabulary',
      'the experts',
      '2·cp',
    ]) {
      expect(told).toContain(what);
    }
  });

  it('divisibility fails for a block on two ranks, and not for an uncut one', () => {
    const problem = { ...reference, model: { ...reference.model, precision: precisionOf('fp8', 1, 768) } };
    const whole = { ...one, dp: 64, ep: 64, microBatchSize: 2 };
    expect(failing(problem, { strategy: whole })).toEqual([]);
    expect(broken({}, problem)).toEqual(['divisibility']);
  });

  it('divisibility fails for experts that a dense model does not have', () => {
    const layers = [{ count: 16, mixer: referenceMixer, dense: { intermediateSize: 2048, matrices: 2 } as const }];
    const problem = { ...reference, model: { ...reference.model, layers } };
    expect(broken({}, problem)).toEqual(['divisibility']);
    expect(broken({ ep: 1, etp: 1 }, problem)).toEqual([]);
  });

  it('everything fails that hangs on a fold, a stage or a sequence that is not there', () => {
    for (const change of [{ ep: 3 }, { pp: 17, dp: 4, ep: 4 }, { dp: 129 }, { tp: 0 }, { dp: 1.5 }]) {
      expect(broken(change)).toContain('memory-efficiency');
      expect(broken(change)).toContain('divisibility');
    }
  });

  it('batch-split fails for a micro-batch that cannot be, and for replicas of one batch', () => {
    expect(broken({ microBatchSize: 4 })).toEqual(['batch-split']);
    expect(broken({ dp: 2, ep: 2, pp: 2, microBatchSize: 65 })).toEqual(['batch-split']);
    expect(broken({ microBatchSize: 1 })).toEqual([]);
    expect(broken({ dp: 2, ep: 2, pp: 2, microBatchSize: 24 })).toEqual([]);
    expect(broken({ dp: 32, ep: 32, replicas: 2, microBatchSize: 4 })).toEqual(['batch-split']);
  });

  it('constraints fails outside its bounds', () => {
    const bound = (degrees: object, gpus?: { min: number; max: number }) =>
      broken({}, { ...reference, constraints: { degrees, memoryFree: 0, ...(gpus && { gpus }) } });
    expect(bound({ tp: { min: 2, max: 2 } })).toEqual([]);
    expect(bound({ tp: { min: 1, max: 1 } })).toEqual(['constraints']);
    expect(bound({ ep: { min: 65, max: 128 } })).toEqual(['constraints']);
    expect(bound({}, { min: 1, max: 64 })).toEqual(['constraints']);
  });

  it('memory-efficiency fails where a rank does not fit, with the reserve and what is to stay free', () => {
    const withMemory = (memoryBytes: number) => ({
      ...reference,
      cluster: { ...cluster, gpu: { ...cluster.gpu, memoryBytes } },
    });
    const needed = memory.perGpu.total + memory.perGpu.runtimeReserve;
    expect(broken({}, withMemory(needed))).toEqual([]);
    expect(broken({}, withMemory(needed - 2))).toEqual(['memory-efficiency']);
    const constraints = { degrees: {}, memoryFree: 2 };
    expect(broken({}, { ...withMemory(needed), constraints })).toEqual(['memory-efficiency']);
  });
});

const sixHeads = {
  count: 16,
  mixer: { kind: 'attention', heads: 6, kvHeads: 6, headDim: 64 },
  dense: { intermediateSize: 2048 * 3, matrices: 2 },
} as const;
