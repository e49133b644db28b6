import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createPlanCourses } from '../../src/http/plan-courses.ts';
import { createPlanningPool } from '../../src/http/planning-pool.ts';
import { OverloadedError } from '../../src/http/planning-queue.ts';
import type { Job, JobResult, JobRun, PlanningPool } from '../../src/http/ports.ts';
import { type Api, eventsOf, inProcessPool, memoryStore, startApi } from '../support/api.ts';
import { builtModule } from '../support/built.ts';
import { exampleRequest } from '../support/examples.ts';

const reference = exampleRequest('reference');
const later = { prefer: 'respond-async' };
let api: Api | undefined;
const held: HeldPool[] = [];
afterEach(async () => {
  for (const pool of held.splice(0)) pool.finish();
  await api?.close();
  api = undefined;
});

async function open(options: Parameters<typeof startApi>[0] = {}): Promise<Api> {
  api = await startApi(options);
  return api;
}

interface HeldPool extends PlanningPool {
  /** Told of the job that is held. */
  watch(): JobRun;
  finish(end?: (job: Job) => Promise<JobResult>): void;
}

/** A pool whose jobs wait until the test lets them end, and of which the test says how far they are. */
function heldPool(): HeldPool {
  const jobs: { readonly job: Job; readonly run: JobRun; readonly end: (result: Promise<JobResult>) => void }[] = [];
  const pool: HeldPool = {
    plan: (job, _signal, run = {}) => new Promise((end) => jobs.push({ job, run, end })),
    watch: () => jobs.at(-1)?.run ?? {},
    finish: (end = inProcessPool.plan) => {
      for (const held of jobs.splice(0)) held.end(end(held.job));
    },
    close: async () => {},
  };
  held.push(pool);
  return pool;
}

/** Asks for the reference plan, and lets the held job start. */
async function begun(pool: HeldPool, courses = createPlanCourses()) {
  const { call } = await open({ pool, courses });
  const asked = call('POST', '/plans', { body: reference, headers: later });
  await expect.poll(() => pool.watch().watch).toBeDefined();
  pool.watch().watch?.started();
  const answer = await asked;
  return { call, courses, answer, id: String(answer.json.id) };
}

/** What arrives on a connection, and how to cut it. */
async function listen(url: string, headers: Record<string, string> = {}) {
  const address = api?.app.server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const request = get({ port, path: url, headers });
  const [response] = await once(request, 'response');
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  response.on('error', () => undefined);
  return { response, text: () => text, cut: () => request.destroy() };
}

const progress = (accounted: number, best?: string) => ({
  enumerated: 100,
  accounted,
  evaluated: 1,
  ...(best && { best }),
});

describe('Prefer: respond-async', () => {
  it('answers 202 at once, and the plan is made', async () => {
    const pool = heldPool();
    const { call, answer, id } = await begun(pool);
    expect(answer.status).toBe(202);
    expect(answer.headers).toMatchObject({
      'preference-applied': 'respond-async',
      location: `/plans/${id}/status`,
      'retry-after': '1',
      'cache-control': 'no-store',
    });
    expect(answer.json).toMatchObject({ id, status: 'planning', phase: 'searching' });
    expect(pool.watch().timeoutMs).toBe(60_000);
    expect((await call('GET', `/plans/${id}`)).status).toBe(404);

    pool.watch().watch?.progress(progress(25, 'TP2'));
    const status = await call('GET', `/plans/${id}/status`);
    expect(status.headers['retry-after']).toBe('1');
    expect(status.json.progress).toEqual({ ...progress(25, 'TP2'), fraction: 0.25 });

    pool.finish();
    await expect.poll(async () => (await call('GET', `/plans/${id}/status`)).json.status).toBe('done');
    const done = await call('GET', `/plans/${id}/status`);
    expect(done.json).toEqual({ id, status: 'done', outcome: 'feasible', complete: true, links: answer.json.links });
    const plan = await call('GET', done.json.links.plan);
    expect(plan.json).toMatchObject({ id, status: 'feasible' });
    // What is known is answered as ever, whatever is preferred.
    const again = await call('POST', '/plans', { body: reference, headers: later });
    expect(again.status).toBe(200);
    expect(again.headers['preference-applied']).toBeUndefined();
    expect(again.text).toBe(plan.text);
  });

  it('waits first, as long as it is asked to', async () => {
    const pool = heldPool();
    const { call } = await open({ pool });
    const prefer = { prefer: 'respond-async, wait=1' };
    const start = performance.now();
    const slow = await call('POST', '/plans', { body: reference, headers: prefer });
    expect(slow.status).toBe(202);
    expect(slow.headers['preference-applied']).toBe('respond-async, wait=1');
    expect(performance.now() - start).toBeGreaterThan(990);
    const quick = call('POST', '/plans', { body: reference, headers: { prefer: 'respond-async, wait=60' } });
    await sleep(50);
    pool.finish();
    expect(await quick).toMatchObject({ status: 200, headers: { 'cache-status': expect.stringMatching('collapsed') } });
  });

  it('refuses at once what it would refuse otherwise', async () => {
    const full: PlanningPool = {
      plan: () => Promise.reject(new OverloadedError('full', 1)),
      close: async () => {},
    };
    const { call } = await open({ pool: full });
    expect((await call('POST', '/plans', { body: reference, headers: later })).status).toBe(503);
    expect((await call('POST', '/plans', { body: { ...reference, cluster: 1 }, headers: later })).status).toBe(400);
  });

  it('plans an equal request once, and tells its place in the queue', async () => {
    const pool = heldPool();
    const { call } = await open({ pool });
    const first = call('POST', '/plans', { body: reference, headers: later });
    await expect.poll(() => pool.watch().watch).toBeDefined();
    let ahead = 2;
    const { watch } = pool.watch();
    watch?.queued(() => ahead);
    expect((await first).json).toMatchObject({ phase: 'queued', queuePosition: 3 });
    ahead = 0;
    const second = await call('POST', '/plans', { body: reference, headers: later });
    expect(second.json).toMatchObject({ phase: 'queued', queuePosition: 1 });
    expect(pool.watch().watch).toBe(watch);
  });

  it('tells why a plan failed, and begins again when it is asked for again', async () => {
    const pool = heldPool();
    const { call, id } = await begun(pool);
    pool.finish(async () => ({ kind: 'out-of-time' }));
    await expect.poll(async () => (await call('GET', `/plans/${id}/status`)).json.status).toBe('failed');
    const { json } = await call('GET', `/plans/${id}/status`);
    expect(json.problem).toMatchObject({ type: '/docs/problems/out-of-time', status: 503 });
    const { text } = await call('GET', `/plans/${id}/events`);
    expect(eventsOf(text).map(({ event }) => event)).toEqual(['started', 'failed']);
    const again = call('POST', '/plans', { body: reference, headers: { prefer: 'respond-async, wait=30' } });
    await expect.poll(() => pool.watch().watch).toBeDefined();
    pool.finish();
    expect((await again).status).toBe(201);
    expect((await call('GET', `/plans/${id}/status`)).json.status).toBe('done');
  });

  it('never puts an answer that was cut short in the place of a whole one', async () => {
    const pool = heldPool();
    const store = memoryStore();
    const { call } = await open({ pool, store });
    const slow = call('POST', '/plans', { body: reference, headers: later });
    await expect.poll(() => pool.watch().watch).toBeDefined();
    pool.watch().watch?.started();
    const { id } = (await slow).json;
    await store.put({ id, status: 'feasible', complete: true, answer: Buffer.from('{}'), request: Buffer.from('{}') });
    pool.finish(async (job) => {
      const result = await inProcessPool.plan(job);
      return result.kind === 'answer' ? { ...result, complete: false } : result;
    });
    await expect.poll(async () => (await call('GET', `/plans/${id}/status`)).json).toMatchObject({ complete: true });
    expect((await store.get(id))?.plan.answer.toString()).toBe('{}');
  });

  it('knows nothing of other plans', async () => {
    const { call } = await open();
    for (const rest of ['status', 'events'])
      expect((await call('GET', `/plans/${'0'.repeat(64)}/${rest}`)).status).toBe(404);
    expect((await call('GET', `/plans/x/events`, { headers: { accept: 'application/json' } })).status).toBe(406);
  });
});

describe('events', () => {
  it('come as they happen, and end with the plan', async () => {
    const pool = heldPool();
    const { call, id, courses } = await begun(pool);
    const stream = await listen(`/plans/${id}/events`);
    expect(stream.response.statusCode).toBe(200);
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    await expect.poll(stream.text).toContain('event: started');
    expect(stream.text()).toMatch(/^retry: \d+\n\n/);
    const { watch } = pool.watch();
    watch?.progress(progress(10));
    await expect.poll(stream.text).toContain('"fraction":0.1');
    watch?.progress(progress(20));
    await expect.poll(stream.text).toContain('"fraction":0.2');
    watch?.verifying(progress(100));
    pool.finish();
    await once(stream.response, 'end');
    const events = eventsOf(stream.text());
    expect(events.map(({ event }) => event)).toEqual(['started', 'progress', 'progress', 'verifying', 'done']);
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    expect(courses.load()).toEqual({ running: 0, listeners: 0 });

    // Whoever comes later finds what is left of it: of the progress, the latest.
    const whole = await call('GET', `/plans/${id}/events`);
    expect(eventsOf(whole.text).map(({ event }) => event)).toEqual(['started', 'verifying', 'done']);
    const resumed = await call('GET', `/plans/${id}/events`, { headers: { 'last-event-id': events[3]?.id ?? '' } });
    expect(eventsOf(resumed.text).map(({ event }) => event)).toEqual(['done']);
    const over = await call('GET', `/plans/${id}/events`, { headers: { 'last-event-id': events[4]?.id ?? '' } });
    expect(over).toMatchObject({ status: 204, text: '' });
    const foreign = await call('GET', `/plans/${id}/events`, { headers: { 'last-event-id': 'another-9' } });
    expect(eventsOf(foreign.text)).toHaveLength(3);
  });

  it('of a plan that is only stored are its end', async () => {
    const { call } = await open();
    const { json } = await call('POST', '/plans', { body: reference });
    const { text } = await call('GET', `/plans/${json.id}/events`);
    expect(eventsOf(text)).toMatchObject([{ event: 'done', data: { status: 'done', id: json.id } }]);
    const [{ id: last = '' } = {}] = eventsOf(text);
    expect((await call('GET', `/plans/${json.id}/events`, { headers: { 'last-event-id': last } })).status).toBe(204);
  });

  it('hold nothing for a client that is gone, and go to a bounded number', async () => {
    const pool = heldPool();
    const { call, id, courses } = await begun(pool, createPlanCourses({ timeoutMs: 60_000, maxListeners: 3 }));
    const streams = await Promise.all([1, 2, 3].map(() => listen(`/plans/${id}/events`)));
    expect(courses.load().listeners).toBe(3);
    const refused = await call('GET', `/plans/${id}/events`);
    expect(refused.status).toBe(503);
    expect(refused.headers['retry-after']).toBe('5');
    for (const { cut } of streams) cut();
    await expect.poll(() => courses.load().listeners).toBe(0);
    // The plan goes on without them.
    pool.finish();
    await expect.poll(async () => (await call('GET', `/plans/${id}/status`)).json.status).toBe('done');
  });

  it('end with the service, which first lets its plans end', async () => {
    const pool = heldPool();
    const { id, courses } = await begun(pool);
    const stream = await listen(`/plans/${id}/events`);
    const heard = once(stream.response, 'end');
    const closed = api?.close();
    await expect.poll(courses.isOpen).toBe(false);
    const finished = performance.now();
    pool.finish();
    await Promise.all([closed, heard]);
    expect(eventsOf(stream.text()).at(-1)).toMatchObject({ event: 'done', data: { status: 'done' } });
    expect(performance.now() - finished).toBeLessThan(3_000);
    api = undefined;
  });
});

describe('with planning threads', () => {
  it('tells what the search really does', async () => {
    const log = { error: () => undefined };
    const worker = builtModule('http/planning-worker.js');
    const limits = { threads: 1, maxWaiting: 4, timeoutMs: 1, memoryMiB: 512 };
    const pool = createPlanningPool({ ...limits, warmUpMs: 0, log, worker });
    const { call } = await open({ pool });
    const body = exampleRequest('deepseek-many-nodes');
    // The pool's own deadline would be over before the search has begun.
    const [first, second] = [
      await call('POST', '/plans', { body, headers: later }),
      await call('POST', '/plans', { body: reference, headers: later }),
    ];
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.json).toMatchObject({ phase: 'queued', queuePosition: 1 });
    const { text } = await call('GET', `/plans/${first.json.id}/events`);
    const events = eventsOf(text);
    const seen = events.flatMap(({ data }) => (data.status === 'planning' ? (data.progress ?? []) : []));
    expect(events.map(({ event }) => event).filter((event) => event !== 'progress')).toEqual([
      'started',
      'verifying',
      'done',
    ]);
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.map(({ fraction }) => fraction)).toEqual(seen.map(({ fraction }) => fraction).sort((a, b) => a - b));
    const plan = await call('GET', `/plans/${first.json.id}`);
    const { enumerated, evaluated } = plan.json.search;
    expect(seen.at(-1)).toMatchObject({ enumerated, evaluated, accounted: enumerated, fraction: 1 });
    for (const { accounted, best } of seen.slice(0, -1)) {
      expect(accounted).toBeLessThanOrEqual(enumerated);
      expect(best).toMatch(/^[A-Z]/);
    }
  });
});
