/** Callers of the built service over a real socket: the client of the package, and the examples in other languages. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Client, createClient, type PlanRequest, type PlanStatus, ServiceError } from '../../src/client/client.ts';
import { type BuiltServer, type Ended, startServer } from '../support/built-server.ts';
import { hasGo, hasPython } from '../support/tools.ts';

const run = promisify(execFile);
const given = (path: string) => JSON.parse(readFileSync(`examples/${path}.json`, 'utf8'));
const reference: PlanRequest = given('reference');
const large: PlanRequest = given('deepseek-many-nodes');

let server: BuiltServer;
let client: Client;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shardwell-clients-'));
  // Plans that wait have a deadline that large ones miss.
  server = await startServer({ DATA_DIR: folder, PLAN_TIMEOUT_MS: '2000' });
  client = createClient({ baseUrl: server.url });
}, 60_000);
afterAll(async () => {
  await server.stop('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

/** A server that answers with what is written, in that order. */
async function startFake(answers: readonly (readonly [number, Readonly<Record<string, string>>, string])[]) {
  const calls: { readonly line: string; readonly headers: IncomingHttpHeaders }[] = [];
  const fake = createServer(({ method, url, headers }, response) => {
    const [status, sent, body] = answers[calls.length] ?? [500, {}, ''];
    calls.push({ line: `${method} ${url}`, headers });
    response.writeHead(status, { ...sent, connection: 'close' }).end(body);
  });
  await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await new Promise((resolve) => fake.close(resolve));
  });
  const address = fake.address();
  return { calls, url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}` };
}

describe('the client', () => {
  it('has types of the document as it is (npm run client)', () => {
    const checked = spawnSync('npm', ['run', '--silent', 'client', '--', '--check'], { encoding: 'utf8' });
    expect(checked.status, checked.stdout + checked.stderr).toBe(0);
  });

  it('plans, estimates, verifies and reads the catalog', async () => {
    const plan = await client.plan(reference);
    if (plan.status !== 'feasible') throw new Error(plan.status);
    expect(plan.strategy.name).toBe('EP64_TP2');
    const stored = await client.GET('/plans/{id}', { params: { path: { id: plan.id } } });
    expect(stored.data).toEqual(plan);
    const placement = await client.GET('/plans/{id}/placement', {
      params: { path: { id: plan.id }, query: { limit: 2 } },
    });
    expect(placement.data).toMatchObject({ plan: plan.id, ranks: [{ rank: 0 }, { rank: 1 }] });
    const estimate = await client.POST('/estimates', { body: given('estimates/reference') });
    expect(estimate.data?.status).toBe('feasible');
    const verified = await client.POST('/verifications', { body: given('verifications/reference') });
    expect(verified.data?.verification.verdict).toBe('valid');
    const gpu = await client.GET('/gpus/{name}', { params: { path: { name: 'h200-sxm' } } });
    expect(gpu.data?.name).toBe('H200-SXM-141GB');
    const models = await client.GET('/models');
    expect(models.data?.models.length).toBeGreaterThan(10);
  });

  it('has errors as problems', async () => {
    const { data, error, response } = await client.GET('/plans/{id}', { params: { path: { id: '0'.repeat(64) } } });
    expect(data).toBeUndefined();
    expect(response.status).toBe(404);
    expect(error).toMatchObject({ type: '/docs/problems/plan-not-found', status: 404 });
    const bad = { ...reference, workload: { ...reference.workload, batchSize: 0 } } as PlanRequest;
    const failure = await client.plan(bad).catch((thrown: unknown) => thrown);
    if (!(failure instanceof ServiceError)) throw failure;
    expect(failure.problem.errors).toMatchObject([{ pointer: '/workload/batchSize' }]);
  });

  it('follows a plan that is made without it', async () => {
    const asked = await client.POST('/plans', { body: large, params: { header: { prefer: 'respond-async' } } });
    expect(asked.response.status).toBe(202);
    if (asked.data?.status !== 'planning') throw new Error('no status');
    const { id } = asked.data;
    const seen: string[] = [];
    for await (const { event } of client.events(id)) seen.push(event);
    expect(seen[0]).toBe('started');
    expect(seen).toContain('progress');
    expect(seen.at(-1)).toBe('done');
    const plan = await client.GET('/plans/{id}', { params: { path: { id } } });
    expect(plan.data).toMatchObject({ status: 'feasible', search: { exhaustive: true } });
    const known = await client.plan(large);
    expect(known).toEqual(plan.data);
  });

  it('waits for a plan without holding a request open', async () => {
    const heard: PlanStatus[] = [];
    const request = { ...large, objective: 'latency' as const };
    const plan = await client.plan(request, { onStatus: (status) => heard.push(status) });
    expect(plan).toMatchObject({ status: 'feasible', objective: 'latency' });
    // Quick machines have it within the time that the client waits.
    if (heard.length > 0) expect(heard.at(-1)).toMatchObject({ status: 'done' });
    await expect(client.plan(request, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });

  it('tries again what may pass, after as long as it is told', async () => {
    const fake = await startFake([
      [503, { 'retry-after': '1', 'content-type': 'application/problem+json' }, '{"title":"busy","status":503}'],
      [202, { 'content-type': 'application/json' }, '{"id":"x","status":"planning"}'],
      [404, { 'content-type': 'application/problem+json' }, '{"title":"elsewhere","status":404}'],
      [200, { 'content-type': 'application/json' }, '{"id":"x","status":"feasible"}'],
    ]);
    const start = performance.now();
    expect(await createClient({ baseUrl: fake.url }).plan(reference)).toMatchObject({ status: 'feasible' });
    expect(performance.now() - start).toBeGreaterThan(990);
    expect(fake.calls.map(({ line }) => line)).toEqual([
      'POST /plans',
      'POST /plans',
      'GET /plans/x/events',
      'POST /plans',
    ]);
  });

  it('resumes events where they broke off, and says who it is', async () => {
    const event = (id: string, name: string) => `id: ${id}\nevent: ${name}\ndata: {"id":"x"}\n\n`;
    const stream = { 'content-type': 'text/event-stream' };
    const fake = await startFake([
      [200, stream, `retry: 10\n\n${event('a-1', 'started')}: nothing new\n\n${event('a-2', 'progress')}`],
      [502, {}, 'no gateway'],
      [200, stream, event('a-3', 'done')],
    ]);
    const seen: string[] = [];
    for await (const { id } of createClient({ baseUrl: fake.url, token: 'secret' }).events('x')) seen.push(id);
    expect(seen).toEqual(['a-1', 'a-2', 'a-3']);
    expect(fake.calls.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, 'a-2', 'a-2']);
    for (const { headers } of fake.calls) expect(headers.authorization).toBe('Bearer secret');
  });

  it('gets the best so far of a service that stops, and the plan is stored', { timeout: 90_000 }, async () => {
    const env = { DATA_DIR: join(folder, 'stopped'), SHUTDOWN_GRACE_MS: '30000' };
    const stopping = await startServer(env);
    const caller = createClient({ baseUrl: stopping.url });
    // Some ten thousand million candidates: no machine is through with them by then.
    const endless: PlanRequest = { ...large, cluster: { ...large.cluster, nodes: 131_072 } };
    const asked = await caller.POST('/plans', { body: endless, params: { header: { prefer: 'respond-async' } } });
    expect(asked.response.status).toBe(202);
    if (asked.data?.status !== 'planning') throw new Error('no status');
    const { id } = asked.data;
    let last: PlanStatus | undefined;
    let ended: Promise<Ended> | undefined;
    for await (const { data } of caller.events(id)) {
      last = data;
      // Once there is a best so far.
      if (data.status === 'planning' && data.progress?.best !== undefined) ended ??= stopping.stop('SIGTERM');
    }
    expect(last).toMatchObject({ status: 'done', outcome: 'feasible', complete: false });
    expect(await ended).toEqual({ code: 0, signal: null });

    const next = await startServer(env);
    onTestFinished(async () => {
      await next.stop('SIGTERM');
    });
    const kept = await createClient({ baseUrl: next.url }).GET('/plans/{id}', { params: { path: { id } } });
    expect(kept.data).toMatchObject({ status: 'feasible', search: { exhaustive: false } });
  });

  it('is in the package', async () => {
    const script = `import { createClient } from 'shardwell/client';
      const plan = await createClient({ baseUrl: process.argv[1] }).plan(${JSON.stringify(reference)});
      console.log(plan.strategy.name);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, server.url]);
    expect(stdout.trim()).toBe('EP64_TP2');
  });
});

describe.each([
  { name: 'plan.py', program: 'python3', before: [], there: hasPython },
  { name: 'plan.go', program: 'go', before: ['run'], there: hasGo },
])('examples/clients/$name', ({ name, program, before, there }) => {
  const call = (...words: string[]) => run(program, [...before, `examples/clients/${name}`, ...words]);

  it.skipIf(!there)('prints what was chosen, large plans and small', { timeout: 120_000 }, async () => {
    expect((await call(server.url, 'examples/reference.json')).stdout.trim()).toBe('EP64_TP2 optimal');
    const path = join(folder, `${name}.json`);
    const own = { ...large, workload: { ...large.workload, batchSize: name === 'plan.py' ? 96 : 80 } };
    writeFileSync(path, JSON.stringify(own));
    // Without a wait the plan is polled for.
    expect((await call(server.url, path, '0')).stdout.trim()).toMatch(/^[A-Z]\S+ optimal$/);
  });

  it.skipIf(!there)('says what is wrong with a request', { timeout: 120_000 }, async () => {
    const path = join(folder, 'bad.json');
    writeFileSync(path, '{}');
    await expect(call(server.url, path)).rejects.toMatchObject({ stderr: expect.stringContaining('fault') });
  });
});
