import { describe, expect, it } from 'vitest';
import { type PowerLaw, received } from '../../bench/calibrate/power-law.ts';

const law: PowerLaw = { tokens: 512, topk: 4, experts: 32, ep: 1, exponent: 1.2 };

describe('tokens under the power law of the operator tables', () => {
  it('are all received where there is one rank, by nearly all experts', () => {
    const { rows, touched } = received(law);
    // What an expert would get beyond one row a token is lost: three in a hundred at most.
    expect(rows).toBeGreaterThan(0.97 * 2048);
    expect(rows).toBeLessThanOrEqual(2048);
    expect(touched).toBeGreaterThan(31);
  });

  it('reach fewer experts than even spreading where they are few', () => {
    const { rows, touched } = received({ ...law, tokens: 8 });
    expect(rows).toBeCloseTo(32, 0);
    expect(touched).toBeLessThan(20);
  });

  it('are most on the rank that is timed, the more ranks there are', () => {
    const share = (ep: number) => (received({ ...law, ep }).rows * ep) / 2048;
    expect(share(2)).toBeGreaterThan(1.05);
    expect(share(8)).toBeGreaterThan(share(2));
    expect(share(8)).toBeLessThan(8);
  });

  it('are the same in every run', () => {
    expect(received({ ...law, tokens: 300, exponent: 1.01 })).toEqual(
      received({ ...law, tokens: 300, exponent: 1.01 }),
    );
  });
});
