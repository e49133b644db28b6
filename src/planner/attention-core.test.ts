import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attendedPairs, attendedTokens, meanAttended, type Span } from './attention-core.ts';

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

describe('entries that an answer reads', () => {
  it('are the mean of what its steps read', () => {
    const size = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(span, size, fc.integer({ min: 2, max: 60 }), (limits, input, answer) => {
        let sum = 0;
        for (let step = 0; step < answer; step += 1) sum += attendedTokens(limits, input + step);
        const mean = meanAttended(limits, { context: input + answer / 2, answer });
        expect(Math.abs(mean - sum / answer)).toBeLessThanOrEqual(Object.keys(limits).length === 0 ? 1 : 1e-9);
      }),
      { numRuns: 500 },
    );
  });

  it('do not jump where an answer runs over into the next chunk', () => {
    const span = { window: 8192, chunked: true } as const;
    const read = (input: number) => meanAttended(span, { context: input + 512, answer: 1024 });
    // Half of the steps in a chunk that fills from 7,680 to 8,192 tokens, half in one that fills from none to 512.
    expect(read(7680)).toBe((7936.5 + 256.5) / 2);
    for (let input = 7000; input < 9000; input += 1) expect(Math.abs(read(input + 1) - read(input))).toBeLessThan(9);
  });
});
