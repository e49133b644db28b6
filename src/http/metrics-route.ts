/** Times every request by its route's pattern, and serves GET /metrics. */
import type { FastifyInstance, FastifySchema } from 'fastify';
import { eventStreamType } from './event-stream.ts';
import type { Metrics } from './metrics.ts';
import { negotiate } from './negotiate.ts';
import { ProblemError } from './problem.ts';
import { problemTypes } from './problem-types.ts';
import { notRateLimited } from './rate-limit.ts';
import { problems } from './route-docs.ts';

/** The media types of the two formats, with the parameters that their specifications ask for. */
const types = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const;

const schema: FastifySchema = {
  operationId: 'readMetrics',
  tags: ['operations'],
  summary: 'Counters, gauges and histograms for Prometheus',
  response: {
    200: {
      description: 'The present state, in Prometheus’s text format or, by `Accept`, in OpenMetrics.',
      content: {
        'text/plain': { schema: { type: 'string' } },
        'application/openmetrics-text': { schema: { type: 'string' } },
      },
    },
    ...problems(),
  },
};

export function registerMetrics(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    // Events last as long as what they tell of: that is no measure of how quickly requests are answered.
    if (reply.getHeader('content-type') === eventStreamType) return done();
    metrics.requestDone({
      // All that matches no route is one series, however many paths are tried.
      route: request.routeOptions.url ?? 'none',
      method: request.method,
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
    });
    done();
  });

  // An answer that nobody takes never ends: those whose callers have gone are counted here.
  app.addHook('onError', (request, reply, error, done) => {
    if (error instanceof ProblemError && error.slug === 'client-gone') {
      metrics.requestDone({
        route: request.routeOptions.url ?? 'none',
        method: request.method,
        status: problemTypes['client-gone'].status,
        seconds: reply.elapsedTime / 1000,
      });
    }
    done();
  });

  app.get('/metrics', { schema, config: notRateLimited }, async (request, reply) => {
    // Whatever a scraper accepts beside these, it gets the text that every scraper reads.
    const type = negotiate(request.headers.accept, ['text/plain', 'application/openmetrics-text']);
    const format = type === 'application/openmetrics-text' ? 'openmetrics' : 'prometheus';
    const text = await metrics.text(format);
    return reply.header('content-type', types[format]).header('cache-control', 'no-store').send(text);
  });
}
