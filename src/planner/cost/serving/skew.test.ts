import { describe, expect, it } from 'vitest';
import { expertLoads, popularityOf, popularitySkew, routedPopularity } from './skew.ts';

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

describe('what popularity does to the experts that are read', () => {
  const mixture = { experts: 256, expertsPerToken: 8 };
  const even = popularityOf(undefined, mixture);
  const usual = popularityOf(expertLoads({ kind: 'usual' }, 256), mixture);

  it('is nothing where all are loaded alike, but for the lines between points of the grid', () => {
    const alike = popularityOf(expertLoads({ kind: 'zipf', exponent: 0 }, 256), mixture);
    for (const tokens of [0.1, 0.25, 1, 3, 10, 33, 100, 1000, 1e6]) {
      for (const redundant of [0, 32]) {
        const exact = even.touched(tokens, 0);
        expect(alike.touched(tokens, 0) / exact).toBeCloseTo(1, 2);
        expect(alike.touched(tokens, redundant)).toBeLessThanOrEqual(exact * 1.01);
      }
    }
  });

  it('is that fewer get a token, and never fewer as tokens grow', () => {
    let before = 0;
    for (let tokens = 0.05; tokens < 1e5; tokens *= 1.07) {
      const share = usual.touched(tokens, 0);
      expect(share).toBeLessThanOrEqual(even.touched(tokens, 0) * 1.03);
      expect(share).toBeGreaterThanOrEqual(before);
      before = share;
    }
    expect(before).toBeCloseTo(1, 6);
    // Σ 1 − (1 − 8·p)^32 over Zipf's 256: a tenth fewer than the 164 of uniform routing.
    expect(256 * even.touched(32, 0)).toBeCloseTo(163.3, 0);
    expect(256 * usual.touched(32, 0)).toBeCloseTo(143, -1);
  });

  it('of trained models lies between what was measured over 32 ranks without and with balancing', () => {
    expect(usual.skew(32, 0)).toBeGreaterThan(1.12);
    expect(usual.skew(32, 0)).toBeLessThan(2.56);
  });

  it('is known of a law whose figures were worked out before, and of more laws than are kept', () => {
    for (let i = 0; i < 40; i++) {
      const routing = { kind: 'zipf', exponent: (i % 20) / 20 } as const;
      const known = routedPopularity(routing, mixture);
      const anew = popularityOf(expertLoads(routing, 256), mixture);
      for (const redundant of [0, 32]) {
        expect(known.touched(50, redundant)).toBe(anew.touched(50, redundant));
        expect(known.skew(32, redundant)).toBe(anew.skew(32, redundant));
      }
    }
    expect(routedPopularity({ kind: 'usual' }, mixture)).toBe(routedPopularity({ kind: 'usual' }, { ...mixture }));
    expect(routedPopularity({ kind: 'usual' }, mixture).touched(50, 0)).toBe(usual.touched(50, 0));
  });
});
