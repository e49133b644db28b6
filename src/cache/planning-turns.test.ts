/** Stores of several replicas before one real Redis: who plans, who waits, and for how long. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Counting, createCounting } from '../../test/support/counting-recorder.ts';
import { type RedisServer, startRedis } from '../../test/support/redis-server.ts';
import { hasRedis } from '../../test/support/tools.ts';
import { type OpenPlanStore, openPlanStore, type SharedOptions } from './plan-store.ts';
import type { StoredPlan } from './stored-plan.ts';

let redis: RedisServer;
let seen: Counting;
const replicas: OpenPlanStore[] = [];

const LEASE_MS = 600;

async function open(options: Partial<SharedOptions> = {}): Promise<OpenPlanStore> {
  const { log, recorder } = seen;
  const shared = { url: redis.url, timeoutMs: 1_000, leaseMs: LEASE_MS, ttlSeconds: 60, waitMs: 5_000 };
  const store = await openPlanStore({
    dataDir: 'never-made',
    memoryBytes: 1 << 20,
    diskBytes: 0,
    log,
    recorder,
    shared: { ...shared, recorder, onState: () => {}, ...options },
  });
  replicas.push(store);
  await until(() => store.shared() === 'up');
  return store;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const start = performance.now(); !(await holds()); await sleep(10)) {
    if (performance.now() - start > 8_000) throw new Error(`never: ${holds}`);
  }
}

const plan = (id: string, complete = true): StoredPlan => ({
  id,
  status: 'feasible',
  complete,
  answer: randomBytes(6_000),
  request: Buffer.from('{}'),
});

async function myTurn(store: OpenPlanStore, id = 'a') {
  const turn = await store.turn({ id });
  if (turn.kind !== 'turn') throw new Error(`not my turn: ${turn.kind}`);
  return turn;
}

describe.runIf(hasRedis)('replicas that are asked the same', () => {
  beforeEach(async () => {
    seen = createCounting();
    redis = await startRedis();
  });
  afterEach(async () => {
    for (const store of replicas.splice(0)) await store.close();
    await redis.stop();
  });

  it('plan it once: the others get the plan, and keep it', async () => {
    const [one, two, three] = [await open(), await open(), await open()];
    const turn = await myTurn(one);
    expect(turn.waitedMs).toBeLessThan(1_000);
    const waiting = [two.turn({ id: 'a' }), three.turn({ id: 'a' })];
    // Longer than a lease: it is renewed.
    await sleep(LEASE_MS * 2);
    const made = plan('a');
    await one.put(made);
    turn.release();
    expect(await Promise.all(waiting)).toEqual([
      { kind: 'planned', plan: made },
      { kind: 'planned', plan: made },
    ]);
    expect(await two.get('a')).toEqual({ plan: made, tier: 'memory' });
    expect(seen.counts).toMatchObject({ 'own turn': 1, 'elsewhere turn': 2 });
    const later = await open();
    expect(await later.get('a')).toEqual({ plan: made, tier: 'shared' });
    expect(await later.get('a')).toEqual({ plan: made, tier: 'memory' });
  });

  it('take over from one that fails, at once', async () => {
    const [one, two] = [await open(), await open()];
    const turn = await myTurn(one);
    const next = myTurn(two);
    await sleep(100);
    turn.release();
    const { waitedMs, release } = await next;
    expect(waitedMs).toBeGreaterThan(90);
    expect(waitedMs).toBeLessThan(LEASE_MS + 400);
    release();
  });

  it('take over from one that has died, when its lease is over', async () => {
    const two = await open();
    // A holder that renews nothing is one that is dead.
    await redis.client.set('shardwell:1:lease:a', 'of a dead replica', 'PX', LEASE_MS);
    const { waitedMs, release } = await myTurn(two);
    expect(waitedMs).toBeGreaterThan(LEASE_MS * 0.8);
    expect(waitedMs).toBeLessThan(LEASE_MS + 1_000);
    release();
    await until(async () => (await redis.client.exists('shardwell:1:lease:a')) === 0);
  });

  it('answer those who waited with what the deadline left, and nobody who comes later', async () => {
    const [one, two] = [await open(), await open()];
    const turn = await myTurn(one);
    const waiting = two.turn({ id: 'a' });
    await sleep(100);
    const cut = plan('a', false);
    await one.put(cut);
    turn.release();
    expect(await waiting).toEqual({ kind: 'planned', plan: cut });
    const later = await open();
    expect(await later.get('a')).toEqual({ plan: cut, tier: 'shared' });
    (await myTurn(later)).release();

    // An attempt that left nothing new is no answer: the plan that was there before is the one that would not do.
    const again = await myTurn(one);
    const heir = two.turn({ id: 'a', stale: cut });
    await sleep(100);
    again.release();
    expect((await heir).kind).toBe('turn');
  });

  it('find what another has finished of a plan that was cut short here', async () => {
    const [one, two] = [await open(), await open()];
    await one.put(plan('a', false));
    const whole = plan('a');
    await two.put(whole);
    expect(await one.get('a')).toEqual({ plan: whole, tier: 'shared' });
  });

  it('wait no longer than their caller, their deadline and their service', async () => {
    const [one, two] = [await open(), await open({ waitMs: 300 })];
    const turn = await myTurn(one);
    expect(await two.turn({ id: 'a' })).toEqual({ kind: 'out-of-time' });
    const three = await open();
    const leaver = new AbortController();
    const left = three.turn({ id: 'a', signal: leaver.signal });
    await sleep(50);
    leaver.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    const stopped = three.turn({ id: 'a' });
    await sleep(50);
    three.hurry();
    expect(await stopped).toEqual({ kind: 'out-of-time' });
    turn.release();
  });

  it('plan each for itself where nobody can say whose turn it is', async () => {
    const [one, two] = [await open(), await open()];
    const turn = await myTurn(one);
    const waiting = myTurn(two);
    await sleep(100);
    await redis.stop();
    const { waitedMs } = await waiting;
    expect(waitedMs).toBeLessThan(2_000);
    expect(seen.counts).toMatchObject({ 'own turn': 1, 'alone turn': 1 });
    turn.release();
  });

  it('share what was made while the shared tier was gone, once it is back', async () => {
    const [one, two] = [await open(), await open()];
    const { port } = redis;
    await redis.stop();
    const made = [plan('a'), plan('b'), plan('c')];
    for (const each of made) await one.put(each);
    redis = await startRedis({ port });
    await until(async () => (await redis.client.exists(...made.map(({ id }) => `shardwell:1:plan:${id}`))) === 3);
    await until(() => two.shared() === 'up');
    for (const each of made) expect(await two.get(each.id)).toEqual({ plan: each, tier: 'shared' });
  });
});
