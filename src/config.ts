/**
 * The environment, read once. Everything that can be set is in the table below; nothing else of the service reads `process.env`.
 * docs/configuration.md is made from the table, and what is in force is logged at the start, secrets masked.
 * A bad value stops the start, and all bad values are named together: one restart mends them all.
 */
import { availableParallelism } from 'node:os';
import { bytes, host, integer, milliseconds, path, type Setting, words } from './config-settings.ts';

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
  // One core stays with the event loop, so that health checks and cached answers do not queue behind plans.
  plannerThreads: integer('PLANNER_THREADS', {
    min: 1,
    max: 256,
    otherwise: Math.max(1, Math.min(8, availableParallelism() - 1)),
    otherwiseText: 'cores − 1, 1 to 8',
    says: 'Threads that plan, beside the one that answers',
  }),
  plannerQueue: integer('PLANNER_QUEUE', {
    min: 0,
    max: 100_000,
    otherwise: 256,
    says: 'Plans that may wait for a thread; the next gets 503 with `Retry-After`',
  }),
  plannerMemoryMiB: integer('PLANNER_MEMORY_MIB', {
    min: 64,
    max: 65_536,
    otherwise: 512,
    says: 'Heap limit of one planning thread: a job that outgrows it ends its thread, not the service',
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
  if (faults.length > 0) throw new ConfigError(faults);
  return asConfig(Object.fromEntries(values));
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
