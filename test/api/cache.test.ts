import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobResult, PlanningPool } from '../../src/http/ports.ts';
import { type Api, inProcessPool, memoryStore, startApi } from '../support/api.ts';
import { exampleRequest } from '../support/examples.ts';

const reference = exampleRequest('reference');
let api: Api | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

/** The in-process pool, counted, and slowed down where requests are to meet. */
function countingPool(change: (result: JobResult, run: number) => JobResult = (result) => result, waitMs = 0) {
  const seen = { runs: 0 };
  const pool: PlanningPool = {
    plan: async (job) => {
      seen.runs += 1;
      const run = seen.runs;
      await setTimeout(waitMs);
      return change(await inProcessPool.plan(job), run);
    },
    close: async () => {},
  };
  return { pool, seen };
}

/** The same JSON value with the keys of every object in reverse. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

describe('equal requests', () => {
  it('in any order of keys and any writing of numbers are planned once', async () => {
    const { pool, seen } = countingPool();
    api = await startApi({ pool });
    const first = await api.call('POST', '/plans', { body: reference });
    const texts = [
      JSON.stringify(reversed(reference)),
      JSON.stringify(reference, null, 3),
      JSON.stringify(reference).replace('"nodes":16', '"nodes":1.6e1').replace('"memoryGiB":64', '"memoryGiB":64.000'),
    ];
    for (const raw of texts) {
      expect(raw).not.toBe(JSON.stringify(reference));
      const again = await api.call('POST', '/plans', { raw });
      expect(again.status).toBe(200);
      expect(again.text).toBe(first.text);
      expect(again.headers['cache-status']).toBe('shardwell; hit; detail=memory');
    }
    expect(seen.runs).toBe(1);
  });

  it('at the same time are planned once', async () => {
    const { pool, seen } = countingPool(undefined, 500);
    api = await startApi({ pool });
    const { call } = api;
    const answers = await Promise.all(Array.from({ length: 10 }, () => call('POST', '/plans', { body: reference })));
    expect(seen.runs).toBe(1);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 201]);
    expect(
      answers.filter(({ headers }) => headers['cache-status'] === 'shardwell; fwd=uri-miss; collapsed'),
    ).toHaveLength(9);
  });

  it('a failed flight is not remembered', async () => {
    const { pool, seen } = countingPool((result, run) => (run === 1 ? { kind: 'out-of-time' } : result));
    api = await startApi({ pool });
    expect((await api.call('POST', '/plans', { body: reference })).status).toBe(503);
    expect((await api.call('POST', '/plans', { body: reference })).status).toBe(201);
    expect(seen.runs).toBe(2);
  });

  it('a different request has a different id', async () => {
    api = await startApi();
    const ids = new Set<string>();
    for (const change of [{}, { objective: 'latency' }, { options: { top: 1 } }]) {
      ids.add((await api.call('POST', '/plans', { body: { ...reference, ...change } })).json.id);
    }
    expect(ids.size).toBe(3);
  });
});

describe('an answer that a deadline cut short', () => {
  it('is kept under its id, never a hit, and replaced by a better one', async () => {
    const cut = (result: JobResult, run: number): JobResult =>
      run === 1 && result.kind === 'answer'
        ? { ...result, complete: false, json: result.json.replace('"exhaustive":true', '"exhaustive":false') }
        : result;
    const { pool, seen } = countingPool(cut);
    api = await startApi({ pool });
    const first = await api.call('POST', '/plans', { body: reference });
    expect(first.status).toBe(201);
    expect(first.json.search.exhaustive).toBe(false);
    const { id } = first.json;

    const kept = await api.call('GET', `/plans/${id}`);
    expect(kept.text).toBe(first.text);
    expect(kept.headers).toMatchObject({ 'cache-control': 'no-cache', etag: first.headers.etag });
    expect(kept.headers.etag).not.toBe(`"${id}"`);

    const second = await api.call('POST', '/plans', { body: reference });
    expect(second.headers['cache-status']).toBe('shardwell; fwd=stale; stored');
    expect(second.json).toMatchObject({ id, search: { exhaustive: true } });
    expect(seen.runs).toBe(2);

    const stale = await api.call('GET', `/plans/${id}`, { headers: { 'if-none-match': first.headers.etag ?? '' } });
    expect(stale.status).toBe(200);
    const third = await api.call('POST', '/plans', { body: reference });
    expect(third.headers['cache-status']).toBe('shardwell; hit; detail=memory');
    expect(seen.runs).toBe(2);
  });
});

describe('GET /plans/{id}', () => {
  it('answers 304 to whoever has it', async () => {
    api = await startApi();
    const { json, headers } = await api.call('POST', '/plans', { body: reference });
    const etag = headers.etag ?? '';
    for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const same = await api.call('GET', `/plans/${json.id}`, { headers: { 'if-none-match': tag } });
      expect(same.status).toBe(304);
      expect(same.text).toBe('');
      expect(same.headers).toMatchObject({ etag, 'cache-control': expect.stringContaining('immutable') });
    }
    const other = await api.call('GET', `/plans/${json.id}`, { headers: { 'if-none-match': '"x"' } });
    expect(other.status).toBe(200);
    const head = await api.call('HEAD', `/plans/${json.id}`);
    expect(head).toMatchObject({ status: 200, text: '', headers: { etag } });
  });

  it('a plan that the store has lost is planned again', async () => {
    const store = memoryStore();
    let lost = false;
    const forgetful = {
      ...store,
      byBody: (hash: string) => (lost ? undefined : store.byBody(hash)),
      get: async (id: string) => (lost ? undefined : store.get(id)),
    };
    api = await startApi({ store: forgetful });
    const first = await api.call('POST', '/plans', { body: reference });
    lost = true;
    expect((await api.call('GET', `/plans/${first.json.id}`)).status).toBe(404);
    const again = await api.call('POST', '/plans', { body: reference });
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
  });
});

describe('an infeasible request', () => {
  const tiny = exampleRequest('dense-8-gpus');
  Object.assign(tiny.cluster, { gpusPerNode: 1 });

  it('is a result with an id, 200, and is known the next time', async () => {
    api = await startApi();
    const made = await api.call('POST', '/plans', { body: tiny });
    expect(made.status).toBe(200);
    expect(made.headers.location).toBeUndefined();
    expect(made.json).toMatchObject({ status: 'infeasible', nearest: expect.anything() });
    const again = await api.call('POST', '/plans', { body: tiny });
    expect(again.headers['cache-status']).toBe('shardwell; hit; detail=memory');
    expect((await api.call('GET', `/plans/${made.json.id}`)).text).toBe(made.text);
  });

  it('is told remedies that work', async () => {
    api = await startApi();
    const { json } = await api.call('POST', '/plans', { body: tiny });
    expect(json.remedies.length).toBeGreaterThan(0);
    for (const { path, to, strategy } of json.remedies) {
      const mended = structuredClone(tiny);
      const keys = path.split('/').slice(1);
      const last = keys.pop();
      Reflect.set(
        keys.reduce((node: object, key: string) => Reflect.get(node, key), mended),
        last,
        to,
      );
      const plan = await api.call('POST', '/plans', { body: mended });
      expect(plan.status).toBe(201);
      expect(plan.json.strategy.name).toBe(strategy);
    }
  });

  it('has no placement and no files', async () => {
    api = await startApi();
    const { json } = await api.call('POST', '/plans', { body: tiny });
    for (const rest of ['placement', 'artifacts', 'artifacts/verify_strategy.py']) {
      const answer = await api.call('GET', `/plans/${json.id}/${rest}`);
      expect(answer.status).toBe(404);
      expect(answer.json.type).toBe('/docs/problems/plan-infeasible');
    }
  });
});
