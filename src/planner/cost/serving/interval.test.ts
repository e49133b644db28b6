import { describe, expect, it } from 'vitest';
import { chat, hopper } from '../../../../test/support/serving.ts';
import { defaultCurves } from '../../../catalog/default-curves.ts';
import { shareWithin } from '../../../verifier/serving/share-within.ts';
import type { Slo } from '../../workload.ts';
import { askedBounds, heldToMeans, intervalOf, keptOf, marginOf, spreadsOf } from './interval.ts';
import { normalQuantile, normalShare } from './normal.ts';

const spread = { below: 1.13, above: 1.14 };

describe('the normal distribution', () => {
  it('is what tables have', () => {
    expect(normalShare(0)).toBe(0.5);
    expect(normalShare(1)).toBeCloseTo(0.8413447460685429, 14);
    expect(normalShare(-1.5)).toBeCloseTo(0.0668072012688581, 14);
    expect([normalShare(9), normalShare(-9)]).toEqual([1, 0]);
    expect(normalQuantile(0.9)).toBeCloseTo(1.2815515655446004, 13);
    expect(normalQuantile(0.95)).toBeCloseTo(1.6448536269514722, 13);
    expect(normalQuantile(0.5)).toBe(0);
  });
});

describe('a bound that is to be kept when measured', () => {
  it('is the mean for one half, and the end of the interval for nine tenths', () => {
    expect(marginOf(spread, 0.5)).toBe(1);
    expect(marginOf(spread, 0.9)).toBeCloseTo(1.14, 12);
    expect(marginOf(spread, 0.7)).toBeGreaterThan(1);
    expect(marginOf(spread, 0.95)).toBeGreaterThan(1.14);
  });

  it('is kept as probably as its margin says, and by the verifier’s own reckoning', () => {
    for (const confidence of [0.5, 0.6, 0.75, 0.9, 0.95]) {
      const bound = 0.02 * marginOf(spread, confidence);
      expect(keptOf(0.02, bound, spread)).toBeCloseTo(confidence, 12);
      const [least, most] = intervalOf(0.02, spread);
      expect(shareWithin(bound, { mean: 0.02, least, most })).toBeCloseTo(confidence, 9);
    }
    // Below the mean the interval's other end counts.
    expect(keptOf(0.02, 0.02 / 1.13, spread)).toBeCloseTo(0.1, 12);
    expect(shareWithin(0.02 / 1.13, { mean: 0.02, least: 0.02 / 1.13, most: 0.03 })).toBeCloseTo(0.1, 9);
    expect(keptOf(0, 0.01, spread)).toBe(1);
  });
});

describe('a problem held to predicted means', () => {
  const gpuOf = (evidence: 'calibrated' | 'extrapolated') => ({
    ...hopper.gpu,
    curves: { ...defaultCurves, evidence },
  });
  const problemOf = (evidence: 'calibrated' | 'extrapolated', slo: Slo) => ({
    cluster: { ...hopper, gpu: gpuOf(evidence) },
    workload: { ...chat, slo },
  });

  it('has bounds shorter by what predictions of its GPU are off by, once', () => {
    for (const [evidence, margins] of [
      ['calibrated', { ttft: 3, tpot: 1.14 }],
      ['extrapolated', { ttft: 3.5, tpot: 1.35 }],
    ] as const) {
      const held = heldToMeans(problemOf(evidence, { ttft: 6, tpot: 0.03, confidence: 0.9 }));
      const { slo } = held.workload;
      expect(slo.ttft).toBeCloseTo(6 / margins.ttft, 12);
      expect(slo.tpot).toBeCloseTo(0.03 / margins.tpot, 12);
      expect(askedBounds(slo).ttft).toBeCloseTo(6, 12);
      expect(askedBounds(slo).tpot).toBeCloseTo(0.03, 12);
      expect(heldToMeans(held)).toBe(held);
      expect(spreadsOf(held.cluster.gpu).tpot.above).toBe(margins.tpot);
    }
  });

  it('is as it was where nobody asks how sure it is', () => {
    const problem = problemOf('calibrated', { tpot: 0.03 });
    expect(heldToMeans(problem)).toBe(problem);
    const { slo } = heldToMeans(problemOf('calibrated', { tpot: 0.03, confidence: 0.8 })).workload;
    expect(slo.ttft).toBeUndefined();
  });
});
