import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';

/** What each comparison in constant time was given, in bytes. */
const compared = vi.hoisted((): number[][] => []);
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  return {
    ...crypto,
    timingSafeEqual: (a: Buffer, b: Buffer) => {
      compared.push([a.length, b.length]);
      return crypto.timingSafeEqual(a, b);
    },
  };
});
beforeEach(() => {
  compared.length = 0;
});

// Test files share the modules that they load; these are loaded anew, since others may have them without the comparison above.
vi.resetModules();
const { createKey, keyIdOf } = await import('./api-key.ts');
const { createKeyRing } = await import('./key-ring.ts');
afterAll(() => {
  vi.resetModules();
});

const now = Date.parse('2026-06-01T00:00:00Z');
const ci = createKey();
const old = createKey();
const ring = createKeyRing([
  { id: ci.id, sha256: ci.sha256, name: 'ci', scopes: ['plan', 'read'] },
  { id: old.id, sha256: old.sha256, name: 'old', scopes: ['read'], expiresMs: now },
]);

describe('a key', () => {
  it('is 256 random bits under a public id, and no two are alike', () => {
    const made = Array.from({ length: 500 }, createKey);
    expect(new Set(made.map(({ key }) => key)).size).toBe(500);
    for (const { id, key, sha256 } of made) {
      expect(key).toMatch(/^shardwell_[0-9a-f]{16}_[\w-]{43}$/);
      expect(keyIdOf(key)).toBe(id);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});

describe('the keys in force', () => {
  it('know a key by its whole, and whose it is', () => {
    expect(ring.judge(ci.key, now)).toEqual({
      kind: 'client',
      client: { name: 'key:ci', scopes: new Set(['plan', 'read']) },
    });
  });

  it('refuse a key from its expiry on', () => {
    expect(ring.judge(old.key, now - 1).kind).toBe('client');
    expect(ring.judge(old.key, now)).toEqual({ kind: 'refused', reason: 'expired' });
  });

  it('refuse whatever is not the key, to the last character', () => {
    const characters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_'];
    fc.assert(
      fc.property(fc.nat(ci.key.length - 1), fc.constantFrom(...characters), (at, character) => {
        fc.pre(ci.key[at] !== character);
        const other = ci.key.slice(0, at) + character + ci.key.slice(at + 1);
        expect(ring.judge(other, now)).toEqual({ kind: 'refused', reason: 'unknown' });
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => ring.judge(text, now).kind === 'refused'));
    expect(ring.judge(`${ci.key} `, now).kind).toBe('refused');
    // What stands in the file opens nothing.
    expect(ring.judge(ci.sha256, now).kind).toBe('refused');
  });

  it.each([
    ['the key', ci.key],
    ['a wrong secret', `shardwell_${ci.id}_${'A'.repeat(43)}`],
    ['an unknown id', createKey().key],
    ['an expired key', old.key],
    ['no key at all', 'x'],
  ])('%s takes one comparison of two digests in constant time', (_, credential) => {
    ring.judge(credential, now);
    expect(compared).toEqual([[32, 32]]);
  });
});
