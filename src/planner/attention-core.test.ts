import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attendedPairs, attendedTokens, type Span } from './attention-core.ts';

const size = fc.integer({ min: 1, max: 40 });
const span: fc.Arbitrary<Span> = fc.oneof(
  fc.constant({}),
  size.map((window) => ({ window })),
  size.map((window) => ({ window, chunked: true as const })),
  size.map((topK) => ({ topK })),
  fc.record({ window: size, compressed: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ window: size, compressed: fc.integer({ min: 1, max: 9 }), topK: size }),
);

describe('attended pairs', () => {
  it('are the tokens that each query attends to, summed', () => {
    fc.assert(
      fc.property(span, fc.integer({ min: 0, max: 200 }), (limits, tokens) => {
        let sum = 0;
        for (let context = 0; context < tokens; context += 1) sum += attendedTokens(limits, context);
        expect(attendedPairs(limits, tokens)).toBe(sum);
      }),
      { numRuns: 1000 },
    );
  });

  it('are counted one by one', () => {
    expect(attendedPairs({}, 4)).toBe(10);
    expect(attendedPairs({ window: 2 }, 4)).toBe(1 + 2 + 2 + 2);
    expect(attendedPairs({ window: 2, chunked: true }, 5)).toBe(1 + 2 + 1 + 2 + 1);
    expect(attendedPairs({ window: 1, compressed: 2, topK: 1 }, 5)).toBe(5 + 0 + 1 + 1 + 1 + 1);
  });
});
