/** Planning threads that throw, exit or outgrow their memory: one caller is told, the others are served, threads come back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/http/metrics.ts';
import { createPlanningPool, type OpenPlanningPool } from '../../src/http/planning-pool.ts';
import { type Api, startApi } from '../support/api.ts';
import { threadOfTests } from '../support/built.ts';
import { referenceRequest } from '../support/examples.ts';
import { until } from '../support/faulted-server.ts';

const threads = 2;
let api: Api;
let pool: OpenPlanningPool;

// One pool for all: whatever happens to it, the next test finds it whole.
beforeAll(async () => {
  const metrics = createMetrics();
  pool = createPlanningPool({
    threads,
    maxWaiting: 100,
    timeoutMs: 15_000,
    memoryMiB: 64,
    warmUpMs: 0,
    log: { error: () => {} },
    recorder: metrics.pool,
    worker: threadOfTests('faulty-worker.mjs'),
  });
  metrics.watch({ pool: pool.load, store: () => [], shared: () => 'off' });
  api = await startApi({ pool, metrics });
  await pool.ready();
}, 60_000);
afterAll(() => api.close());

const failuresSeen = async (): Promise<number> => {
  const { text } = await api.call('GET', '/metrics');
  return Number(/^shardwell_planning_failures_total (\d+)$/m.exec(text)?.[1]);
};

const requestNamed = (name: string, batch: number) => {
  const { model, workload, ...rest } = referenceRequest();
  return { ...rest, model: { ...model, name }, workload: { ...workload, batchSize: 128 * batch } };
};
const plan = (name: string, batch = 1) => api.call('POST', '/plans', { body: requestNamed(name, batch) });

let batches = 0;
/** Batches of which no plan is known yet. */
const goodOnes = (): number[] =>
  Array.from({ length: 4 }, () => {
    batches += 1;
    return batches;
  });

const answers: readonly ['throws' | 'exits' | 'outgrows', number, string][] = [
  ['throws', 500, 'internal'],
  ['exits', 500, 'internal'],
  ['outgrows', 503, 'out-of-memory'],
];

describe('a planning thread', () => {
  it.each(answers)(
    'that %s fails its own request with %i %s, and no other',
    { timeout: 120_000 },
    async (name, status, slug) => {
      const before = await failuresSeen();
      const [bad, ...good] = await Promise.all([plan(name), ...goodOnes().map((batch) => plan('good', batch))]);
      expect(bad).toMatchObject({ status, json: { type: `/docs/problems/${slug}` } });
      expect(bad?.text).not.toContain('went wrong');
      if (status === 503) expect(bad?.headers['retry-after']).toMatch(/^\d+$/);
      expect(good.map((answer) => answer.status)).toEqual([201, 201, 201, 201]);
      expect(await failuresSeen()).toBe(before + 1);
      // Both threads are there again: a service that lost one with each fault would soon have none.
      for (let i = 0; i < threads; i += 1) await plan(name, 10 + i);
      expect(await failuresSeen()).toBe(before + 1 + threads);
      const later = await Promise.all(goodOnes().map((batch) => plan('good', batch)));
      expect(later.map((answer) => answer.status)).toEqual([201, 201, 201, 201]);
      await until(pool.load, { is: ({ running, waiting }) => running === 0 && waiting === 0, withinMs: 10_000 });
      expect(pool.load().threads).toBe(threads);
    },
  );

  it('is not asked again with what has just ended it while the caller waits', { timeout: 60_000 }, async () => {
    const before = await failuresSeen();
    const both = await Promise.all([plan('throws-late'), plan('throws-late')]);
    expect(both.map(({ status }) => status)).toEqual([500, 500]);
    // One flight: equal requests share their failure, as they share a plan.
    expect(await failuresSeen()).toBe(before + 1);
  });
});
