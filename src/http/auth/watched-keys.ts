/**
 * The keys of a file, read again and again, so that they change without a restart. A file that is gone or has a fault leaves the
 * keys that were in force in force: a slip of an editor must lock nobody out.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { AuthRecorder } from './auth-recorder.ts';
import { readKeyFile } from './key-file.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';

export interface WatchedKeys {
  /** Those in force now. */
  readonly ring: () => KeyRing;
  readonly close: () => void;
}

/**
 * Read whole every time instead of watched: notifications do not cross NFS, and miss the swapped link by which Kubernetes changes
 * a mounted secret. A few KiB every other second cost nothing.
 */
const usualEveryMs = 2_000;

/** @throws where the file cannot be read or has a fault, since at the start there are no keys that could stay in force. */
export function watchKeys({
  path,
  log,
  recorder,
  everyMs = usualEveryMs,
}: {
  readonly path: string;
  readonly log: FastifyBaseLogger;
  readonly recorder: AuthRecorder;
  readonly everyMs?: number;
}): WatchedKeys {
  let text = readFileSync(path, 'utf8');
  let ring = ringOf(text);
  let trouble = '';
  recorder.keysRead({ keys: ring.size });
  log.info({ keys: ring.size }, 'keys: read from AUTH_KEYS_FILE');

  const take = (next: string): void => {
    if (next === text && trouble === '') return;
    const found = ringOf(next);
    const changed = next !== text;
    [text, ring, trouble] = [next, found, ''];
    recorder.keysRead({ keys: ring.size });
    log.info({ keys: ring.size }, changed ? 'keys: changed' : 'keys: the file is right again');
  };

  const refuse = (error: unknown): void => {
    const why = error instanceof Error ? error.message : String(error);
    // Once for each new trouble, not every other second.
    if (why === trouble) return;
    trouble = why;
    recorder.keysRefused();
    log.error(`keys: AUTH_KEYS_FILE cannot be used, the ${ring.size} keys read before stay in force: ${why}`);
  };

  let reading = false;
  const timer = setInterval(() => {
    if (reading) return;
    reading = true;
    readFile(path, 'utf8')
      .then(take)
      .catch(refuse)
      .finally(() => {
        reading = false;
      });
  }, everyMs);
  timer.unref();
  return { ring: () => ring, close: () => clearInterval(timer) };
}

function ringOf(text: string): KeyRing {
  const read = readKeyFile(text);
  if ('faults' in read) throw new Error(read.faults.join('; '));
  return createKeyRing(read.keys);
}
