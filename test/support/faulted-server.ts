/** What the tests of test/faults have in common: a built server with a folder of its own, and what it says of itself. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach } from 'vitest';
import { type BuiltServer, startServer } from './built-server.ts';

const reference: { cluster: { gpu: object } } = JSON.parse(
  readFileSync(new URL('../../examples/reference.json', import.meta.url), 'utf8'),
);

/**
 * Requests that differ in their GPU's bandwidth by next to nothing: each is a plan of its own, feasible, and made in some
 * milliseconds. `seed` keeps apart what several series of one test ask for; an index is less than 1000.
 */
export function distinctPlan(seed: number, index: number): string {
  const { cluster } = reference;
  const gpu = { ...cluster.gpu, memoryBandwidthGBps: 1800 + seed + index / 1000 };
  return JSON.stringify({ ...reference, cluster: { ...cluster, gpu } });
}

export const exampleText = (name: string): string =>
  readFileSync(new URL(`../../examples/${name}.json`, import.meta.url), 'utf8');

export const post = (url: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${url}/plans`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

/** The value of a series of /metrics by its name, and labels where they are given; the sum of all that have the name. */
export async function metricOf(url: string, series: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${series} `) || line.startsWith(`${series}{`));
  if (lines.length === 0) throw new Error(`no ${series} in /metrics`);
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Asks until it is so; what was seen last is told where it never is. */
export async function until<T>(
  ask: () => Promise<T> | T,
  { is, withinMs }: { readonly is: (seen: T) => boolean; readonly withinMs: number },
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const seen = await ask();
    if (is(seen)) return seen;
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms; the last was ${JSON.stringify(seen)}`);
    await sleep(50);
  }
}

export interface FaultedServers {
  /** Of the present test. */
  dataDir(): string;
  start(env?: Readonly<Record<string, string>>): Promise<BuiltServer>;
}

/** Registers with the file's hooks: whatever a test starts is killed after it, and its folder goes. */
export function faultedServers(): FaultedServers {
  let dataDir = '';
  const running: BuiltServer[] = [];
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'shardwell-faults-'));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.stop('SIGKILL')));
    rmSync(dataDir, { recursive: true, force: true });
  });
  return {
    dataDir: () => dataDir,
    async start(env = {}) {
      const server = await startServer({ DATA_DIR: dataDir, LOG_LEVEL: 'info', ...env });
      running.push(server);
      return server;
    },
  };
}
