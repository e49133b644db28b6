/**
 * The program: reads the environment, puts the service together, listens, and stops in good order.
 *
 * It listens before it is ready, so that an orchestrator can tell a service that starts from one that is not there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import { destination, type Logger, pino } from 'pino';
import { createApp } from './app.ts';
import { openPlanStore } from './cache/plan-store.ts';
import { createSingleFlight } from './cache/single-flight.ts';
import { type Config, ConfigError, readConfig, shownConfig } from './config.ts';
import { createReadiness } from './http/health.ts';
import { createMetrics } from './http/metrics.ts';
import { createPlanningPool } from './http/planning-pool.ts';

/** Signals that a fault of the machine raises: JavaScript cannot run after those, and must not be asked to. */
const FAULT_SIGNALS = ['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV'] as const;

async function start(config: Config, log: Logger): Promise<void> {
  const metrics = createMetrics();
  const readiness = createReadiness();
  const store = await openPlanStore({
    dataDir: config.dataDir,
    memoryBytes: config.memoryCacheBytes,
    diskBytes: config.diskCacheBytes,
    log,
    recorder: metrics.cache,
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
    log,
    recorder: metrics.pool,
  });
  metrics.watch({ pool: pool.load, store: store.sizes });
  const app = await createApp({
    config,
    store,
    pool,
    singleFlight: createSingleFlight(),
    metrics,
    readiness,
    logger: log,
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
      const hurry = setTimeout(pool.hurry, graceMs / 2);
      await app.close();
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

/** All interfaces have no name that a browser could open; this machine's own stands for them. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

try {
  const config = readConfig(process.env);
  // Written behind the event loop's back; what is still in the buffer at the end is flushed by pino.
  const log = pino({ level: config.logLevel }, destination({ dest: 1, sync: false }));
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
