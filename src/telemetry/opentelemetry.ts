/** The tracing that has a collector: OpenTelemetry's SDK, loaded only then. */
import { setTimeout as sleep } from 'node:timers/promises';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { tracedCacheRecorder, tracedStore } from './cache-spans.ts';
import { tracedPool, tracedPoolRecorder, tracedSingleFlight } from './planning-spans.ts';
import { createRequestSpans } from './request-spans.ts';
import { createSpanProcessor, type ExportLog } from './span-export.ts';
import type { Tracing } from './tracing.ts';

/** Of the grace period of a stop, what the last spans may take: a dead collector must not use it up. */
const CLOSE_MS = 1_000;

export function createTracing({
  endpoint,
  serviceName,
  serviceVersion,
  log,
}: {
  readonly endpoint: string;
  readonly serviceName: string;
  readonly serviceVersion: string;
  readonly log: ExportLog;
}): Tracing {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': serviceVersion }),
    spanProcessors: [createSpanProcessor({ endpoint, log })],
  });
  // Contexts follow promises (AsyncLocalStorage); traceparent and tracestate are read as W3C says. Both are the provider's defaults.
  provider.register();
  const tracer = provider.getTracer('shardwell', serviceVersion);
  return {
    ...createRequestSpans(tracer),
    store: (store) => tracedStore(store, tracer),
    cacheRecorder: (recorder) => tracedCacheRecorder(recorder, tracer),
    pool: (pool) => tracedPool(pool, tracer),
    poolRecorder: (recorder) => tracedPoolRecorder(recorder, tracer),
    singleFlight: (flight) => tracedSingleFlight(flight, tracer),
    async close() {
      const flushed = provider.shutdown().catch(() => {});
      await Promise.race([flushed, sleep(CLOSE_MS, undefined, { ref: false })]);
    },
  };
}
