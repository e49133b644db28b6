/** The keys in force, and whether a credential is one of them. */
import { timingSafeEqual } from 'node:crypto';
import { keyDigest, keyIdOf } from './api-key.ts';
import type { Client, Scope } from './scopes.ts';

export interface KeyEntry {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the key, hexadecimal. */
  readonly sha256: string;
  readonly scopes: readonly Scope[];
  /** The first moment at which it no longer counts, in milliseconds since 1970. */
  readonly expiresMs?: number;
}

export type Verdict =
  | { readonly kind: 'client'; readonly client: Client }
  | { readonly kind: 'refused'; readonly reason: 'unknown' | 'expired' | 'invalid' }
  /** It cannot be said now whether the credential is good. */
  | { readonly kind: 'unavailable' };

export interface KeyRing {
  readonly size: number;
  /** `nowMs` is the time of the wall clock, since expiry is a date. */
  judge(credential: string, nowMs: number): Verdict;
}

/** Stands in for the digest of an id that is not there: no key hashes to it that anybody could find. */
const nobody = Buffer.alloc(32);

/**
 * The id, which is no secret, finds the one entry; then digests of equal length are compared in constant time, of an unknown id too.
 * So the time of an answer tells nothing of a secret, and does not grow with the number of keys.
 */
export function createKeyRing(keys: readonly KeyEntry[]): KeyRing {
  const byId = new Map(
    keys.map(({ id, name, sha256, scopes, expiresMs }) => [
      id,
      {
        digest: Buffer.from(sha256, 'hex'),
        expiresMs: expiresMs ?? Number.POSITIVE_INFINITY,
        client: { name: `key:${name}`, scopes: new Set(scopes) },
      },
    ]),
  );
  return {
    size: byId.size,
    judge(credential, nowMs) {
      const id = keyIdOf(credential);
      const entry = id === undefined ? undefined : byId.get(id);
      const same = timingSafeEqual(keyDigest(credential), entry?.digest ?? nobody);
      if (!entry || !same) return { kind: 'refused', reason: 'unknown' };
      if (nowMs >= entry.expiresMs) return { kind: 'refused', reason: 'expired' };
      return { kind: 'client', client: entry.client };
    },
  };
}
