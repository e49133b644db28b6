import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastWithin, lowest, smallest } from './bisect.ts';

describe('searching whole numbers', () => {
  it('finds the border of any figure that rises, in few questions', () => {
    const rising = fc.record({
      most: fc.integer({ min: 1, max: 2048 }),
      power: fc.double({ min: 0.3, max: 3, noNaN: true }),
      bound: fc.double({ min: 0, max: 1.2, noNaN: true }),
      guess: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(rising, ({ most, power, bound, guess }) => {
        let asked = 0;
        const figure = (n: number) => {
          asked++;
          return 0.1 + (n / most) ** power;
        };
        const limit = 0.1 + bound * 0.999;
        const found = lastWithin(limit, { most, guess: Math.ceil(most * guess) }, figure);
        const plain = Array.from({ length: most }, (_, i) => i + 1).filter((n) => 0.1 + (n / most) ** power <= limit);
        const border = plain.at(-1);
        if (border === undefined || border < 128) expect(found).toBe(border);
        else expect(Math.abs((found ?? 0) - border)).toBeLessThanOrEqual(border / 128);
        if (found !== undefined) expect(0.1 + (found / most) ** power).toBeLessThanOrEqual(limit);
        expect(asked).toBeLessThan(45);
      }),
    );
  });

  it('finds the least of a figure that falls and then rises, behind those that cannot be', () => {
    const valleys = fc.record({
      most: fc.integer({ min: 1, max: 2048 }),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cannot: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(valleys, ({ most, at, cannot }) => {
        let asked = 0;
        const bottom = Math.max(1, Math.round(at * most));
        const figure = (n: number) => {
          asked++;
          return n < cannot * bottom ? Number.POSITIVE_INFINITY : 3 + Math.abs(n - bottom) / most;
        };
        expect(lowest(most, figure)).toBe(bottom);
        expect(asked).toBeLessThan(25);
      }),
    );
  });

  it('finds the first of those for which it holds', () => {
    for (let border = 1; border <= 40; border++) {
      expect(smallest({ tooFew: 0, most: 40 }, (n) => n >= border)).toBe(border);
    }
  });
});
