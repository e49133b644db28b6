import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findExcess, jsonLimits } from './json-limits.ts';

const excessOf = (text: string) => findExcess(Buffer.from(text));
const { depth, items, keys, values, stringBytes, keyBytes } = jsonLimits;

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const list = (count: number, item = '0') => `[${Array.from({ length: count }, () => item).join(',')}]`;
const object = (count: number) => `{${Array.from({ length: count }, (_, i) => `"k${i}":0`).join(', ')}}`;

describe('findExcess', () => {
  it.each<[string, (over: 0 | 1) => string, string, RegExp]>([
    [
      'depth',
      (over) => `{"a": {"b": ${nested(depth - 2 + over)}}}`,
      `/a/b${'/0'.repeat(depth - 2)}`,
      /nested more than/,
    ],
    ['items', (over) => `{"a": [1, ${list(items + over)}]}`, '/a/1', /more than 65536 items/],
    ['keys', (over) => `[{"a b": ${object(keys + over)}}]`, '/0/a b', /more than 65536 keys/],
    [
      'values',
      (over) => `{"a":[${Array.from({ length: 4 }, () => list(60_000)).join()}],"b":${list(values - 240_006 + over)}}`,
      '/b',
      /more than 262144 values/,
    ],
    ['a text', (over) => `{"a~/b": ["", "${'x'.repeat(stringBytes + over)}"]}`, '/a~0~1b/1', /text of more than/],
    ['a key', (over) => `{"a": {"${'k'.repeat(keyBytes + over)}": 1}}`, `/a/${'k'.repeat(80)}`, /key of more than/],
  ])('of %s: none at the limit, one beyond it', (_, textOf, pointer, detail) => {
    expect(() => JSON.parse(textOf(0))).not.toThrow();
    expect(excessOf(textOf(0))).toBeUndefined();
    expect(excessOf(textOf(1))).toEqual({ pointer, detail: expect.stringMatching(detail) });
  });

  it('refuses a prototype wherever it stands and however it is written', () => {
    for (const key of ['__proto__', '\\u005f_proto__', '__pr\\u006fto__']) {
      expect(excessOf(`{"a": [{"b": 1, "${key}" : {"c": 1}}]}`)).toEqual({
        pointer: '/a/0/__proto__',
        detail: 'is an unknown key',
      });
    }
    expect(excessOf('{"a": "__proto__", "__proto": 1, "proto__": ["__proto__"]}')).toBeUndefined();
  });

  it('has nothing against any JSON within the limits, however it is written', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false, maxDepth: 8 }), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        fc.pre(!text.includes('__proto__'));
        expect(excessOf(text)).toBeUndefined();
      }),
    );
  });

  it('finds the depth that a walk finds', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('__proto__'));
        const room = depth - depthOf(value);
        const inside = (levels: number) => `${'['.repeat(levels)}${text}${']'.repeat(levels)}`;
        expect(excessOf(inside(room))).toBeUndefined();
        expect(excessOf(inside(room + 1))?.detail).toMatch(/nested/);
      }),
    );
  });

  it('ends on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        findExcess(bytes);
      }),
    );
    for (const text of ['"', '"\\', '{"a', '{"a"', '[1,', ']]]}', '[,,,', '{"\\u00', '\\"'])
      expect(excessOf(text)).toBeUndefined();
  });

  it('takes no more than a few times its length, whatever fills it', () => {
    for (const filler of [' ', '"" ', '[]', '{}', '\\', '"\\"', ',']) {
      const text = `[${filler.repeat(2 ** 20 / filler.length)}`;
      const start = performance.now();
      excessOf(text);
      // Some 50 ms; what is quadratic takes minutes.
      expect(performance.now() - start, JSON.stringify(filler)).toBeLessThan(5000);
    }
  });
});
