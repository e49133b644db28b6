import { describe, expect, it } from 'vitest';
import { weakest } from './answer-figures.ts';
import { figure, gib, ms, percent, us } from './answer-units.ts';

describe('units', () => {
  it('whole numbers stay whole, others lose what floating point added', () => {
    expect(figure(2 ** 53)).toBe(2 ** 53);
    expect(figure(0.1 + 0.2)).toBe(0.3);
    expect(ms(0.0067)).toBe(6.7);
    expect(us(1e-5)).toBe(10);
    expect(percent(0.57)).toBe(57);
    expect(gib(64 * 2 ** 30)).toBe(64);
  });

  it('what is no number is no figure', () => {
    expect(() => figure(Number.NaN)).toThrow(RangeError);
    expect(() => figure(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });
});

describe('evidence', () => {
  it('is the weakest of its parts', () => {
    expect(weakest(['derived', 'derived'])).toBe('derived');
    expect(weakest(['derived', 'calibrated'])).toBe('calibrated');
    expect(weakest(['calibrated', 'extrapolated', 'derived'])).toBe('extrapolated');
  });
});
