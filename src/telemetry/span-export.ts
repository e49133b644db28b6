/**
 * Spans to a collector over OTLP/HTTP, in batches, behind the requests' backs.
 *
 * A collector that is gone, slow or wrong costs no request anything: what the batch processor's queue has no room for is dropped, and one
 * line says that spans do not arrive, another that they do again.
 */
import { diag } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-node';

export interface ExportLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** Some 2 KB a span: 4 MB at the most wait for a collector. */
const MAX_WAITING_SPANS = 2_048;
const EXPORT_TIMEOUT_MS = 5_000;
/**
 * The processor's own limit on an export. The exporter tries again for EXPORT_TIMEOUT_MS, and gives the last try as long as was left when it
 * began to wait for it, so it is heard by twice that at the latest; a limit of the same length would race it and call heard spans late.
 */
const GIVE_UP_MS = 3 * EXPORT_TIMEOUT_MS;
const BATCH_DELAY_MS = 1_000;

type ExportCallback = Parameters<SpanExporter['export']>[1];

/** OTLP's code of success in the SDK's ExportResult, whose enumeration is in a package that is not depended on here. */
const SUCCESS = 0;

function toldOnce(exporter: SpanExporter, { endpoint, log }: { endpoint: string; log: ExportLog }): SpanExporter {
  let failing = false;
  const hear = (result: Parameters<ExportCallback>[0]): void => {
    const fails = result.code !== SUCCESS;
    if (fails === failing) return;
    failing = fails;
    if (fails) log.warn({ endpoint, err: result.error }, 'traces do not arrive: spans are dropped until they do');
    else log.info({ endpoint }, 'traces arrive again');
  };
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        hear(result);
        // The processor would hand the error to a handler that logs each one.
        done({ code: SUCCESS });
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

/** The collector's URL without what may be secret in it. */
function shownEndpoint(endpoint: string): string {
  const { origin, pathname } = new URL(endpoint);
  return `${origin}${pathname}`;
}

export function createSpanProcessor({ endpoint, log }: { endpoint: string; log: ExportLog }): BatchSpanProcessor {
  // The SDK's own diagnostics go nowhere: what they tell of the export is told once, above.
  diag.disable();
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
    concurrencyLimit: 2,
  });
  return new BatchSpanProcessor(toldOnce(exporter, { endpoint: shownEndpoint(endpoint), log }), {
    maxQueueSize: MAX_WAITING_SPANS,
    scheduledDelayMillis: BATCH_DELAY_MS,
    exportTimeoutMillis: GIVE_UP_MS,
  });
}
