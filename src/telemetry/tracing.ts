/**
 * Traces, as the rest of the service sees them: something that wraps its parts and hears of its requests. Without a collector
 * nothing is wrapped, no package of OpenTelemetry is loaded and a request costs what it cost before.
 *
 *   POST /plans                    a request, the child of the caller's traceparent
 *     cache look-up                of an id; a known body is a look-up of its own
 *       cache memory, cache disk   one a tier that was asked
 *     flight                        waits for the one who plans, be it this request or another
 *       planning                   a job, from its submission to its answer
 *         queue wait
 *         search, verify           as the thread timed them
 *       cache write
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CacheRecorder } from '../cache/cache-recorder.ts';
import type { PoolRecorder } from '../http/planning-pool.ts';
import type { PlanningPool, PlanStore, SingleFlight } from '../http/ports.ts';

/** Every part keeps its own type: what it has beside the port stays. */
export interface Tracing {
  /** Opens a span for every request. Before the routes. */
  register(app: FastifyInstance): void;
  /** What the request's log line says of its trace. */
  logFields(request: FastifyRequest): { readonly traceId: string } | undefined;
  store<Store extends PlanStore>(store: Store): Store;
  cacheRecorder(recorder: CacheRecorder): CacheRecorder;
  pool<Pool extends PlanningPool>(pool: Pool): Pool;
  poolRecorder(recorder: PoolRecorder): PoolRecorder;
  singleFlight<Flight extends SingleFlight>(flight: Flight): Flight;
  /** Sends what is left, for a moment at most. Never rejects. */
  close(): Promise<void>;
}

const asItIs = <Part>(part: Part): Part => part;

export const untraced: Tracing = {
  register: () => {},
  logFields: () => undefined,
  store: asItIs,
  cacheRecorder: asItIs,
  pool: asItIs,
  poolRecorder: asItIs,
  singleFlight: asItIs,
  close: async () => {},
};
