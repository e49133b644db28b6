import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical.ts';
import { etagOf, matches } from './conditional.ts';
import { answeringVersion, isPlanId, planId } from './plan-id.ts';

describe('canonicalJson', () => {
  it('is one text for one value, whatever the order of keys', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: 1.0 })).toBe('{"a":1,"b":[1,{"c":"x","d":null}]}');
    expect(canonicalJson({ a: -0, b: 1e2, c: 1e21 })).toBe('{"a":0,"b":100,"c":1e+21}');
  });

  it('loses nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });
});

describe('planId', () => {
  it('is of the request and of the version', () => {
    const id = planId({ a: 1, b: 2 }, 'v');
    expect(isPlanId(id)).toBe(true);
    expect(planId({ b: 2, a: 1 }, 'v')).toBe(id);
    expect(planId({ a: 1, b: 3 }, 'v')).not.toBe(id);
    expect(planId({ a: 1, b: 2 }, 'w')).not.toBe(id);
  });

  it('the version of one code is one', () => {
    expect(answeringVersion()).toMatch(/^[0-9a-f]{64}$/);
    expect(answeringVersion()).toBe(answeringVersion());
  });
});

describe('ETags', () => {
  const plan = {
    id: 'a'.repeat(64),
    status: 'feasible',
    answer: Buffer.from('{}'),
    request: Buffer.from('{}'),
  } as const;

  it('of a complete plan is its id, of a partial one also its bytes', () => {
    expect(etagOf({ ...plan, complete: true })).toBe(`"${plan.id}"`);
    const partial = etagOf({ ...plan, complete: false });
    expect(partial).toMatch(/^"a{64}-partial-[0-9a-f]{16}"$/);
    expect(etagOf({ ...plan, complete: false, answer: Buffer.from('[]') })).not.toBe(partial);
  });

  it.each([
    [undefined, false],
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['*', true],
    ['"b"', false],
    ['a', false],
  ])('If-None-Match: %s', (header, matched) => {
    expect(matches(header, '"a"')).toBe(matched);
  });
});
