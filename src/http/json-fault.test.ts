import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonFault } from './json-fault.ts';

describe('findJsonFault', () => {
  it.each([
    ['{"a": NaN}', 1, 7, /no NaN/],
    ['{"a": -Infinity}', 1, 7, /no -Infinity/],
    ['{\n  "a": 1,\n}', 3, 1, /trailing comma/],
    ['[1, 2,]', 1, 7, /trailing comma/],
    ['{"a" 1}', 1, 6, /colon is missing before "1"/],
    ['{"a": }', 1, 7, /a value is missing before "}"/],
    ['{"a": 1 "b": 2}', 1, 9, /comma or "}" is missing/],
    ["{'a': 1}", 1, 2, /double quotes/],
    ['{a: 1}', 1, 2, /double quotes/],
    ['{"a": fp8}', 1, 7, /words stand in double quotes/],
    ['{"a": None}', 1, 7, /no None/],
    ['{"a": True}', 1, 7, /small letters/],
    ['{"a": 0x10}', 1, 7, /not a JSON number/],
    ['{"a": 1.}', 1, 7, /not a JSON number/],
    ['{"a": .5}', 1, 7, /not a JSON number/],
    ['{"a": 64GiB}', 1, 7, /not a JSON number/],
    ['// hello\n{}', 1, 1, /no comments/],
    ['{"a": "x', 1, 9, /inside a string/],
    ['{"a": "\\x"}', 1, 8, /backslash/],
    ['{"a": "x\ny"}', 1, 9, /line break/],
    ['{"a": [1, 2', 1, 12, /before the "]"/],
    ['{"a": 1]', 1, 8, /closes nothing/],
    ['{} {}', 1, 4, /more text follows/],
    ['', 1, 1, /no value/],
  ])('%s', (text, line, column, detail) => {
    expect(findJsonFault(text)).toEqual({ line, column, detail: expect.stringMatching(detail) });
  });

  it('finds a fault just where JSON.parse refuses', () => {
    const mutant = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', ':', '"', '{', ']', 'NaN', '1', '.', '\\', 'e'))
      .map(([text, at, insert]) => {
        const cut = at % (text.length + 1);
        return text.slice(0, cut) + insert + text.slice(cut + (insert === '' ? 1 : 0));
      });
    fc.assert(
      fc.property(mutant, (text) => {
        let refused = false;
        try {
          JSON.parse(text);
        } catch {
          refused = true;
        }
        expect(findJsonFault(text) !== undefined).toBe(refused);
      }),
      { numRuns: 2000 },
    );
  });

  it('stays quick on a megabyte', () => {
    for (const text of [
      '['.repeat(2 ** 20),
      '"'.padEnd(2 ** 20, 'a'),
      '{"a":'.repeat(2 ** 17),
      `${'1,\n'.repeat(2 ** 18)}`,
    ]) {
      const start = performance.now();
      expect(findJsonFault(text)).toBeDefined();
      // Some 50 ms; what is quadratic takes minutes.
      expect(performance.now() - start).toBeLessThan(5000);
    }
  });
});
