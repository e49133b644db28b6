/**
 * The environment, read once. Everything that can be set is in the table below; nothing else of the service reads `process.env`.
 * docs/configuration.md is made from the table, and what is in force is logged at the start, secrets masked.
 * A bad value stops the start, and all bad values are named together: one restart mends them all.
 */
import { availableParallelism } from 'node:os';
import { accessFaults, accessSettings } from './config-access.ts';
import { bytes, host, integer, list, milliseconds, path, type Setting, text, url, words } from './config-settings.ts';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/** In the order in which the documentation lists them. */
export const settings = {
  port: integer('PORT', {
    min: 0,
    max: 65_535,
    otherwise: 8080,
    says: 'Where it listens; 0 asks the operating system for a free port',
  }),
  host: host('HOST', { otherwise: '0.0.0.0', says: 'On which interface' }),
  logLevel: words('LOG_LEVEL', {
    words: LOG_LEVELS,
    otherwise: 'info',
    says: 'Lines of this level and above are written',
  }),
  dataDir: path('DATA_DIR', { otherwise: 'data', says: 'Folder of the embedded plan store' }),
  // Kubernetes gives an admission webhook 10 s and hears nothing after that: answering later helps nobody there.
  planTimeoutMs: milliseconds('PLAN_TIMEOUT_MS', {
    min: 1,
    otherwise: 10_000,
    says: 'Deadline of a plan, its wait included; past it the best so far is answered, with `search.exhaustive: false`',
  }),
  planAsyncTimeoutMs: milliseconds('PLAN_ASYNC_TIMEOUT_MS', {
    min: 1,
    otherwise: 60_000,
    says: 'The same of a plan that `Prefer: respond-async` asked for, whose caller does not wait',
  }),
  eventListeners: integer('EVENT_LISTENERS', {
    min: 0,
    max: 100_000,
    otherwise: 1_000,
    says: 'Callers that may have the events of a plan open, of all plans; the next gets 503 with `Retry-After`',
  }),
  memoryCacheBytes: bytes('MEMORY_CACHE_BYTES', {
    max: 1024 * GiB,
    otherwise: 64 * MiB,
    says: 'Limit of the plans held in memory; 0 holds none',
  }),
  diskCacheBytes: bytes('DISK_CACHE_BYTES', {
    max: 1024 * GiB,
    otherwise: GiB,
    says: 'Limit of the plans held on disk; 0 writes none',
  }),
  cacheUrl: url('CACHE_URL', {
    protocols: ['redis:', 'rediss:', 'valkey:', 'valkeys:'],
    says: 'The Redis or Valkey that replicas share, with an `s` by TLS: [Several replicas](shared-cache.md)',
  }),
  cacheTimeoutMs: milliseconds('CACHE_TIMEOUT_MS', {
    min: 1,
    otherwise: 50,
    says: 'How long a request waits for one command of the shared cache',
  }),
  cacheTtlSeconds: integer('CACHE_TTL_SECONDS', {
    min: 0,
    max: 315_360_000,
    otherwise: 2_592_000,
    says: 'How long a plan stays in the shared cache; 0 leaves it there until the server evicts it',
  }),
  cacheLeaseMs: milliseconds('CACHE_LEASE_MS', {
    min: 100,
    otherwise: 2_000,
    says: 'How long other replicas wait for a plan when the one that makes it has died',
  }),
  // One core stays with the event loop, so that health checks and cached answers do not queue behind plans. Two threads where there
  // is one core for them: no thread but the second is free for small plans while a large one is made.
  plannerThreads: integer('PLANNER_THREADS', {
    min: 1,
    max: 256,
    otherwise: Math.max(2, Math.min(8, availableParallelism() - 1)),
    otherwiseText: 'cores − 1, 2 to 8',
    says: 'Threads that plan, beside the one that answers; of several one is kept for plans that are expected to be short',
  }),
  plannerQueue: integer('PLANNER_QUEUE', {
    min: 0,
    max: 100_000,
    otherwise: 256,
    says: 'Plans that may wait for a thread, at most half of them large ones; the next gets 503 with `Retry-After`',
  }),
  plannerMemoryMiB: integer('PLANNER_MEMORY_MIB', {
    min: 64,
    max: 65_536,
    otherwise: 512,
    says: 'Heap limit of one planning thread: a job that outgrows it ends its thread, not the service. What has just been made has up to 192 MiB beside it',
  }),
  plannerWarmUpMs: milliseconds('PLANNER_WARM_UP_MS', {
    min: 0,
    // A thread's first plan takes some ten times as long as its hundredth. After a second most of that is behind it, and a service that is
    // to be ready within 10 s can spare that.
    otherwise: 1_000,
    says: 'How long every thread makes plans before the service is ready, so that the first callers find it quick; at least one each',
  }),
  bodyLimitBytes: bytes('BODY_LIMIT_BYTES', {
    min: 1024,
    max: 256 * MiB,
    otherwise: MiB,
    says: 'Largest request body',
  }),
  requestTimeoutMs: milliseconds('REQUEST_TIMEOUT_MS', {
    min: 100,
    otherwise: 30_000,
    says: 'How long a request may take to arrive, headers and body; its headers alone have at most 10 s. Later ones get 408',
  }),
  // Each may hold a body that is on its way: this many times BODY_LIMIT_BYTES is what slow callers can make the service hold.
  maxConnections: integer('MAX_CONNECTIONS', {
    min: 1,
    max: 1_000_000,
    otherwise: 1024,
    says: 'Connections at a time; those beyond are closed as they come',
  }),
  rateLimitPerMinute: integer('RATE_LIMIT_PER_MINUTE', {
    min: 0,
    max: 1_000_000_000,
    otherwise: 0,
    otherwiseText: '`0`: no limit',
    says: 'Requests that a client may send in a minute; the next gets 429. Shared by all replicas that have the same `CACHE_URL`',
  }),
  trustProxy: list('TRUST_PROXY', {
    each: {
      pattern:
        /^(loopback|linklocal|uniquelocal|((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?=\d)|(?=\/|$))){4}(\/(3[0-2]|[12]?\d))?|[\da-f]*:[\da-f:]*(\/\d{1,3})?)$/i,
      words: 'IP addresses, networks such as 10.0.0.0/8, or the words loopback, linklocal, uniquelocal',
    },
    says: 'Proxies whose `X-Forwarded-For` is believed, for clients that are told apart by address',
  }),
  shutdownDelayMs: milliseconds('SHUTDOWN_DELAY_MS', {
    min: 0,
    // Long enough for callers in the middle of a series on a kept connection to be told that it ends.
    otherwise: 250,
    says: 'How long a stopping service still takes requests while it says that it is not ready and closes each connection with its answer, so that balancers and callers can turn away',
  }),
  // Docker sends SIGKILL 10 s after SIGTERM: what is not done by then is not done.
  shutdownGraceMs: milliseconds('SHUTDOWN_GRACE_MS', {
    min: 1,
    otherwise: 8_000,
    says: 'How long it then waits for what it has begun',
  }),
  tracesEndpoint: url('OTEL_EXPORTER_OTLP_ENDPOINT', {
    protocols: ['http:', 'https:'],
    says: 'Base URL of an OTLP/HTTP receiver, to which traces then go. OpenTelemetry reads its other variables itself: `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG`, `OTEL_RESOURCE_ATTRIBUTES`',
  }),
  tracesService: text('OTEL_SERVICE_NAME', {
    pattern: /^[\w.-]{1,64}$/,
    expected: 'up to 64 letters, digits, `_`, `.` and `-`',
    says: 'Name of the service in traces; `shardwell` where it is not set',
  }),
  // The image's build sets it; see the Dockerfile.
  gitCommit: text('GIT_COMMIT', {
    pattern: /^[0-9a-f]{7,64}$/,
    expected: 'a commit hash of 7 to 64 digits',
    says: 'The commit that the build is of, for `GET /version`',
  }),
  ...accessSettings,
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

type Settings = typeof settings;
type SettingName = keyof Settings;

export type Config = { readonly [Name in SettingName]: Settings[Name] extends Setting<infer Value> ? Value : never };

export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The environment has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n  ${faults.join('\n  ')}`,
    );
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** Throws a ConfigError that lists every fault. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const values: [string, unknown][] = Object.entries<Setting<unknown>>(settings).map(([name, setting]) => {
    // An empty value is an absent one: that is what `NAME=` in an env file and `${NAME:-}` in a compose file mean.
    const text = env[setting.name]?.trim() ?? '';
    if (text === '') return [name, setting.otherwise];
    const found = setting.read(text);
    if ('value' in found) return [name, found.value];
    faults.push(`${setting.name}: ${setting.secret ? 'the value' : `"${text}"`} ${found.fault}`);
    return [name, setting.otherwise];
  });
  const config = asConfig(Object.fromEntries(values));
  // What a bad value would have been is not known, so settings are held against each other only where each is right.
  if (faults.length === 0) faults.push(...accessFaults(config));
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

/** A boundary: each value was read by the setting of its own name, whose type is the property's. */
function asConfig(values: Readonly<Record<string, unknown>>): Config {
  return values as Config;
}

/** What is in force, by the names of the environment, fit to be logged. */
export function shownConfig(config: Config): Readonly<Record<string, string>> {
  const values: Readonly<Record<string, unknown>> = config;
  return Object.fromEntries(
    Object.entries<Setting<unknown>>(settings).map(([name, setting]) => [setting.name, setting.show(values[name])]),
  );
}
