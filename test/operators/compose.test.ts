/** docker-compose.yml and docker/nginx.conf: valid, in accord with each other, and nginx before two real servers. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig, settings } from '../../src/config.ts';
import type { Setting } from '../../src/config-settings.ts';
import { type BuiltServer, startServer } from '../support/built-server.ts';
import { referenceRequest } from '../support/examples.ts';
import { freePort } from '../support/free-port.ts';
import { at, fields, listOf } from '../support/manifests.ts';
import { listening } from '../support/otlp-receiver.ts';
import { hasNginx } from '../support/tools.ts';

const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true });
const services = Object.entries(fields(compose.services)).map(([name, service]) => ({
  name,
  service: fields(service),
}));
const nginxConf = readFileSync('docker/nginx.conf', 'utf8');

describe('docker-compose.yml', () => {
  it('is valid (dclint)', () => {
    const { status, stdout } = spawnSync('node_modules/.bin/dclint', ['docker-compose.yml', '--quiet'], {
      encoding: 'utf8',
    });
    expect(stdout.trim()).toBe('');
    expect(status).toBe(0);
  });

  it('starts without a profile what it always did', () => {
    const plain = services.filter(({ service }) => service.profiles === undefined).map(({ name }) => name);
    expect(plain).toEqual(['grafana', 'prometheus', 'shardwell']);
    const others = services.filter(({ service }) => service.profiles !== undefined);
    expect(others.map(({ name }) => name)).toEqual(['cache', 'nginx', 'replica-a', 'replica-b']);
    for (const { service } of others) expect(service.profiles).toEqual(['replicas']);
  });

  it('sets what the service reads, and stops it within its grace period', () => {
    const names = Object.values<Setting<unknown>>(settings).map(({ name }) => name);
    for (const { service } of services.filter(({ name }) => /^(shardwell|replica)/.test(name))) {
      const env = fields(service.environment);
      expect(Object.keys(env).filter((name) => !names.includes(name))).toEqual([]);
      const given = Object.entries(env).filter(([, value]) => !String(value).includes('${'));
      const { shutdownDelayMs, shutdownGraceMs } = readConfig(
        Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
      );
      const grace = Number(/^(\d+)s$/.exec(String(service.stop_grace_period))?.[1]) * 1000;
      expect(shutdownDelayMs + shutdownGraceMs + 1_000).toBeLessThanOrEqual(grace);
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    }
  });

  it('mounts files that are there, and sends nginx and Prometheus to services that there are', () => {
    const names = services.map(({ name }) => name);
    const mounted = services.flatMap(({ service }) =>
      Array.isArray(service.volumes) ? service.volumes.map(String) : [],
    );
    const files = mounted.filter((volume) => volume.startsWith('./')).map((volume) => volume.split(':')[0] ?? '');
    expect(files).toContain('./docker/nginx.conf');
    for (const file of files) expect(() => execFileSync('ls', [file])).not.toThrow();
    const upstreams = [...nginxConf.matchAll(/^\s+server ([\w-]+):(\d+)/gm)];
    expect(upstreams.map(([, name]) => name)).toEqual(['replica-a', 'replica-b']);
    for (const [, , port] of upstreams) expect(Number(port)).toBe(readConfig({}).port);
    const [job] = listOf(at(parse(readFileSync('docker/prometheus.yml', 'utf8')), 'scrape_configs'));
    const asked = at(job, 'dns_sd_configs', 0, 'names');
    expect(Array.isArray(asked) && asked.every((name) => names.includes(String(name)))).toBe(true);
    expect(job?.job_name).toBe('shardwell');
  });
});

let folder: string;
let running: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shardwell-nginx-'));
});
afterEach(async () => {
  for (const stop of running.reverse()) await stop();
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

async function replica(env: Readonly<Record<string, string>> = {}): Promise<BuiltServer> {
  const server = await startServer({ DATA_DIR: mkdtempSync(join(folder, 'data-')), ...env });
  running.push(() => server.stop('SIGKILL'));
  return server;
}

/** nginx by the file as it is, but for addresses. */
async function nginx(upstreams: readonly [string, string]): Promise<string> {
  const port = await freePort();
  const conf = nginxConf
    .replace('replica-a:8080', upstreams[0])
    .replace('replica-b:8080', upstreams[1])
    .replace('listen 8080', `listen 127.0.0.1:${port}`)
    .replaceAll('/tmp/', `${folder}/`);
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, conf);
  const checked = spawnSync('nginx', ['-t', '-c', file, '-e', 'stderr'], { encoding: 'utf8' });
  expect(checked.status, checked.stderr).toBe(0);
  const child = spawn('nginx', ['-c', file, '-e', 'stderr', '-g', 'daemon off;'], { stdio: 'ignore' });
  const ended = once(child, 'close');
  running.push(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  const isUp = async () => (await fetch(`${url}/nginx-health`).catch(() => undefined))?.ok === true;
  for (let tries = 0; !(await isUp()); tries += 1) {
    if (tries > 100) throw new Error('nginx does not start');
    await sleep(50);
  }
  return url;
}

const withBatch = (batchSize: number) => {
  const request = referenceRequest();
  return JSON.stringify({ ...request, workload: { ...request.workload, batchSize } });
};
const post = (url: string, batchSize: number) =>
  fetch(`${url}/plans`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: withBatch(batchSize),
  });

describe.runIf(hasNginx)('nginx', () => {
  it('loses no request while one of two replicas stops, and answers as the service does when both are gone', async () => {
    const a = await replica({ SHUTDOWN_DELAY_MS: '500' });
    const b = await replica();
    const url = await nginx([new URL(a.url).host, new URL(b.url).host]);
    let stopping: Promise<unknown> | undefined;
    const statuses: number[] = [];
    for (let i = 1; i <= 60; i += 1) {
      if (i === 20) stopping = a.stop('SIGTERM');
      const response = await post(url, 128 * (1 + (i % 7)));
      await response.arrayBuffer();
      statuses.push(response.status);
      await sleep(20);
    }
    await stopping;
    expect(statuses.filter((status) => status !== 200 && status !== 201)).toEqual([]);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);

    await b.stop('SIGTERM');
    const gone = await post(url, 128);
    expect(gone.status).toBe(503);
    expect(gone.headers.get('content-type')).toBe('application/problem+json');
    expect(gone.headers.get('retry-after')).toBe('1');
    expect(await gone.json()).toMatchObject({ status: 503 });
  }, 180_000);

  it('asks the other replica again for what is safe to ask twice, and never sends a POST twice', async () => {
    const asked: string[] = [];
    const refusing = createServer((request, response) => {
      asked.push(String(request.method));
      request.resume();
      response.writeHead(503, { 'content-type': 'text/plain' }).end('busy');
    });
    const other = createServer((request, response) => {
      asked.push(`${request.method} again`);
      request.resume();
      response.end('here');
    });
    for (const server of [refusing, other]) running.push(async () => server.close());
    const hosts = [new URL(await listening(refusing)).host, new URL(await listening(other)).host] as const;
    const url = await nginx(hosts);
    for (let i = 0; i < 4; i += 1) expect((await fetch(`${url}/plans/1`)).status).toBe(200);
    asked.length = 0;
    const statuses: number[] = [];
    for (let i = 0; i < 6; i += 1) statuses.push((await post(url, 128)).status);
    // Each was answered by whom it reached first.
    expect(asked).toHaveLength(6);
    expect(statuses.filter((status) => status === 503)).toHaveLength(
      asked.filter((method) => method === 'POST').length,
    );
  });

  it('passes events on as they come', async () => {
    let finish = () => {};
    const upstream = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: progress\ndata: {}\n\n');
      finish = () => response.end('event: done\ndata: {}\n\n');
    });
    running.push(async () => upstream.close());
    const { host } = new URL(await listening(upstream));
    const url = await nginx([host, host]);
    const response = await fetch(`${url}/plans/${'a'.repeat(64)}/events`);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    // The stream is open still: a buffering proxy would have kept this.
    expect(new TextDecoder().decode(first?.value)).toContain('event: progress');
    finish();
    const second = await reader?.read();
    expect(new TextDecoder().decode(second?.value)).toContain('event: done');
    await reader?.cancel();
  });
});
