/** Built servers side by side, each with a folder of its own, and what tests ask of them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BuiltServer, startServer } from './built-server.ts';

const example = (name: string): string => readFileSync(new URL(`../../examples/${name}.json`, import.meta.url), 'utf8');

const reference: { workload: object } = JSON.parse(example('reference'));
const manyNodes: { cluster: object; workload: object } = JSON.parse(example('deepseek-many-nodes'));

/** A small request of its own for each batch: some milliseconds of search. */
export const smallRequest = (batchSize = 128): string =>
  JSON.stringify({ ...reference, workload: { ...reference.workload, batchSize } });

/** A second or so of search. */
export const largeRequest = JSON.stringify(manyNodes);

/** Minutes of search, on any machine: its deadline ends it. */
export const endlessRequest = JSON.stringify({
  ...manyNodes,
  cluster: { ...manyNodes.cluster, nodes: 32_768 },
  workload: { ...manyNodes.workload, batchSize: 1_048_576 },
});

export interface Replicas {
  start(env?: Readonly<Record<string, string>>): Promise<BuiltServer>;
  stopAll(): Promise<void>;
}

export function createReplicas(): Replicas {
  const folders: string[] = [];
  const running: BuiltServer[] = [];
  return {
    async start(env = {}) {
      const dataDir = mkdtempSync(join(tmpdir(), 'shardwell-replica-'));
      folders.push(dataDir);
      const server = await startServer({ DATA_DIR: dataDir, ...env });
      running.push(server);
      return server;
    },
    async stopAll() {
      await Promise.all(running.splice(0).map((server) => server.stop('SIGKILL')));
      for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const postPlan = ({ url }: Pick<BuiltServer, 'url'>, body: string): Promise<Response> =>
  fetch(`${url}/plans`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

/** The body as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies
export const jsonOf = (response: Response): Promise<any> => response.json();

/** The sum of the series of a metric that have all of these labels. */
export async function metric({ url }: BuiltServer, name: string, ...labels: readonly string[]): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Resolves with how long it took. */
export async function until(holds: () => Promise<boolean>, limitMs = 15_000): Promise<number> {
  const start = performance.now();
  while (!(await holds())) {
    if (performance.now() - start > limitMs) throw new Error(`not within ${limitMs} ms: ${holds}`);
    await sleep(20);
  }
  return performance.now() - start;
}
