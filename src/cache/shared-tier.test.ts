/** The shared tier against a real Redis that goes wrong in the ways that one does. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Counting, createCounting } from '../../test/support/counting-recorder.ts';
import { type RedisServer, startRedis } from '../../test/support/redis-server.ts';
import { hasRedis } from '../../test/support/tools.ts';
import type { SharedState } from './cache-recorder.ts';
import { openSharedTier, type SharedTier, type SharedTierOptions } from './shared-tier.ts';
import { encodePlan, type StoredPlan } from './stored-plan.ts';

let redis: RedisServer;
let seen: Counting;
let states: SharedState[];
const opened: SharedTier[] = [];

/** Patient by default: what is tested must not hang on how busy the machine is. */
async function open(options: Partial<SharedTierOptions> = {}): Promise<SharedTier> {
  const { log, recorder } = seen;
  const tier = openSharedTier({
    url: redis.url,
    timeoutMs: 1_000,
    leaseMs: 10_000,
    ttlSeconds: 60,
    log,
    recorder,
    onState: (state) => states.push(state),
    ...options,
  });
  opened.push(tier);
  return tier;
}

async function until(holds: () => boolean, limitMs = 8_000): Promise<number> {
  const start = performance.now();
  while (!holds()) {
    if (performance.now() - start > limitMs) throw new Error(`not within ${limitMs} ms: ${holds}`);
    await sleep(10);
  }
  return performance.now() - start;
}

async function openAndUp(options: Partial<SharedTierOptions> = {}): Promise<SharedTier> {
  const tier = await open(options);
  await until(() => tier.state() === 'up');
  return tier;
}

const plan = (id: string, complete = true, bytes = 6_000): StoredPlan => ({
  id,
  status: 'feasible',
  complete,
  answer: randomBytes(bytes),
  request: Buffer.from(`{"of":"${id}"}`),
});

describe.runIf(hasRedis)('the shared tier', () => {
  beforeEach(async () => {
    seen = createCounting();
    states = [];
    redis = await startRedis();
  });
  afterEach(async () => {
    for (const tier of opened.splice(0)) tier.close();
    await redis.stop();
  });

  it('gives to one replica what another put there, for as long as is set', async () => {
    const [one, two] = [await openAndUp(), await openAndUp({ url: redis.url.replace('redis:', 'valkey:') })];
    const whole = plan('a');
    expect(await two.get('a')).toBeUndefined();
    expect(await one.put(whole)).toBe(true);
    expect(await two.get('a')).toEqual(whole);
    const ttl = await redis.client.ttl('shardwell:1:plan:a');
    expect(ttl).toBeGreaterThan(50);
    expect(ttl).toBeLessThanOrEqual(60);
    const forever = await openAndUp({ ttlSeconds: 0 });
    await forever.put(plan('b'));
    expect(await redis.client.ttl('shardwell:1:plan:b')).toBe(-1);
    expect(seen.counts).toMatchObject({ 'shared miss': 1, 'shared hit': 1 });
    expect(seen.counts['shared failure']).toBeUndefined();
  });

  it('never lets an answer cut short take the place of a whole one', async () => {
    const tier = await openAndUp();
    const cut = plan('a', false);
    await tier.put(cut);
    expect(await tier.get('a')).toEqual(cut);
    const whole = plan('a');
    await tier.put(whole);
    await tier.put(cut);
    expect(await tier.get('a')).toEqual(whole);
  });

  const key = 'shardwell:1:plan:a';
  const envelope = (): Buffer => encodePlan(plan('a'), 0);
  it.each([
    ['torn', () => redis.client.set(key, envelope().subarray(0, 3000))],
    ['empty', () => redis.client.set(key, '')],
    ['tampered with', () => redis.client.set(key, Buffer.concat([envelope().subarray(0, -1), Buffer.from('!')]))],
    [
      'of another version',
      () => redis.client.set(key, Buffer.concat([envelope().subarray(0, 4), Buffer.from([9]), envelope().subarray(5)])),
    ],
    ['another plan', () => redis.client.set(key, encodePlan(plan('b'), 0))],
    ['a list', () => redis.client.rpush(key, 'x')],
    ['a hash', () => redis.client.hset(key, 'x', 'y')],
  ])('takes an entry that is %s for a miss: counted, deleted, and replaced', async (_name, spoil) => {
    const tier = await openAndUp();
    await spoil();
    expect(await tier.get('a')).toBeUndefined();
    expect(seen.counts).toMatchObject({ 'shared corruption': 1, 'shared miss': 1 });
    expect(await redis.client.exists(key)).toBe(0);
    // Found by whoever claims, it is neither an answer nor a reason not to plan.
    await spoil();
    expect(['taken', 'unavailable']).toContain(await tier.claim({ id: 'a', token: 't' }));
    expect(await tier.claim({ id: 'a', token: 't' })).toBe('mine');
    await spoil();
    const whole = plan('a');
    expect(await tier.put(whole)).toBe(true);
    expect(await tier.get('a')).toEqual(whole);
    expect(seen.counts['shared corruption']).toBe(2);
    expect(tier.state()).toBe('up');
  });

  it('gives a lease to one, until it is given back, expires, or the plan is there', async () => {
    const [one, two] = [await openAndUp({ leaseMs: 400 }), await openAndUp({ leaseMs: 400 })];
    const [mine, other] = [
      { id: 'a', token: 'one' },
      { id: 'a', token: 'two' },
    ];
    expect([await one.claim(mine), await two.claim(other)]).toEqual(['mine', 'taken']);
    await two.release(other);
    expect(await two.claim(other)).toBe('taken');
    for (let i = 0; i < 8; i += 1) {
      await sleep(100);
      await one.renew(mine);
    }
    expect(await two.claim(other)).toBe('taken');
    await one.release(mine);
    expect(await two.claim(other)).toBe('mine');
    // The holder is gone; nobody renews.
    await sleep(500);
    expect(await one.claim(mine)).toBe('mine');
    await two.renew(other);
    await two.release(other);
    expect(await two.claim(other)).toBe('taken');
    const whole = plan('a');
    await one.put(whole);
    expect(await two.claim(other)).toEqual({ plan: whole });
  });

  it('is read-only when the server is full, and takes plans again once it is not', async () => {
    const tier = await openAndUp();
    const known = plan('known');
    await tier.put(known);
    await redis.client.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.client.config('SET', 'maxmemory', '1mb');
    expect(await tier.put(plan('more'))).toBe(false);
    expect(tier.state()).toBe('read-only');
    expect(await tier.claim({ id: 'more', token: 't' })).toBe('unavailable');
    expect(await tier.get('known')).toEqual(known);
    for (let i = 0; i < 30; i += 1) await tier.put(plan(`more ${i}`));
    expect(tier.state()).toBe('read-only');
    await redis.client.config('SET', 'maxmemory', '0');
    await until(() => tier.state() === 'up');
    expect(await tier.put(plan('more'))).toBe(true);
    expect(states).toEqual(['up', 'read-only', 'up']);
    expect(seen.logged).toHaveLength(3);
    expect(seen.logged[1]).toMatch(/takes no more plans.*OOM/);
  });

  it('keeps nobody waiting while the server is paused, and is back by itself', async () => {
    const tier = await openAndUp({ timeoutMs: 50 });
    await tier.put(plan('a'));
    redis.process.kill('SIGSTOP');
    const waits: number[] = [];
    for (let i = 0; i < 40; i += 1) {
      const start = performance.now();
      expect(await tier.get(`b ${i}`)).toBeUndefined();
      waits.push(performance.now() - start);
    }
    // Some wait for a timeout of 50 ms each, until the breaker opens; then nobody does.
    expect(Math.max(...waits)).toBeLessThan(1_000);
    expect(tier.state()).toBe('down');
    expect(waits.filter((ms) => ms > 40).length).toBeLessThan(20);
    const failures = seen.counts['shared failure'] ?? 0;
    for (let i = 0; i < 1_000; i += 1) await tier.get('c');
    expect((seen.counts['shared failure'] ?? 0) - failures).toBeLessThan(20);
    redis.process.kill('SIGCONT');
    await until(() => tier.state() === 'up');
    expect(await tier.put(plan('d'))).toBe(true);
    expect(seen.logged.map((line) => line.split(' {')[0])).toEqual([
      'shared cache: in use',
      'shared cache: not in use; plans are kept and made here',
      'shared cache: in use',
    ]);
  });

  it('starts without a server, and uses it once it is there', async () => {
    const { port } = redis;
    await redis.stop();
    const tier = await open();
    expect(tier.state()).toBe('down');
    expect(await tier.get('a')).toBeUndefined();
    expect(await tier.put(plan('a'))).toBe(false);
    expect(await tier.claim({ id: 'a', token: 't' })).toBe('unavailable');
    await until(() => seen.logged.length > 0);
    expect(seen.logged).toEqual([expect.stringMatching(/not in use.*ECONNREFUSED/)]);
    redis = await startRedis({ port });
    await until(() => tier.state() === 'up');
    expect(await tier.put(plan('a'))).toBe(true);
    // Killed without a word, and started empty.
    await redis.stop();
    await until(() => tier.state() === 'down');
    redis = await startRedis({ port });
    await until(() => tier.state() === 'up');
    expect(await tier.get('a')).toBeUndefined();
    expect(states).toEqual(['down', 'up', 'down', 'up']);
  });

  it('says that its password is wrong, and does not say what it is', async () => {
    await redis.stop();
    redis = await startRedis({ args: ['--requirepass', 'the-right-one'] });
    const tier = await open({ url: redis.url.replace('//', '//:a-wrong-one@') });
    await until(() => seen.logged.length > 0);
    expect(await tier.put(plan('a'))).toBe(false);
    expect(tier.state()).toBe('down');
    expect(seen.logged.join()).toMatch(/WRONGPASS|NOAUTH/);
    expect(seen.logged.join()).not.toContain('wrong-one');
    const right = await openAndUp({ url: redis.url.replace('//', '//:the-right-one@') });
    expect(await right.put(plan('a'))).toBe(true);
  });
});
