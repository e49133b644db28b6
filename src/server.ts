/**
 * The program: reads the environment, puts the service together, listens, and stops in good order.
 *
 * It listens before it is ready, so that an orchestrator can tell a service that starts from one that is not there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import { openPlanStore, type SharedOptions } from './cache/plan-store.ts';
import { createSingleFlight } from './cache/single-flight.ts';
import { type Config, ConfigError, readConfig, shownConfig } from './config.ts';
import { isLoopback } from './config-access.ts';
import { openAuthenticator } from './http/auth/open-authenticator.ts';
import { createReadiness, type Readiness } from './http/health.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import { createPlanCourses } from './http/plan-courses.ts';
import { createPlanningPool } from './http/planning-pool.ts';
import { type CountsWatch, openSharedCounts } from './http/rate-counts.ts';
import type { RateLimit } from './http/rate-limit.ts';
import { packageVersion } from './http/version-route.ts';
import { openLog } from './log.ts';
import { openTracing } from './telemetry/open-tracing.ts';

/** Signals that a fault of the machine raises: JavaScript cannot run after those, and must not be asked to. */
const FAULT_SIGNALS = ['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV'] as const;

async function start(config: Config, log: Logger): Promise<void> {
  const metrics = createMetrics();
  const readiness = createReadiness();
  // First, since a bad file of keys must stop the start before anything is open.
  const authenticator = openAuthenticator({ config, log, recorder: metrics.auth });
  if (!authenticator && !isLoopback(config.host))
    log.warn('no AUTH_KEYS_FILE and no AUTH_JWKS_URL: whoever reaches this service is answered');
  const tracing = await openTracing({
    endpoint: config.tracesEndpoint,
    serviceName: config.tracesService ?? 'shardwell',
    serviceVersion: packageVersion(),
    log,
  });
  const store = await openPlanStore({
    dataDir: config.dataDir,
    memoryBytes: config.memoryCacheBytes,
    diskBytes: config.diskCacheBytes,
    log,
    recorder: tracing.cacheRecorder(metrics.cache),
    shared: sharedOptions(config, { metrics, readiness }),
    onDurable(durable) {
      readiness.store = durable ? 'durable' : 'memory-only';
    },
  });
  readiness.store = store.isDurable() ? 'durable' : 'memory-only';
  const pool = createPlanningPool({
    threads: config.plannerThreads,
    maxWaiting: config.plannerQueue,
    timeoutMs: config.planTimeoutMs,
    memoryMiB: config.plannerMemoryMiB,
    warmUpMs: config.plannerWarmUpMs,
    log,
    recorder: tracing.poolRecorder(metrics.pool),
  });
  const courses = createPlanCourses({ timeoutMs: config.planAsyncTimeoutMs, maxListeners: config.eventListeners });
  const durable = config.diskCacheBytes > 0 && { durable: store.isDurable };
  metrics.watch({ pool: pool.load, store: store.sizes, shared: store.shared, courses: courses.load, ...durable });
  const app = await createApp({
    config,
    store: tracing.store(store),
    pool: tracing.pool(pool),
    singleFlight: tracing.singleFlight(createSingleFlight()),
    courses,
    tracing,
    metrics,
    readiness,
    authenticator,
    logger: log,
    rateLimit: rateLimitOf(config, { log, recorder: metrics.rateCounts }),
  });

  const graceMs = config.shutdownGraceMs;
  closeWithGrace(
    { delay: config.shutdownDelayMs + graceMs, logger: log, skip: [...FAULT_SIGNALS] },
    async ({ signal, err }) => {
      if (err) log.fatal({ err }, 'stopping: an error that nobody caught');
      else log.info({ signal }, 'stopping');
      readiness.draining = true;
      if (!err) await sleep(config.shutdownDelayMs);
      // A plan may take longer than there is time. At half of it, each search answers with the best it has found.
      const hurry = setTimeout(() => {
        pool.hurry();
        store.hurry();
      }, graceMs / 2);
      await app.close();
      await tracing.close();
      clearTimeout(hurry);
    },
  );

  // Fastify writes a line for every interface, at a level that cannot be chosen; one line for all of them is written below.
  log.level = 'silent';
  await app.listen({ port: config.port, host: config.host }).finally(() => {
    log.level = config.logLevel;
  });
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  const base = `http://${urlHost(config.host)}:${port}`;
  log.info(`Shardwell is listening on ${base} — Swagger UI at ${base}/docs`);
  await pool.ready();
  readiness.planner = 'ready';
}

function sharedOptions(
  { cacheUrl, cacheTimeoutMs, cacheLeaseMs, cacheTtlSeconds, planTimeoutMs }: Config,
  { metrics, readiness }: { readonly metrics: Metrics; readonly readiness: Readiness },
): SharedOptions | undefined {
  if (cacheUrl === undefined) return undefined;
  readiness.sharedCache = 'down';
  return {
    url: cacheUrl,
    timeoutMs: cacheTimeoutMs,
    leaseMs: cacheLeaseMs,
    ttlSeconds: cacheTtlSeconds,
    waitMs: planTimeoutMs,
    recorder: metrics.shared,
    onState(state) {
      readiness.sharedCache = state;
    },
  };
}

function rateLimitOf({ rateLimitPerMinute, cacheUrl }: Config, watch: CountsWatch): RateLimit | undefined {
  if (rateLimitPerMinute === 0) return undefined;
  return {
    perMinute: rateLimitPerMinute,
    counts: cacheUrl === undefined ? undefined : openSharedCounts(cacheUrl, watch),
  };
}

/** All interfaces have no name that a browser could open; this machine's own stands for them. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

try {
  const config = readConfig(process.env);
  const log = openLog(config);
  log.info({ config: shownConfig(config) }, 'configuration');
  await start(config, log).catch((error: unknown) => {
    log.fatal({ err: error }, 'Shardwell cannot start');
    process.exit(1);
  });
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
