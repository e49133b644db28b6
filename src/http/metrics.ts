/**
 * What the service counts and times, under Prometheus's naming conventions: base units, `_total` for counters, no label whose values
 * a caller chooses. This file makes the recorders; metrics-routes.ts times requests and serves GET /metrics.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CacheRecorder, SharedRecorder, SharedState, Tier } from '../cache/cache-recorder.ts';
import type { TierSize } from '../cache/plan-store.ts';
import { type AuthRecorder, createAuthRecorder } from './auth/auth-recorder.ts';
import type { ConnectionRecorder } from './connections.ts';
import type { PoolRecorder } from './planning-pool.ts';
import { type ClassLoad, jobClasses, type QueueLoad } from './planning-queue.ts';
import type { JobResult, PlanRecorder } from './ports.ts';
import { createSharedRecorder, watchShared } from './shared-metrics.ts';

export interface RequestRecord {
  /** The route's pattern, never the path: paths hold ids. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

/** What is asked for its present state when Prometheus comes. */
export interface Watched {
  readonly pool: () => QueueLoad & { readonly threads: number };
  readonly store: () => readonly TierSize[];
  readonly shared: () => SharedState;
  readonly courses?: () => { readonly running: number; readonly listeners: number };
  /** Whether plans outlive the process; absent where no disk is asked for. */
  readonly durable?: () => boolean;
}

/** What of GET /version is a label, so that a query sees which replica runs which code. */
export interface Build {
  readonly version: string;
  readonly commit?: string;
  readonly answers: string;
  readonly node: string;
}

export interface Metrics {
  readonly cache: CacheRecorder;
  readonly shared: SharedRecorder;
  readonly pool: PoolRecorder;
  readonly connections: ConnectionRecorder;
  readonly plans: PlanRecorder;
  /** Counts of clients' requests that Redis did not take. */
  readonly rateCounts: { failed(): void };
  readonly auth: AuthRecorder;
  requestDone(record: RequestRecord): void;
  watch(watched: Watched): void;
  describe(build: Build): void;
  text(format: 'prometheus' | 'openmetrics'): Promise<string>;
}

/** A hit takes some 0.2 ms and a plan up to the deadline of 10 s: the buckets follow both. */
const LATENCY_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SIZE_BUCKETS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/** prom-client's own gauges that end in `_total`, which the conventions keep for counters: promtool refuses them. */
const MISNAMED_DEFAULTS = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

const OBJECTIVES: readonly string[] = ['balance', 'latency', 'throughput', 'memory', 'cost'];
const RESULTS: readonly string[] = ['feasible', 'infeasible', 'invalid', 'out-of-time'];
const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const LOCAL_TIERS = ['memory', 'disk'] as const;
const TIERS = [...LOCAL_TIERS, 'shared'] as const satisfies readonly Tier[];

/** A word from outside becomes a label only if it is one that is known. */
const oneOf = (words: readonly string[], word: string): string => (words.includes(word) ? word : 'other');

function createCacheRecorder(registers: Registry[]): CacheRecorder {
  const counter = (what: string, help: string, tiers: readonly Tier[] = TIERS) => {
    const made = new Counter({ name: `shardwell_cache_${what}_total`, help, labelNames: ['tier'], registers });
    const of = { memory: made.labels('memory'), disk: made.labels('disk'), shared: made.labels('shared') };
    // A series that is there from the start, at 0, is what makes its first increase visible to rate().
    for (const tier of tiers) of[tier].inc(0);
    return (tier: Tier) => of[tier].inc();
  };
  return {
    hit: counter('hits', 'Plans found, by tier.'),
    miss: counter('misses', 'Plans looked for and not found, by tier.'),
    eviction: counter('evictions', 'Plans let go to stay within the limit of a tier.', LOCAL_TIERS),
    corruption: counter('corruptions', 'Entries or stores that could not be trusted and were discarded, by tier.'),
    failure: counter('failures', 'Operations of a tier that failed: full, unwritable, not to be opened, too slow.'),
  };
}

function createPoolRecorder(registers: Registry[]): PoolRecorder {
  const counter = (what: string, help: string) =>
    new Counter({ name: `shardwell_planning_${what}_total`, help, registers });
  const refusals = counter('refusals', 'Jobs refused because all threads were busy and the queue was full.');
  const failures = counter('failures', 'Jobs that ended in an error, or with their thread.');
  const waits = new Histogram({
    name: 'shardwell_planning_wait_seconds',
    help: 'Time that a job waited for a planning thread, by what it was expected to take.',
    labelNames: ['class'],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  for (const jobClass of jobClasses) waits.zero({ class: jobClass });
  return {
    refused: () => refusals.inc(),
    failed: () => failures.inc(),
    waited: (seconds, jobClass) => waits.observe({ class: jobClass }, seconds),
  };
}

function createConnectionRecorder(registers: Registry[]): ConnectionRecorder {
  const open = new Gauge({ name: 'shardwell_http_connections', help: 'Connections that are open.', registers });
  const refusals = new Counter({
    name: 'shardwell_http_connection_refusals_total',
    help: 'Connections closed as they came, because there were too many.',
    registers,
  });
  return { opened: () => open.inc(), closed: () => open.dec(), refused: () => refusals.inc() };
}

const resultOf = (result: JobResult): string => (result.kind === 'answer' ? result.status : result.kind);

function createPlanRecorder(registers: Registry[]): PlanRecorder {
  const plans = new Counter({
    name: 'shardwell_plans_total',
    help: 'Plans that were searched for, by what came of it and by objective.',
    labelNames: ['result', 'objective'],
    registers,
  });
  for (const result of RESULTS) for (const objective of OBJECTIVES) plans.inc({ result, objective }, 0);
  const histogram = (name: string, { help, buckets }: { help: string; buckets: number[] }) =>
    new Histogram({ name: `shardwell_${name}`, help, buckets, registers });
  const enumerated = histogram('search_candidates', {
    help: 'Candidates in the space of a search.',
    buckets: SIZE_BUCKETS,
  });
  const evaluated = histogram('search_evaluated_candidates', {
    help: 'Candidates of a search whose cost was computed.',
    buckets: SIZE_BUCKETS,
  });
  const searchTime = histogram('search_duration_seconds', { help: 'Time of a search.', buckets: LATENCY_BUCKETS });
  const verifyTime = histogram('verification_duration_seconds', {
    help: 'Time of verifying the plan that a search chose.',
    buckets: LATENCY_BUCKETS,
  });
  return {
    planned({ result, objective }) {
      plans.inc({ result: resultOf(result), objective: oneOf(OBJECTIVES, objective) });
      if (result.kind !== 'answer') return;
      const { search, timings } = result;
      searchTime.observe(timings.searchMs / 1000);
      if (result.status === 'feasible') verifyTime.observe(timings.verifyMs / 1000);
      if (!search) return;
      enumerated.observe(search.enumerated);
      evaluated.observe(search.evaluated);
    },
  };
}

/** Gauges whose values are asked for at the scrape. */
function watchGauges(registers: Registry[], { pool, store, shared, courses, durable }: Watched): void {
  watchShared(registers, shared);
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name: `shardwell_${name}`,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge('planning_threads', 'Planning threads.', () => pool().threads);
  const jobsGauge = (name: string, help: string, value: (load: ClassLoad) => number) =>
    new Gauge({
      name: `shardwell_planning_${name}`,
      help: `${help}, by what they are expected to take.`,
      labelNames: ['class'],
      registers,
      collect() {
        const { byClass } = pool();
        for (const jobClass of jobClasses) this.set({ class: jobClass }, value(byClass[jobClass]));
      },
    });
  jobsGauge('queue_depth', 'Jobs that wait for a planning thread', ({ waiting }) => waiting);
  jobsGauge('jobs_running', 'Jobs that planning threads work on', ({ running }) => running);
  if (courses) {
    gauge('async_plans', 'Plans that are being made without their callers.', () => courses().running);
    gauge('event_listeners', 'Callers that have the events of a plan open.', () => courses().listeners);
  }
  const tierGauge = (name: string, help: string, value: (size: TierSize) => number) =>
    new Gauge({
      name: `shardwell_cache_${name}`,
      help,
      labelNames: ['tier'],
      registers,
      collect() {
        for (const size of store()) this.set({ tier: size.tier }, value(size));
      },
    });
  tierGauge('bytes', 'Bytes that the plans of a tier take.', ({ bytes }) => bytes);
  tierGauge('entries', 'Plans in a tier.', ({ entries }) => entries);
  if (durable === undefined) return;
  new Gauge({
    name: 'shardwell_store_durable',
    help: '1 where plans outlive the process, 0 where the disk that was asked for cannot be used.',
    registers,
    collect() {
      this.set(durable() ? 1 : 0);
    },
  });
}

function describeBuild(registers: Registry[], { version, commit = '', answers, node }: Build): void {
  const labels = { version, commit, answers: answers.slice(0, 12), node };
  new Gauge({
    name: 'shardwell_build_info',
    help: 'Always 1. The labels say which code answers; answers is the beginning of the hash that every plan’s id contains.',
    labelNames: Object.keys(labels),
    registers,
  }).set(labels, 1);
}

/**
 * OpenMetrics is the same text with a counter's family named without `_total`, no empty lines and an end mark. prom-client's own
 * rendering of it renames its counters for good, so that one scrape of each kind would spoil the next of the other.
 */
function toOpenMetrics(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '');
  return `${lines.map((line) => line.replace(/^(# (?:HELP|TYPE) \S+)_total /, '$1 ')).join('\n')}\n# EOF\n`;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED_DEFAULTS) registry.removeSingleMetric(name);

  const requests = new Histogram({
    name: 'shardwell_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer, by route pattern, method and status.',
    labelNames: ['route', 'method', 'status'],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const countFailures = new Counter({
    name: 'shardwell_rate_limit_failures_total',
    help: 'Requests counted here alone because the shared count did not answer.',
    registers,
  });

  return {
    cache: createCacheRecorder(registers),
    shared: createSharedRecorder(registers),
    pool: createPoolRecorder(registers),
    connections: createConnectionRecorder(registers),
    plans: createPlanRecorder(registers),
    rateCounts: { failed: () => countFailures.inc() },
    auth: createAuthRecorder(registers),
    requestDone({ route, method, status, seconds }) {
      requests.observe({ route, method: oneOf(METHODS, method), status }, seconds);
    },
    watch: (watched) => watchGauges(registers, watched),
    describe: (build) => describeBuild(registers, build),
    async text(format) {
      const text = await registry.metrics();
      return format === 'openmetrics' ? toOpenMetrics(text) : text;
    },
  };
}
