/** Traces where a collector is named; otherwise nothing, and none of its packages is loaded. */
import type { ExportLog } from './span-export.ts';
import { type Tracing, untraced } from './tracing.ts';

export interface TracingOptions {
  /** Base URL of an OTLP/HTTP receiver. */
  readonly endpoint: string | undefined;
  readonly serviceName: string;
  readonly serviceVersion: string;
  readonly log: ExportLog;
}

export async function openTracing({ endpoint, ...rest }: TracingOptions): Promise<Tracing> {
  if (endpoint === undefined) return untraced;
  const { createTracing } = await import('./opentelemetry.ts');
  return createTracing({ endpoint, ...rest });
}
