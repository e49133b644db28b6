/** The built service through a real socket: what a user sees. What it does in trouble is in test/faults. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BuiltServer, run, startServer } from '../support/built-server.ts';

const reference = readFileSync(new URL('../../examples/reference.json', import.meta.url), 'utf8');
const large = readFileSync(new URL('../../examples/deepseek-many-nodes.json', import.meta.url), 'utf8');

let dataDir: string;
const running: BuiltServer[] = [];

const start = async (env: Record<string, string> = {}) => {
  const server = await startServer({ DATA_DIR: dataDir, ...env });
  running.push(server);
  return server;
};

const post = (url: string, body: string) =>
  fetch(`${url}/plans`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'shardwell-smoke-'));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop('SIGKILL')));
  rmSync(dataDir, { recursive: true, force: true });
});

describe('the built server', () => {
  it('plans the reference, remembers it over a restart, and ends well', async () => {
    // As its users start it, warm-up and all.
    const first = await start({ PLANNER_WARM_UP_MS: '' });
    expect(first.readyAfterMs).toBeLessThan(10_000);
    expect(first.lines.filter((line) => line.includes(`Swagger UI at ${first.url}/docs`))).toHaveLength(1);
    const script = await fetch(`${first.url}/page/main.js`);
    expect([script.status, script.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
    const made = await post(first.url, reference);
    expect(made.status).toBe(201);
    const location = made.headers.get('location') ?? '';
    const answer = await made.text();
    expect(JSON.parse(answer)).toMatchObject({
      status: 'feasible',
      strategy: { name: 'EP64_TP2', gpus: 128 },
      modules: { count: 64, gpusPerModule: 2, expertsPerGpuPerLayer: 1, balancePercent: 100 },
      verification: { verdict: 'optimal' },
    });
    const again = await post(first.url, reference);
    expect([again.status, again.headers.get('cache-status')]).toEqual([200, 'shardwell; hit; detail=memory']);
    expect(await again.text()).toBe(answer);
    expect(await first.stop('SIGTERM')).toEqual({ code: 0, signal: null });

    const second = await start();
    const kept = await fetch(second.url + location);
    expect([kept.status, kept.headers.get('cache-status')]).toEqual([200, 'shardwell; hit; detail=disk']);
    expect(await kept.text()).toBe(answer);
    expect(await second.stop('SIGINT')).toEqual({ code: 0, signal: null });
  });

  it('starts with an empty store where the old one is damaged', async () => {
    const first = await start();
    const made = await post(first.url, reference);
    await first.stop('SIGTERM');
    writeFileSync(join(dataDir, 'plans', 'data.mdb'), 'this is no database');
    const second = await start();
    expect((await fetch(second.url + (made.headers.get('location') ?? ''))).status).toBe(404);
    expect((await post(second.url, reference)).status).toBe(201);
    const metrics = await (await fetch(`${second.url}/metrics`)).text();
    expect(metrics).toContain('shardwell_cache_corruptions_total{tier="disk"} 1');
  });

  it('plans without a disk', async () => {
    writeFileSync(join(dataDir, 'file'), '');
    const server = await start({ DATA_DIR: join(dataDir, 'file') });
    expect(await (await fetch(`${server.url}/health/ready`)).json()).toMatchObject({ store: 'memory-only' });
    expect((await post(server.url, reference)).status).toBe(201);
    expect((await post(server.url, reference)).status).toBe(200);
  });

  it('answers health checks at once while it plans', { timeout: 120_000 }, async () => {
    const server = await start();
    let planning = true;
    const plan = post(server.url, large).finally(() => {
      planning = false;
    });
    let longest = 0;
    while (planning) {
      const asked = performance.now();
      expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
      longest = Math.max(longest, performance.now() - asked);
    }
    expect((await plan).status).toBe(201);
    expect(longest).toBeLessThan(250);
  });

  it('keeps to its deadline', async () => {
    const server = await start({ PLAN_TIMEOUT_MS: '5' });
    const response = await post(server.url, large);
    const body: unknown = await response.json();
    // What it has found by then depends on the machine: a plan that says it is not the end of the search, or none.
    if (response.status === 503) {
      expect(body).toMatchObject({ type: '/docs/problems/out-of-time' });
      expect(response.headers.get('retry-after')).not.toBeNull();
    } else {
      expect(body).toMatchObject({ search: { exhaustive: false } });
    }
    const second = await post(server.url, large);
    expect(second.headers.get('cache-status') ?? '').not.toContain('hit');
  });

  it('names every fault of its environment, and does not start', async () => {
    const { ended, lines } = run({ PORT: 'http', LOG_LEVEL: 'loud' });
    expect(await ended).toEqual({ code: 1, signal: null });
    expect(lines.join(' ')).toMatch(/2 faults: .*PORT: "http" .*LOG_LEVEL: "loud"/);
  });

  it('says so when it cannot have its port', async () => {
    const first = await start();
    const { ended, lines } = run({
      PORT: new URL(first.url).port,
      HOST: '127.0.0.1',
      DATA_DIR: join(dataDir, 'other'),
    });
    expect(await ended).toEqual({ code: 1, signal: null });
    expect(lines.join('\n')).toMatch(/EADDRINUSE/);
  });
});
