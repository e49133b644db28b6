import { describe, expect, it } from 'vitest';
import { expertsTouched, routingImbalance } from './routing.ts';

/** The largest of R loads when T tokens each visit k distinct experts of E at random, over the mean; a seeded simulation. */
function simulated({
  experts,
  perToken,
  ranks,
  tokens,
  runs,
}: {
  experts: number;
  perToken: number;
  ranks: number;
  tokens: number;
  runs: number;
}) {
  let state = 12345;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  let sum = 0;
  for (let run = 0; run < runs; run++) {
    const loads = new Array<number>(ranks).fill(0);
    for (let token = 0; token < tokens; token++) {
      const visited = new Set<number>();
      while (visited.size < perToken) visited.add(Math.floor(random() * experts));
      for (const expert of visited) {
        const rank = Math.floor((expert * ranks) / experts);
        loads[rank] = (loads[rank] ?? 0) + 1;
      }
    }
    sum += Math.max(...loads) / ((tokens * perToken) / ranks);
  }
  return sum / runs;
}

describe('routing imbalance', () => {
  // Monte-Carlo figures in parentheses: max/mean of 3.03, 1.31, 1.11 and 1.07 for these cases.
  it.each([
    [64, 1, 64, 128, 3.02],
    [64, 1, 64, 4096, 1.36],
    [64, 1, 64, 32768, 1.13],
    [256, 8, 32, 4096, 1.08],
  ])('for %i experts, top-%i, %i ranks and %i tokens is %f', (experts, expertsPerToken, ep, tokens, expected) => {
    const mean = (tokens * expertsPerToken) / ep;
    expect(routingImbalance({ ep, mean, experts, expertsPerToken })).toBeCloseTo(expected, 1.9);
  });

  it('is within 5 % of a simulation', () => {
    for (const [experts, perToken, ranks, tokens] of [
      [64, 1, 64, 4096],
      [64, 2, 8, 2048],
      [256, 8, 32, 1024],
    ] as const) {
      const formula = routingImbalance({
        ep: ranks,
        mean: (tokens * perToken) / ranks,
        experts,
        expertsPerToken: perToken,
      });
      const measured = simulated({ experts, perToken, ranks, tokens, runs: 40 });
      expect(Math.abs(formula / measured - 1)).toBeLessThan(0.05);
    }
  });

  it('never exceeds what one rank can receive at all', () => {
    // One token, top-1, 64 ranks: one rank gets it, 64 times the mean.
    expect(routingImbalance({ ep: 64, mean: 1 / 64, experts: 64, expertsPerToken: 1 })).toBeLessThanOrEqual(64);
    // Top-8 of 8 experts on 8 ranks: every rank receives every token.
    expect(routingImbalance({ ep: 8, mean: 1, experts: 8, expertsPerToken: 8 })).toBe(1);
  });

  it('touches no more experts than there are, and all of them with many tokens', () => {
    expect(expertsTouched({ local: 4, tokens: 1, experts: 64, expertsPerToken: 1 })).toBeCloseTo(4 / 64);
    expect(expertsTouched({ local: 4, tokens: 1e6, experts: 64, expertsPerToken: 1 })).toBeCloseTo(4);
  });
});
