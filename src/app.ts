/**
 * The composition root: services in, Fastify instance out. It listens to nothing and reads no environment, so that a test
 * has the whole of it in its own process.
 */
import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { registerArtifacts } from './http/artifacts-route.ts';
import { type Authenticator, registerAuth } from './http/auth/authenticate.ts';
import { registerCatalog } from './http/catalog-route.ts';
import { connectionOptions, guardConnections } from './http/connections.ts';
import { allowOrigins } from './http/cors.ts';
import { registerCourses } from './http/course-route.ts';
import { registerDocs, registerOpenapi } from './http/docs-route.ts';
import { handleClientError, handleError } from './http/error-handler.ts';
import { createReadiness, type Readiness, registerHealth } from './http/health.ts';
import { createLoopTurns } from './http/loop-turns.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import { registerMetrics } from './http/metrics-route.ts';
import { registerPage } from './http/page-route.ts';
import { registerPlacement } from './http/placement-route.ts';
import { createPlanCourses, type PlanCourses } from './http/plan-courses.ts';
import { answeringVersion } from './http/plan-id.ts';
import { registerPlans } from './http/plans-route.ts';
import type { PlanningPool, PlanStore, SingleFlight } from './http/ports.ts';
import { ProblemError } from './http/problem.ts';
import { type RateLimit, registerRateLimit } from './http/rate-limit.ts';
import { registerReport } from './http/report-route.ts';
import { refuseUnknownRoutes } from './http/routes-by-path.ts';
import { registerStrategies } from './http/strategies-route.ts';
import { registerVersion, versionOf } from './http/version-route.ts';
import { type Tracing, untraced } from './telemetry/tracing.ts';

export interface AppOptions {
  readonly config: {
    readonly bodyLimitBytes: number;
    readonly trustProxy?: readonly string[];
    readonly corsOrigins?: readonly string[];
    readonly behindTls?: boolean;
    readonly gitCommit?: string | undefined;
    readonly requestTimeoutMs?: number;
    readonly maxConnections?: number;
    readonly shutdownGraceMs?: number;
  };
  readonly store: PlanStore;
  readonly pool: PlanningPool;
  readonly singleFlight: SingleFlight;
  /** Who is told of requests and plans; a private one where none is given, so that a test has the same routes. */
  readonly metrics?: Metrics;
  /** What the readiness probe is told; whoever starts and stops the service sets it. */
  readonly readiness?: Readiness;
  /** Plans that are made without their callers. */
  readonly courses?: PlanCourses;
  /** Who follows requests through the service; nobody where none is given. */
  readonly tracing?: Tracing;
  readonly logger?: FastifyBaseLogger;
  /** Absent: a client may ask as often as it likes. */
  readonly rateLimit?: RateLimit | undefined;
  /** Who says whom a credential belongs to; where there is none, everybody may do everything. */
  readonly authenticator?: Authenticator | undefined;
}

export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { config, store, pool, singleFlight, logger, rateLimit, authenticator } = options;
  const { trustProxy = [] } = config;
  const { metrics = createMetrics(), readiness = createReadiness(), courses = createPlanCourses() } = options;
  const { tracing = untraced } = options;
  const app = Fastify({
    ...(logger ? { loggerInstance: logger } : { logger: false }),
    // Two lines a request cost more than an answer from memory; one is written below.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.bodyLimitBytes,
    // Closing is held to it too, and lasts as long as what is answered to the end; the grace period bounds it.
    pluginTimeout: 0,
    ...connectionOptions(config.requestTimeoutMs ?? 30_000),
    // Whose word on a client's address is taken: anybody may write X-Forwarded-For.
    trustProxy: trustProxy.length > 0 ? [...trustProxy] : false,
    requestIdHeader: false,
    genReqId: ({ headers }) => requestId(headers['x-request-id']),
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => {
      handleError(error, request, reply.header('x-request-id', request.id));
    },
    clientErrorHandler: handleClientError,
  });

  const version = versionOf({ answers: answeringVersion(), commit: config.gitCommit });
  metrics.describe(version);

  // Routes validate bodies themselves, after the cache has been asked, and send bytes: Fastify's compilers have nothing to do.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(handleError);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const coding = request.headers['content-encoding'] ?? 'identity';
    if (coding === 'identity') return done(null, body);
    done(new ProblemError('unsupported-media-type', 'The body is in a content coding; send it as it is.'));
  });

  app.addHook('onRequest', (request, reply, done) => {
    reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' });
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    app.log.info(
      {
        reqId: request.id,
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 100) / 100,
        client: request.client?.name,
        ...tracing.logFields(request),
      },
      'request',
    );
    done();
  });

  const { maxConnections = 1024, shutdownGraceMs: graceMs = 8_000 } = config;
  guardConnections(app, { maxConnections, graceMs, readiness, recorder: metrics.connections });
  app.decorateRequest('client', undefined);
  // Before anybody is refused: a page must be able to read a refusal too, and a preflight carries no credential.
  await allowOrigins(app, config.corsOrigins ?? []);
  tracing.register(app);
  refuseUnknownRoutes(app);
  if (authenticator) registerAuth(app, { authenticator, recorder: metrics.auth });
  await registerOpenapi(app);
  if (rateLimit) await registerRateLimit(app, rateLimit);
  registerMetrics(app, metrics);
  registerHealth(app, readiness);
  registerVersion(app, version);
  const turns = createLoopTurns();
  const { answers } = version;
  registerPlans(app, { store, pool, singleFlight, courses, recorder: metrics.plans, turns, version: answers });
  registerCourses(app, { store, courses });
  registerPlacement(app, { store });
  registerArtifacts(app, { store });
  registerReport(app, { store, behindTls: config.behindTls ?? false });
  registerStrategies(app, { pool, turns });
  registerCatalog(app);
  await registerPage(app, { behindTls: config.behindTls ?? false });
  await registerDocs(app, { behindTls: config.behindTls ?? false });

  // Before the listener closes: whoever follows a plan is told its end, and the threads are there until then.
  app.addHook('preClose', courses.drain);
  app.addHook('onClose', async () => {
    await pool.close();
    await store.close();
  });
  await app.ready();
  return app;
}

/** A caller's own id is kept where it is one that can safely stand in a header, a log line and a URN. */
function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}
