/**
 * The environment, read once. Everything that can be set is in this file; nothing else of the service reads `process.env`.
 * A bad value stops the start, and all bad values are named together: one restart mends them all.
 */
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  /** 0 asks the operating system for a free port. */
  readonly port: number;
  readonly host: string;
  readonly logLevel: LogLevel;
  /** Where the embedded plan store lives; an absolute path. */
  readonly dataDir: string;
  /** From the arrival of a job to its last word, the wait in the queue included. */
  readonly planTimeoutMs: number;
  /** Limit of the plans held in memory; 0 holds none. */
  readonly memoryCacheBytes: number;
  /** Limit of the plans held on disk; 0 writes nothing to disk. */
  readonly diskCacheBytes: number;
  readonly plannerThreads: number;
  /** Jobs that may wait for a thread; the next one is refused as overloaded. */
  readonly plannerQueue: number;
  /** Heap limit of one planner thread. */
  readonly plannerMemoryMiB: number;
  readonly bodyLimitBytes: number;
  /** How long a stopping server still takes requests while it says that it is not ready: load balancers need a moment to hear it. */
  readonly shutdownDelayMs: number;
  /** How long a stopping server then waits for what it has begun. */
  readonly shutdownGraceMs: number;
}

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

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
const DAY_MS = 86_400_000;

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly otherwise: number;
}

/** A reader over one environment that notes faults and goes on. */
function createReader(env: Readonly<Record<string, string | undefined>>) {
  const faults: string[] = [];

  // An empty value is an absent one: that is what `NAME=` in an env file and `${NAME:-}` in a compose file mean.
  const text = (name: string): string | undefined => {
    const value = env[name]?.trim();
    return value === '' ? undefined : value;
  };

  const integer = (name: string, { min, max, otherwise }: Bounds): number => {
    const value = text(name);
    if (value === undefined) return otherwise;
    const number = /^[0-9]{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    faults.push(`${name}: "${value}" is not a whole number from ${min} to ${max}`);
    return otherwise;
  };

  const word = <T extends string>(name: string, words: readonly T[], otherwise: T): T => {
    const value = text(name);
    if (value === undefined) return otherwise;
    const found = words.find((candidate) => candidate === value.toLowerCase());
    if (found !== undefined) return found;
    faults.push(`${name}: "${value}" is not one of ${words.join(', ')}`);
    return otherwise;
  };

  const host = (name: string, otherwise: string): string => {
    const value = text(name) ?? otherwise;
    const hostname = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;
    const looksNumeric = /^[0-9.]+$/.test(value);
    if (isIP(value) !== 0 || (hostname.test(value) && !looksNumeric)) return value;
    faults.push(`${name}: "${value}" is neither an IP address nor a host name`);
    return otherwise;
  };

  return { text, integer, word, host, faults };
}

/** Throws a ConfigError that lists every fault. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const read = createReader(env);
  const config: Config = {
    port: read.integer('PORT', { min: 0, max: 65_535, otherwise: 8080 }),
    host: read.host('HOST', '0.0.0.0'),
    logLevel: read.word('LOG_LEVEL', LOG_LEVELS, 'info'),
    dataDir: resolve(read.text('DATA_DIR') ?? 'data'),
    // Kubernetes gives an admission webhook 10 s and hears nothing after that: answering later helps nobody there.
    planTimeoutMs: read.integer('PLAN_TIMEOUT_MS', { min: 1, max: DAY_MS, otherwise: 10_000 }),
    memoryCacheBytes: read.integer('MEMORY_CACHE_BYTES', { min: 0, max: 1024 * GiB, otherwise: 64 * MiB }),
    diskCacheBytes: read.integer('DISK_CACHE_BYTES', { min: 0, max: 1024 * GiB, otherwise: GiB }),
    // One core stays with the event loop, so that health checks and cached answers do not queue behind plans.
    plannerThreads: read.integer('PLANNER_THREADS', {
      min: 1,
      max: 256,
      otherwise: Math.max(1, Math.min(8, availableParallelism() - 1)),
    }),
    plannerQueue: read.integer('PLANNER_QUEUE', { min: 0, max: 100_000, otherwise: 256 }),
    plannerMemoryMiB: read.integer('PLANNER_MEMORY_MIB', { min: 64, max: 65_536, otherwise: 512 }),
    bodyLimitBytes: read.integer('BODY_LIMIT_BYTES', { min: 1024, max: 256 * MiB, otherwise: MiB }),
    shutdownDelayMs: read.integer('SHUTDOWN_DELAY_MS', { min: 0, max: DAY_MS, otherwise: 0 }),
    // Docker sends SIGKILL 10 s after SIGTERM: what is not done by then is not done.
    shutdownGraceMs: read.integer('SHUTDOWN_GRACE_MS', { min: 1, max: DAY_MS, otherwise: 8_000 }),
  };
  if (read.faults.length > 0) throw new ConfigError(read.faults);
  return config;
}
