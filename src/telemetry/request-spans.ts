/** A span for every request, named and described as OpenTelemetry's conventions for HTTP servers say; the caller's traceparent is its parent. */
import {
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { followClock, now } from './span-clock.ts';
import type { Tracing } from './tracing.ts';

/** Asked every few seconds for ever: their traces would bury all others. */
const UNTRACED_ROUTES: readonly string[] = ['/metrics', '/health/live', '/health/ready'];

export function createRequestSpans(tracer: Tracer): Pick<Tracing, 'register' | 'logFields'> {
  const spans = new WeakMap<FastifyRequest, Span>();

  return {
    logFields(request) {
      const span = spans.get(request);
      return span && { traceId: span.spanContext().traceId };
    },

    register(app: FastifyInstance) {
      app.addHook('onRequest', (request, _reply, done) => {
        const route = request.routeOptions.url;
        if (route !== undefined && UNTRACED_ROUTES.includes(route)) return done();
        followClock();
        const caller = propagation.extract(ROOT_CONTEXT, request.headers);
        const attributes = {
          'http.request.method': request.method,
          'url.scheme': request.protocol,
          // Without the query, which no route has and in which callers have been known to put secrets.
          'url.path': (request.url.split('?', 1)[0] ?? '').slice(0, 200),
          'shardwell.request.id': request.id,
          ...(route !== undefined && { 'http.route': route }),
        };
        const name = route === undefined ? request.method : `${request.method} ${route}`;
        const span = tracer.startSpan(name, { kind: SpanKind.SERVER, startTime: now(), attributes }, caller);
        spans.set(request, span);
        context.with(trace.setSpan(caller, span), done);
      });

      // A body arrives in the socket's context, not in the request's: what follows it goes on in the request's again.
      app.addHook('preValidation', (request, _reply, done) => {
        const span = spans.get(request);
        if (span === undefined) return done();
        context.with(trace.setSpan(ROOT_CONTEXT, span), done);
      });

      app.addHook('onResponse', (request, reply, done) => {
        const span = spans.get(request);
        if (span === undefined) return done();
        span.setAttribute('http.response.status_code', reply.statusCode);
        if (reply.statusCode >= 500) {
          span.setAttribute('error.type', String(reply.statusCode));
          span.setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end(now());
        done();
      });
    },
  };
}
