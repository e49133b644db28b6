/**
 * API keys: `shardwell_<id>_<secret>`. The id is public and finds the entry; the secret is 256 random bits.
 *
 * At rest stands SHA-256 of the whole key. Slow hashes (scrypt, argon2) are for passwords that people choose: they make each guess of a
 * dictionary dear. There is no dictionary of 2^256 secrets, so slowness would buy nothing, and would hand out milliseconds of CPU to
 * whoever sends a wrong key. That is why keys are only ever made by this file, and nothing of another shape is taken for one.
 */
import { hash, randomBytes } from 'node:crypto';

const shape = /^shardwell_([0-9a-f]{16})_[\w-]{43}$/;

export interface NewKey {
  readonly id: string;
  /** Shown once, kept nowhere. */
  readonly key: string;
  readonly sha256: string;
}

export function createKey(): NewKey {
  const id = randomBytes(8).toString('hex');
  const key = `shardwell_${id}_${randomBytes(32).toString('base64url')}`;
  return { id, key, sha256: hash('sha256', key, 'hex') };
}

/** The public part; undefined of what is no key. */
export function keyIdOf(credential: string): string | undefined {
  return shape.exec(credential)?.[1];
}

export function keyDigest(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
