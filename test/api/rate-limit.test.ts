/** So many requests a minute of each client: counted here, or together with other replicas. */
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { handleError } from '../../src/http/error-handler.ts';
import { openSharedCounts } from '../../src/http/rate-counts.ts';
import { type RateLimit, registerRateLimit } from '../../src/http/rate-limit.ts';
import { type Api, startApi } from '../support/api.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { hasRedis } from '../support/tools.ts';

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(rateLimit: RateLimit, trustProxy: readonly string[] = []): Promise<Api> {
  const api = await startApi({ rateLimit, config: { bodyLimitBytes: 2 ** 20, trustProxy } });
  closing.push(api.close);
  return api;
}

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

async function statuses(api: Api, { times, address }: { times: number; address?: string }): Promise<number[]> {
  const found: number[] = [];
  for (let time = 0; time < times; time += 1)
    found.push((await api.call('GET', '/gpus', address === undefined ? {} : from(address))).status);
  return found;
}

describe('the rate limit', () => {
  it('refuses what comes beyond it, and says when to come back', async () => {
    const api = await start({ perMinute: 3 });
    const first = await api.call('GET', '/gpus');
    expect(first.headers).toMatchObject({
      'ratelimit-limit': '3',
      'ratelimit-remaining': '2',
      'ratelimit-reset': '60',
    });
    expect((await api.call('GET', '/models')).headers['ratelimit-remaining'], 'one count for all routes').toBe('1');
    expect((await api.call('POST', '/plans', { body: {} })).status, 'a bad request counts').toBe(400);
    const refused = await api.call('POST', '/plans', { body: {} });
    expect(refused.status).toBe(429);
    expect(refused.json).toMatchObject({ type: '/docs/problems/rate-limited', status: 429 });
    const seconds = Number(refused.headers['retry-after']);
    expect(seconds).toBeGreaterThan(50);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(refused.headers).toMatchObject({ 'ratelimit-limit': '3', 'ratelimit-remaining': '0' });
  });

  it('leaves health and metrics alone', async () => {
    const api = await start({ perMinute: 1 });
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      for (let time = 0; time < 4; time += 1) {
        const { status, headers } = await api.call('GET', path);
        expect(status, path).not.toBe(429);
        expect(headers['ratelimit-limit']).toBeUndefined();
      }
    }
    expect(await statuses(api, { times: 2 })).toEqual([200, 429]);
  });

  it('takes no client’s word on its address, but a proxy’s that is trusted', async () => {
    const open = await start({ perMinute: 2 });
    const forged = [
      ...(await statuses(open, { times: 2, address: '203.0.113.1' })),
      ...(await statuses(open, { times: 1, address: '203.0.113.2' })),
    ];
    expect(forged).toEqual([200, 200, 429]);
    const behind = await start({ perMinute: 2 }, ['loopback']);
    expect(await statuses(behind, { times: 3, address: '203.0.113.1' })).toEqual([200, 200, 429]);
    expect(await statuses(behind, { times: 3, address: '203.0.113.2' })).toEqual([200, 200, 429]);
    // One customer's IPv6 network is one client.
    expect(await statuses(behind, { times: 2, address: '2001:db8::1' })).toEqual([200, 200]);
    expect(await statuses(behind, { times: 1, address: '2001:db8::2' })).toEqual([429]);
  });

  it('counts by who a request is proved to come from, where that is known', async () => {
    const app = Fastify();
    closing.push(() => app.close());
    app.setErrorHandler(handleError);
    // Stands for authentication, which sets the client in a hook of the app.
    app.decorateRequest('client', undefined);
    app.addHook('onRequest', async (request) => {
      const name = request.headers['x-name'];
      if (name !== undefined) Reflect.set(request, 'client', { name });
    });
    await registerRateLimit(app, { perMinute: 1 });
    app.get('/', async () => 'there');
    const asked = async (headers: Record<string, string>) => (await app.inject({ url: '/', headers })).statusCode;
    expect([await asked({ 'x-name': 'key:a' }), await asked({ 'x-name': 'key:a' })]).toEqual([200, 429]);
    expect(await asked({ 'x-name': 'key:b' })).toBe(200);
    expect([await asked({}), await asked({})]).toEqual([200, 429]);
  });
});

describe.runIf(hasRedis)('the rate limit of several replicas', () => {
  async function replicas(redis: RedisServer, perMinute: number) {
    const lines: string[] = [];
    let failures = 0;
    const watch = {
      log: {
        warn: (_: object, message: string) => lines.push(message),
        info: (message: string) => lines.push(message),
      },
      recorder: { failed: () => (failures += 1) },
    };
    const open = () => start({ perMinute, counts: openSharedCounts(redis.url, watch) });
    const both = [await open(), await open()] as const;
    await sleep(200);
    return { both, lines, failures: () => failures };
  }

  async function redis(): Promise<RedisServer> {
    const server = await startRedis();
    closing.push(server.stop);
    return server;
  }

  it('is one', async () => {
    const server = await redis();
    const { both, lines } = await replicas(server, 4);
    expect(await statuses(both[0], { times: 2 })).toEqual([200, 200]);
    expect(await statuses(both[1], { times: 3 })).toEqual([200, 200, 429]);
    expect(await statuses(both[0], { times: 1 })).toEqual([429]);
    const [key = ''] = await server.client.keys('shardwell:rate:*');
    expect(await server.client.pttl(key)).toBeGreaterThan(30_000);
    expect(lines).toEqual([]);
  });

  it('is each replica’s own while Redis is paused, without a wait that is felt, and is one again afterwards', async () => {
    const server = await redis();
    const { both, lines, failures } = await replicas(server, 100);
    expect(await statuses(both[0], { times: 1 })).toEqual([200]);
    server.process.kill('SIGSTOP');
    const waits: number[] = [];
    for (let time = 0; time < 20; time += 1) {
      const start = performance.now();
      expect(await statuses(both[0], { times: 1 })).toEqual([200]);
      waits.push(performance.now() - start);
    }
    // One request waits for the timeout of 50 ms, and the others are spared for a second.
    expect(Math.max(...waits)).toBeLessThan(500);
    expect(waits.filter((ms) => ms > 45).length).toBeLessThanOrEqual(4);
    expect(lines).toEqual(['rate limit: the shared count does not answer; each replica counts for itself']);
    expect(failures()).toBeGreaterThan(0);
    server.process.kill('SIGCONT');
    await sleep(2_500);
    await expect
      .poll(async () => [...(await statuses(both[0], { times: 1 })), lines.length], { timeout: 10_000 })
      .toEqual([200, 2]);
    expect(lines[1]).toBe('rate limit: counted together again');
  }, 30_000);

  it('does not trip over values that are not counts', async () => {
    const server = await redis();
    const { both, failures } = await replicas(server, 2);
    await server.client.set('shardwell:rate:ip:127.0.0.1', 'not a number');
    expect(await statuses(both[0], { times: 3 })).toEqual([200, 200, 429]);
    expect(failures()).toBeGreaterThan(0);
  });
});
