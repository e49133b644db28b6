import { describe, expect, it } from 'vitest';
import { expertLoads, popularitySkew } from './skew.ts';

describe('what popularity does to the busiest rank', () => {
  it('is nothing under uniform routing', () => {
    expect(expertLoads({ kind: 'uniform' }, 64)).toBeUndefined();
    expect(popularitySkew(undefined, { ep: 8, redundant: 0 })).toBe(1);
  });

  it('is what measured loads say, experts in order on the ranks', () => {
    // Of four experts on two ranks the first two get 3 + 3 of 8: three quarters, 1.5 times the mean.
    const loads = expertLoads({ kind: 'loads', loads: [3, 3, 1, 1] }, 4);
    expect(popularitySkew(loads, { ep: 2, redundant: 0 })).toBeCloseTo(1.5, 12);
  });

  it('is evened out by copies of the busiest experts, as EPLB places them', () => {
    // 8 of 12 on one expert: two more slots make three copies of 8/3 each; with 2, 1 and 1 the two ranks of three slots hold 6 and 6 at best.
    const loads = expertLoads({ kind: 'loads', loads: [8, 2, 1, 1] }, 4);
    const alone = popularitySkew(loads, { ep: 2, redundant: 0 });
    const spread = popularitySkew(loads, { ep: 2, redundant: 2 });
    expect(alone).toBeCloseTo(10 / 6, 12);
    expect(spread).toBeLessThan(1.13);
    expect(spread).toBeGreaterThanOrEqual(1);
  });

  it('rises with the exponent of Zipf’s law, and one rank has it all', () => {
    const skewAt = (exponent: number) =>
      popularitySkew(expertLoads({ kind: 'zipf', exponent }, 64), { ep: 32, redundant: 0 });
    expect(skewAt(0)).toBeCloseTo(1, 12);
    expect(skewAt(0.5)).toBeGreaterThan(2);
    expect(skewAt(1)).toBeGreaterThan(skewAt(0.5));
    expect(popularitySkew(expertLoads({ kind: 'zipf', exponent: 1 }, 64), { ep: 1, redundant: 0 })).toBe(1);
  });
});
