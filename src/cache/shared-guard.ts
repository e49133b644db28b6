/**
 * Stands between the store and the shared server: runs commands while that is worth it, and says when it is not.
 *
 * Every command has a short timeout. A circuit breaker spares the requests even that once many have failed: it opens, and a probe of
 * its own, not a caller's request, finds out once a second whether the server is back. One line is logged for each change of state.
 */
import type { Redis } from 'ioredis';
import CircuitBreaker from 'opossum';
import type { CacheLog, CacheRecorder, SharedOperation, SharedRecorder, SharedState } from './cache-recorder.ts';

export interface SharedGuard {
  /** Rejects with what the command failed with, or at once where the server is not to be asked. */
  run<T>(operation: SharedOperation, command: (client: Redis) => Promise<T>): Promise<T>;
  state(): SharedState;
  close(): void;
}

export interface SharedGuardOptions {
  readonly client: Redis;
  /** Where the server is, fit to be logged. */
  readonly where: string;
  readonly log: CacheLog;
  readonly recorder: CacheRecorder & SharedRecorder;
  /** Told of every change. */
  readonly onState: (state: SharedState) => void;
  readonly probeKey: string;
}

/** The breaker judges by so much of the past: half of the commands failed, of at least so many. */
const WINDOW_MS = 2_000;
const LEAST_COMMANDS = 5;
const FAILED_PERCENT = 50;
const PROBE_EVERY_MS = 1_000;

/** What a failed command says of the server: `refused-write` and `wrong-type` come from one that is in good health. */
export type SharedFault = 'refused-write' | 'wrong-type' | 'failure';

export function sharedFault(error: unknown): SharedFault {
  const message = messageOf(error);
  if (message.startsWith('WRONGTYPE')) return 'wrong-type';
  // From within a script older servers wrap the word into a sentence.
  return /(^|[ -])(OOM|READONLY|MISCONF|NOREPLICAS) /.test(message) ? 'refused-write' : 'failure';
}

/** The message alone: the client's errors carry the command, and with it the password or a whole plan. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const WRITES: readonly SharedOperation[] = ['put', 'claim', 'probe'];

export function guardShared({ client, where, log, recorder, onState, probeKey }: SharedGuardOptions): SharedGuard {
  const breaker = new CircuitBreaker((command: () => Promise<unknown>) => command(), {
    // The client has a timeout for each command already.
    timeout: false,
    errorThresholdPercentage: FAILED_PERCENT,
    volumeThreshold: LEAST_COMMANDS,
    rollingCountTimeout: WINDOW_MS,
    resetTimeout: PROBE_EVERY_MS,
    errorFilter: (error: unknown) => sharedFault(error) !== 'failure',
  });
  let state: SharedState | 'unknown' = 'unknown';
  let since = performance.now();
  let connected = false;
  let writable = true;
  let why = 'no connection';

  const become = (next: SharedState) => {
    if (state === next) return;
    const seconds = Math.round((performance.now() - since) / 100) / 10;
    if (next === 'up') log.info({ where, before: state, seconds }, 'shared cache: in use');
    else if (next === 'read-only')
      log.warn({ where, why }, 'shared cache: takes no more plans; it is read all the same');
    else log.warn({ where, why }, 'shared cache: not in use; plans are kept and made here');
    state = next;
    since = performance.now();
    onState(next);
  };
  const settle = () => {
    if (connected && breaker.closed) become(writable ? 'up' : 'read-only');
    else become('down');
  };

  const run = async <T>(operation: SharedOperation, command: (client: Redis) => Promise<T>): Promise<T> => {
    const start = performance.now();
    let asked = false;
    try {
      const value = await breaker.fire(() => {
        asked = true;
        return command(client);
      });
      if (!writable && WRITES.includes(operation)) {
        writable = true;
        settle();
      }
      return resultOf<T>(value);
    } catch (error) {
      if (!asked) throw error;
      const fault = sharedFault(error);
      // A wrong type is an entry that cannot be trusted, and counted as such.
      if (fault !== 'wrong-type') recorder.failure('shared');
      if (fault === 'refused-write' && writable) {
        writable = false;
        why = messageOf(error);
        settle();
      }
      throw error;
    } finally {
      if (asked) recorder.operation(operation, (performance.now() - start) / 1000);
    }
  };

  /** A write, so that it sees a server that is full as well. What it finds, run() has acted on. */
  const probe = () => run('probe', (server) => server.set(probeKey, '', 'PX', PROBE_EVERY_MS)).catch(() => undefined);

  client.on('error', (error: unknown) => {
    why = messageOf(error);
    if (!connected) settle();
  });
  client.on('close', () => {
    connected = false;
    settle();
  });
  client.on('ready', async () => {
    await probe();
    if (client.status !== 'ready') return;
    connected = true;
    // A connection that was just made deserves a new judgement.
    breaker.close();
    settle();
  });
  breaker.on('failure', (error) => {
    why = messageOf(error);
  });
  breaker.on('open', settle);
  breaker.on('close', settle);
  breaker.on('halfOpen', probe);
  const watch = setInterval(() => {
    if (!writable) probe();
  }, PROBE_EVERY_MS);
  watch.unref();

  return {
    run,
    state: () => (state === 'unknown' ? 'down' : state),
    close() {
      clearInterval(watch);
      breaker.shutdown();
      client.removeAllListeners('close');
      client.disconnect();
    },
  };
}

/** A boundary: the breaker hands through what the command gave it. */
const resultOf = <T>(value: unknown): T => value as T;
