/** Two built servers and one Redis: what they make of it together, and what becomes of them when it goes wrong. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuiltServer } from '../support/built-server.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import {
  createReplicas,
  endlessRequest,
  jsonOf,
  largeRequest,
  metric,
  postPlan,
  smallRequest,
  until,
} from '../support/replicas.ts';
import { hasRedis } from '../support/tools.ts';

let redis: RedisServer;
let one: BuiltServer;
let two: BuiltServer;
const replicas = createReplicas();

/** Where no fault is meant, no command is to fail only because the machine is busy. */
const patient = { CACHE_TIMEOUT_MS: '2000' };

const start = (env: Readonly<Record<string, string>>) =>
  replicas.start({ CACHE_URL: redis.url, LOG_LEVEL: 'info', ...env });

const stateOf = async ({ url }: BuiltServer): Promise<unknown> => {
  const response = await fetch(`${url}/health/ready`);
  expect(response.status).toBe(200);
  return (await jsonOf(response)).sharedCache;
};

const bothAre = (state: string) => async () => (await stateOf(one)) === state && (await stateOf(two)) === state;

const planned = (server: BuiltServer) => metric(server, 'shardwell_plans_total');
const turns = (server: BuiltServer, outcome: string) =>
  metric(server, 'shardwell_planning_turns_total', `outcome="${outcome}"`);
const ends = async () => {
  await replicas.stopAll();
  await redis.stop();
};
const leases = async () => (await redis.client.keys('shardwell:1:lease:*')).length;

interface Seen {
  readonly status: number;
  readonly ms: number;
}

let requestsSoFar = 1;
/** One that nobody has asked before. */
const newRequest = (): string => {
  requestsSoFar += 1;
  return smallRequest(128 * requestsSoFar);
};

/** Asks both servers, again and again, for a plan that is known and for new ones, until it is told to stop. */
function load() {
  const seen: Seen[] = [];
  let going = true;
  const caller = async (server: BuiltServer): Promise<void> => {
    for (let i = 0; going; i += 1) {
      const begin = performance.now();
      const response = await postPlan(server, i % 2 === 0 ? newRequest() : smallRequest());
      await response.arrayBuffer();
      seen.push({ status: response.status, ms: performance.now() - begin });
      await sleep(20);
    }
  };
  const callers = Promise.all([one, two].flatMap((server) => [caller(server), caller(server)]));
  return {
    async stop(): Promise<readonly Seen[]> {
      going = false;
      await callers;
      return seen;
    },
  };
}

/** How long the server is gone. */
const GONE_MS = 6_000;

const limits = { timeout: 120_000 };

describe.runIf(hasRedis)('replicas that share a Redis', limits, () => {
  beforeAll(async () => {
    redis = await startRedis();
    one = await start(patient);
    // It keeps nothing itself: whatever it serves is from Redis.
    two = await start({ ...patient, MEMORY_CACHE_BYTES: '0', DISK_CACHE_BYTES: '0' });
    await until(bothAre('up'));
  }, 120_000);
  afterAll(ends);

  it('search once between them', async () => {
    const answers = await Promise.all([postPlan(one, largeRequest), postPlan(two, largeRequest)]);
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(texts[0]).toBe(texts[1]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 201]);
    const waiter = answers.find(({ status }) => status === 200);
    expect(waiter?.headers.get('cache-status')).toBe('shardwell; fwd=uri-miss; collapsed; detail=shared');
    expect((await planned(one)) + (await planned(two))).toBe(1);
    expect((await turns(one, 'own')) + (await turns(two, 'own'))).toBe(1);
    expect((await turns(one, 'elsewhere')) + (await turns(two, 'elsewhere'))).toBe(1);
    await until(async () => (await leases()) === 0);
  });

  it('serve what the other has made: the plan, its placement and its files', async () => {
    const before = await planned(two);
    const made = await postPlan(one, smallRequest());
    expect(made.status).toBe(201);
    const text = await made.text();
    const location = made.headers.get('location') ?? '';
    const hit = await postPlan(two, smallRequest());
    expect([hit.status, hit.headers.get('cache-status')]).toEqual([200, 'shardwell; hit; detail=shared']);
    expect(await hit.text()).toBe(text);
    const plan = await fetch(two.url + location);
    expect([plan.status, plan.headers.get('cache-status')]).toEqual([200, 'shardwell; hit; detail=shared']);
    expect(await plan.text()).toBe(text);
    expect((await jsonOf(await fetch(`${two.url}${location}/placement`))).total).toBe(128);
    const files = await (await fetch(`${one.url}${location}/artifacts`)).text();
    expect(files).toContain('verify_strategy.py');
    expect(await (await fetch(`${two.url}${location}/artifacts`)).text()).toBe(files);
    const headers = { accept: 'application/x-ndjson' };
    const rows = await (await fetch(`${two.url}${location}/placement`, { headers })).text();
    expect(rows.trimEnd().split('\n')).toHaveLength(128);
    expect(await planned(two)).toBe(before);
  });

  it.each([
    ['truncated', (whole: Buffer, key: string) => redis.client.set(key, whole.subarray(0, 1_000))],
    [
      'of another version',
      (whole: Buffer, key: string) =>
        redis.client.set(key, Buffer.concat([whole.subarray(0, 4), Buffer.from([2]), whole.subarray(5)])),
    ],
    [
      'of another type',
      async (_whole: Buffer, key: string) => {
        await redis.client.del(key);
        await redis.client.lpush(key, 'not a plan');
      },
    ],
  ])('plan again where a value is %s, and replace it', async (_name, spoil) => {
    const text = await (await postPlan(one, smallRequest())).text();
    const key = `shardwell:1:plan:${JSON.parse(text).id}`;
    const whole = await redis.client.getBuffer(key);
    if (whole === null) throw new Error('the plan is not shared');
    const corruptions = () => metric(two, 'shardwell_cache_corruptions_total', 'tier="shared"');
    const before = await corruptions();
    await spoil(whole, key);
    const answer = await postPlan(two, smallRequest());
    expect(answer.status).toBe(201);
    const { id, strategy } = JSON.parse(text);
    expect(await jsonOf(answer)).toMatchObject({ id, strategy });
    expect(await corruptions()).toBe(before + 1);
    expect((await postPlan(two, smallRequest())).headers.get('cache-status')).toBe('shardwell; hit; detail=shared');
  });

  it('go on with a Redis that is full, and serve what is in it', async () => {
    const location = (await postPlan(one, smallRequest())).headers.get('content-location') ?? '';
    await redis.client.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.client.config('SET', 'maxmemory', '1mb');
    const calls = load();
    await until(bothAre('read-only'));
    await sleep(1_000);
    const seen = await calls.stop();
    expect(seen.filter(({ status }) => status !== 200 && status !== 201)).toEqual([]);
    expect((await fetch(two.url + location)).headers.get('cache-status')).toBe('shardwell; hit; detail=shared');
    await redis.client.config('SET', 'maxmemory', '0');
    await until(bothAre('up'));
  });
});

describe.runIf(hasRedis)('replicas whose Redis goes away', limits, () => {
  let port: number;
  const args = ['--enable-debug-command', 'yes'];
  beforeAll(async () => {
    redis = await startRedis();
    port = redis.port;
    await redis.stop();
    one = await start({});
    two = await start({});
  }, 120_000);
  afterAll(ends);

  it('start without it, and share what they have made once it is there', async () => {
    expect(await bothAre('down')()).toBe(true);
    const made = await postPlan(one, smallRequest());
    expect(made.status).toBe(201);
    redis = await startRedis({ port, args });
    await until(bothAre('up'));
    await until(async () => (await fetch(two.url + (made.headers.get('location') ?? ''))).status === 200);
  });

  it.each([
    [
      'is killed and started again',
      {
        begin: () => redis.stop(),
        end: async () => {
          redis = await startRedis({ port, args });
        },
      },
    ],
    [
      'is stopped in its tracks (SIGSTOP) and goes on',
      {
        begin: async () => void redis.process.kill('SIGSTOP'),
        end: async () => void redis.process.kill('SIGCONT'),
      },
    ],
    [
      'answers nobody for a while (CLIENT PAUSE)',
      { begin: () => redis.client.client('PAUSE', GONE_MS), end: async () => {} },
    ],
    [
      'hangs in a command (DEBUG SLEEP)',
      {
        begin: async () => void redis.client.debug('SLEEP', String(GONE_MS / 1_000)).catch(() => {}),
        end: async () => {},
      },
    ],
  ])('go on from memory and planning when it %s, and use it again', async (_name, { begin, end }) => {
    const linesBefore = one.lines.length;
    const failuresBefore = await metric(one, 'shardwell_cache_failures_total', 'tier="shared"');
    const calls = load();
    await sleep(500);
    await begin();
    const faultAt = performance.now();
    await until(bothAre('down'));
    await sleep(Math.max(0, GONE_MS - (performance.now() - faultAt)));
    await end();
    await until(bothAre('up'));
    await sleep(500);
    const seen = await calls.stop();
    expect(seen.length).toBeGreaterThan(20);
    expect(seen.filter(({ status }) => status !== 200 && status !== 201)).toEqual([]);
    // Whoever waits for the server waits for as long as it is gone. How long a plan takes, the machine decides.
    const waits = seen.map(({ ms }) => ms).sort((a, b) => a - b);
    expect(waits.at(-1)).toBeLessThan(GONE_MS - 1_000);
    expect(waits[Math.floor(waits.length / 2)]).toBeLessThan(1_000);
    const operations = 'shardwell_shared_cache_operation_seconds';
    const inTime = await metric(one, `${operations}_bucket`, 'le="0.25"');
    expect(inTime / (await metric(one, `${operations}_count`))).toBeGreaterThan(0.9);
    expect(await metric(one, 'shardwell_cache_failures_total', 'tier="shared"')).toBeGreaterThan(failuresBefore);
    expect(await metric(one, 'shardwell_shared_cache_state', 'state="up"')).toBe(1);
    // A line for each change, not for each request; a busy machine may make it come and go once more.
    const changes = one.lines.slice(linesBefore).filter((line) => line.includes('shared cache: '));
    expect(changes.length).toBeGreaterThanOrEqual(2);
    expect(changes.length).toBeLessThan(12);
    const made = await postPlan(one, newRequest());
    await until(async () => (await fetch(two.url + (made.headers.get('content-location') ?? ''))).status === 200);
  });
});

describe.runIf(hasRedis)('replicas of which one is lost to a plan', limits, () => {
  beforeAll(async () => {
    redis = await startRedis();
    const env = { ...patient, CACHE_LEASE_MS: '1500', DISK_CACHE_BYTES: '0' };
    one = await start({ ...env, PLAN_TIMEOUT_MS: '60000' });
    two = await start({ ...env, PLAN_TIMEOUT_MS: '6000' });
    await until(bothAre('up'));
  }, 120_000);
  afterAll(ends);

  it('are handed the work when its caller leaves it', async () => {
    const leaver = new AbortController();
    const headers = { 'content-type': 'application/json' };
    const left = fetch(`${one.url}/plans`, { method: 'POST', headers, body: endlessRequest, signal: leaver.signal });
    await until(async () => (await leases()) === 1);
    const waiting = postPlan(two, endlessRequest);
    await sleep(300);
    leaver.abort();
    await expect(left).rejects.toThrow();
    await until(async () => (await turns(two, 'own')) === 1, 4_000);
    await until(async () => (await metric(one, 'shardwell_planning_jobs_running')) === 0);
    expect([201, 503]).toContain((await waiting).status);
    await until(async () => (await leases()) === 0);
  });

  it('wait for one that is killed while it plans no longer than its lease', async () => {
    const body = endlessRequest.replace('"objective":', ' "objective":').replace('1048576', '524288');
    const lost = postPlan(one, body).catch(() => undefined);
    await until(async () => (await leases()) === 1);
    const before = await turns(two, 'own');
    const begin = performance.now();
    const answer = postPlan(two, body);
    await sleep(500);
    expect(await turns(two, 'own')).toBe(before);
    await one.stop('SIGKILL');
    expect(await until(async () => (await turns(two, 'own')) > before)).toBeLessThan(1_500 + 2_000);
    const response = await answer;
    expect(await lost).toBeUndefined();
    // The wait is part of the deadline: 6 s, and a little for ending.
    expect(performance.now() - begin).toBeLessThan(6_000 + 3_000);
    expect([201, 503]).toContain(response.status);
    if (response.status === 201) expect((await jsonOf(response)).search.exhaustive).toBe(false);
    await until(async () => (await leases()) === 0);
  });
});
