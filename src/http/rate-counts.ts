/**
 * How often each client has asked in its present window. Counts are shared by all replicas where there is a Redis; while it does not
 * answer each replica counts for itself, so that a client may get up to one limit from each, and nobody is refused for its sake.
 */
import { LRUCache } from 'lru-cache';
import { connectShared } from '../cache/shared-client.ts';

export interface Count {
  readonly current: number;
  /** Whole milliseconds until the window ends: a fraction more than 60 s would be told as 61. */
  readonly ttl: number;
}

/** What is needed of ioredis, whose commands end by a timeout of their own. */
export interface ScriptClient {
  eval(script: string, keys: number, key: string, windowMs: number): Promise<unknown>;
}

export interface RateCounts {
  /** One more request of a client. */
  hit(client: string, windowMs: number): Promise<Count>;
  close(): void;
}

export interface CountsWatch {
  readonly log: { warn(details: object, message: string): void; info(message: string): void };
  /** Told of every request that Redis did not count. */
  readonly recorder: { failed(): void };
}

/** Longest that a request waits for its count. Redis on the same network answers in well under a millisecond. */
const COUNT_TIMEOUT_MS = 50;

/** Counts in a Redis or Valkey, by a connection of its own: plans that are read there do not delay it. */
export function openSharedCounts(url: string, watch: CountsWatch): RateCounts {
  const client = connectShared({ url, timeoutMs: COUNT_TIMEOUT_MS });
  // Without a listener the first failure to connect would end the process. It shows in the counts that fail.
  client.on('error', () => {});
  return { ...sharedCounts(client, watch), close: () => client.disconnect() };
}

/** Clients counted at a time; past that the one that has been silent for longest starts anew. */
const MOST_CLIENTS = 20_000;

export function localCounts(): { hit(client: string, windowMs: number): Count } {
  const windows = new LRUCache<string, { current: number; readonly end: number }>({ max: MOST_CLIENTS });
  return {
    hit(client, windowMs) {
      const now = performance.now();
      const known = windows.get(client);
      const window = known && known.end > now ? known : { current: 0, end: now + windowMs };
      window.current += 1;
      windows.set(client, window);
      return { current: window.current, ttl: Math.round(window.end - now) };
    },
  };
}

/** One command, so that no client is left with a count that never ends; one without an end, whoever made it, is given one. */
const SCRIPT = `
local current = redis.call('INCR', KEYS[1])
local ttl = redis.call('PTTL', KEYS[1])
if ttl < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  ttl = tonumber(ARGV[1])
end
return { current, ttl }`;

/** After a failure Redis is left alone for so long: while it is gone no more than one request a second waits for it. */
const PAUSE_MS = 1_000;

export function sharedCounts(redis: ScriptClient, { log, recorder }: CountsWatch): Pick<RateCounts, 'hit'> {
  const local = localCounts();
  let pausedUntil = 0;
  let failing = false;
  return {
    async hit(client, windowMs) {
      const own = local.hit(client, windowMs);
      if (performance.now() < pausedUntil) return own;
      // Taken before the answer is known: while one request asks, the others do not queue behind it.
      if (failing) pausedUntil = performance.now() + PAUSE_MS;
      try {
        const shared = countOf(await redis.eval(SCRIPT, 1, `shardwell:rate:${client}`, windowMs));
        if (failing) {
          failing = false;
          log.info('rate limit: counted together again');
        }
        pausedUntil = 0;
        return shared;
      } catch (error) {
        pausedUntil = performance.now() + PAUSE_MS;
        recorder.failed();
        const why = error instanceof Error ? error.message : String(error);
        if (!failing) log.warn({ why }, 'rate limit: the shared count does not answer; each replica counts for itself');
        failing = true;
        return own;
      }
    },
  };
}

function countOf(reply: unknown): Count {
  const [current, ttl]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  if (typeof current === 'number' && typeof ttl === 'number') return { current, ttl };
  throw new TypeError('the server counted in a way that is not understood');
}
