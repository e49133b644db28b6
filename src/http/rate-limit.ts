/**
 * So many requests a minute of each client, where the operator wants that. A client is who the request proves to come from, or its
 * address where nobody is asked for proof. Health and metrics are exempt: a probe that is refused restarts a service, and a scrape that
 * is refused blinds its operator.
 */
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from './problem.ts';
import { localCounts, type RateCounts } from './rate-counts.ts';

export interface RateLimit {
  readonly perMinute: number;
  /** Absent: each process counts for itself. */
  readonly counts?: RateCounts | undefined;
}

const WINDOW_MS = 60_000;

/** Their routes carry it as `config`. */
export const notRateLimited = { rateLimit: false } as const;

/** Before the routes, and after whatever finds out whose request it is: limits are asked when the hooks of the app have run. */
export async function registerRateLimit(app: FastifyInstance, { perMinute, counts }: RateLimit): Promise<void> {
  const local = localCounts();
  const hit: RateCounts['hit'] = counts?.hit ?? (async (client, windowMs) => local.hit(client, windowMs));

  class Store {
    incr(client: string, done: (error: Error | null, count?: { current: number; ttl: number }) => void): void {
      // What is counted never fails: it falls back to counts of its own.
      hit(client, WINDOW_MS).then((count) => done(null, count), done);
    }
    /** For routes with limits of their own, and there are none. */
    child(): Store {
      return this;
    }
  }

  app.addHook('onClose', async () => counts?.close());
  await app.register(rateLimit, {
    max: perMinute,
    timeWindow: WINDOW_MS,
    enableDraftSpec: true,
    store: Store,
    keyGenerator: clientOf,
    errorResponseBuilder: (_request, { ttl }) => tooMany(perMinute, ttl),
  });
}

function tooMany(perMinute: number, ttlMs: number): ProblemError {
  const seconds = String(Math.max(1, Math.ceil(ttlMs / 1000)));
  return new ProblemError(
    'rate-limited',
    `More than ${perMinute} requests in a minute: the next is taken in ${seconds} s.`,
    {
      headers: { 'retry-after': seconds },
    },
  );
}

/** An IPv6 client owns a /64 at least, so that is what is counted. */
function clientOf(request: FastifyRequest): string {
  const name = provedName(request);
  return name === undefined ? `ip:${normalizeIP(request.ip)}` : `client:${name}`;
}

/** `request.client.name`, which authentication sets where it is on. */
function provedName(request: FastifyRequest): string | undefined {
  const client: unknown = Reflect.get(request, 'client');
  if (typeof client !== 'object' || client === null || !('name' in client)) return undefined;
  return typeof client.name === 'string' ? client.name : undefined;
}
