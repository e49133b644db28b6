/**
 * The connection to Redis or Valkey that replicas share.
 *
 * By default a client keeps its callers waiting: commands are queued while there is no connection, and one that was sent waits for
 * its answer however long that takes. Here every command is answered, refused or given up within `timeoutMs`; that is what bounds
 * the latency of a request when the server is gone, paused or slow. docs/shared-cache.md has what was measured.
 */
import { Redis } from 'ioredis';

export interface SharedClientOptions {
  /** redis: and valkey:, or rediss: and valkeys: for TLS; user, password and number of the database may be in it. */
  readonly url: string;
  readonly timeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 500;
/** Longest pause between two attempts to connect: so soon a server that is back is in use again. */
const RECONNECT_MS = 1_000;
/**
 * A network that swallows packets never closes a connection: the kernel gives it up after a quarter of an hour. When nothing has come
 * for so long though something was asked, a new one is made.
 */
const SILENCE_MS = 2_000;

/** Connects in the background, and goes on trying. Throws nothing; whoever holds it listens to its `error`. */
export function connectShared({ url, timeoutMs }: SharedClientOptions): Redis {
  return new Redis(url.replace(/^valkey/, 'redis'), {
    commandTimeout: timeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: Math.max(SILENCE_MS, 2 * timeoutMs),
    enableOfflineQueue: false,
    // A command whose connection broke has failed: sent again later it would find nobody waiting.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(RECONNECT_MS, 50 * 2 ** Math.min(attempt, 10)),
  });
}
