/** Work inside a span of its own. */
import {
  type Attributes,
  type Context,
  context,
  type Span,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { now } from './span-clock.ts';

export interface SpanSetting {
  readonly name: string;
  readonly attributes?: Attributes;
  /** What the work's context is to hold beside the span. */
  readonly holding?: (context: Context) => Context;
}

/** Runs the work as the child of the present span. What it throws is the span's error, and goes on to the caller. */
export async function inSpan<Value>(
  tracer: Tracer,
  { name, attributes, holding = (held) => held }: SpanSetting,
  work: (span: Span) => Promise<Value>,
): Promise<Value> {
  const span = tracer.startSpan(name, { startTime: now(), ...(attributes && { attributes }) });
  try {
    return await context.with(holding(trace.setSpan(context.active(), span)), work, undefined, span);
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end(now());
  }
}

/** A part that is over: both of its times are known. */
export function pastSpan(
  tracer: Tracer,
  { name, began, ended, attributes }: { name: string; began: number; ended: number; attributes?: Attributes },
): void {
  tracer.startSpan(name, { startTime: began, ...(attributes && { attributes }) }).end(Math.max(began, ended));
}

/** Errors of the service's own have messages that say nothing of a request's content. */
export function fail(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.message : 'unknown';
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const name = error instanceof Error ? error.name : 'Error';
  span.setAttribute('error.type', code ?? name);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
