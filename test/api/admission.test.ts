/** Overload and fairness, with real planning threads behind real sockets. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createPlanningPool, type OpenPlanningPool, type PlanningPoolOptions } from '../../src/http/planning-pool.ts';
import { type Answer, type Api, startApi } from '../support/api.ts';
import { builtModule } from '../support/built.ts';

let opened: Api[] = [];

afterEach(async () => {
  await Promise.all(opened.map((api) => api.close()));
  opened = [];
});

async function start(options: Partial<PlanningPoolOptions>): Promise<{ api: Api; pool: OpenPlanningPool }> {
  const pool = createPlanningPool({
    threads: 2,
    maxWaiting: 64,
    timeoutMs: 10_000,
    memoryMiB: 512,
    warmUpMs: 500,
    log: { error: () => {} },
    worker: builtModule('http/planning-worker.js'),
    ...options,
  });
  const api = await startApi({ pool });
  opened.push(api);
  await pool.ready();
  return { api, pool };
}

/** Takes a second or more: both modes of serving on 32 nodes. No two of them are the same plan. */
const largePlan = (number: number) => ({
  cluster: { gpu: 'h200-sxm', nodes: 32, gpusPerNode: 8 },
  model: 'deepseek-v3',
  workload: { kind: 'serving', inputTokens: 4000 + number, outputTokens: 500, saturated: true },
  objective: 'throughput',
});

/** Takes some 10 ms. */
const smallPlan = (number: number) => ({
  cluster: { gpu: 'h100-sxm', nodes: 1, gpusPerNode: 8 },
  model: 'llama-3.1-8b',
  workload: { kind: 'batch', batchSize: 8, sequenceLength: 512 + number },
});

/** Requests that were sent have arrived by then, on a machine however busy. */
const soon = { timeout: 20_000 };

interface Timed {
  readonly answer: Answer;
  readonly ms: number;
}

async function timed(answering: Promise<Answer>): Promise<Timed> {
  const start = performance.now();
  const answer = await answering;
  return { answer, ms: performance.now() - start };
}

describe('a stream of large plans', () => {
  it('does not keep small ones waiting, and is finished itself', { timeout: 300_000 }, async () => {
    const { api, pool } = await start({ threads: 2, timeoutMs: 300_000 });
    let streaming = true;
    // The first plan of its kind finds code that is not compiled yet.
    await api.call('POST', '/plans', { body: smallPlan(1_000) });
    const large = Array.from({ length: 3 }, (_, number) =>
      timed(api.call('POST', '/plans', { body: largePlan(number) })),
    );
    const streamed = Promise.all(large).finally(() => {
      streaming = false;
    });
    await expect.poll(() => pool.load().byClass.large.waiting, soon).toBe(2);

    const small: Timed[] = [];
    for (let number = 0; streaming && number < 40; number += 1) {
      expect(pool.load().byClass.large.running).toBeLessThanOrEqual(1);
      small.push(await timed(api.call('POST', '/plans', { body: smallPlan(number) })));
      await sleep(50);
    }
    const largeOnes = await streamed;
    expect(largeOnes.map(({ answer }) => answer.status)).toEqual([201, 201, 201]);
    expect(largeOnes.every(({ answer }) => answer.json.search.exhaustive)).toBe(true);
    expect(small.length).toBeGreaterThan(10);
    expect(small.map(({ answer }) => answer.status)).toEqual(small.map(() => 201));
    const slowestSmall = Math.max(...small.map(({ ms }) => ms));
    const fastestLarge = Math.min(...largeOnes.map(({ ms }) => ms));
    // Behind one large plan alone a small one would have waited for about as long as that takes.
    expect(slowestSmall).toBeLessThan(fastestLarge / 2);
  });
});

describe('beyond the queue', () => {
  it('503 comes at once, with a time to come back after, and known plans are served', {
    timeout: 120_000,
  }, async () => {
    const { api, pool } = await start({ threads: 1, maxWaiting: 1, timeoutMs: 60_000 });
    const known = { body: smallPlan(0) };
    expect((await api.call('POST', '/plans', known)).status).toBe(201);
    const busy = [0, 1].map((number) => api.call('POST', '/plans', { body: largePlan(number) }));
    await expect.poll(() => pool.load(), soon).toMatchObject({ running: 1, waiting: 1 });

    const strategy = { tp: 8 };
    for (const [url, body] of [
      ['/plans', smallPlan(1)],
      ['/plans', largePlan(2)],
      ['/estimates', { ...smallPlan(1), strategy }],
      ['/verifications', { ...smallPlan(1), strategy }],
    ] as const) {
      const { answer, ms } = await timed(api.call('POST', url, { body }));
      expect(answer.status, url).toBe(503);
      expect(answer.json.type).toBe('/docs/problems/overloaded');
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60);
      expect(ms).toBeLessThan(1_000);
    }
    const again = await timed(api.call('POST', '/plans', known));
    expect(again.answer.status).toBe(200);
    expect(again.answer.headers['cache-status']).toContain('hit');
    expect(again.ms).toBeLessThan(1_000);
    pool.hurry();
    await Promise.all(busy);
  });
});
