/**
 * `npm run bench`: how fast plans are made, and how fast known plans are answered.
 *
 * Cold plans run one after another in this process, as a planning thread runs them. Known plans are asked of the built server,
 * with its logs and metrics on, and of a bare Fastify route in turn: two figures of one machine in one minute can be compared,
 * figures of two machines cannot.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { runJob } from '../src/http/run-job.ts';

const WARM_UP_MS = 1_500;
const MEASURE_MS = 1_500;
const ROUNDS = 5;
const ROUND_S = 2;
const CONNECTIONS = 16;

const examples = new URL('../examples/', import.meta.url);

/** Served, aggregated and disaggregated in one search, on nodes of eight H200. */
const servingCases = [
  { model: 'qwen3-32b', nodes: 4 },
  { model: 'deepseek-v3', nodes: 4 },
  { model: 'deepseek-v3', nodes: 16 },
  { model: 'deepseek-v3', nodes: 64 },
];

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function benchCold(name: string, request: unknown): void {
  const runOnce = () => {
    const start = performance.now();
    const result = runJob({ kind: 'plan', id: 'bench', request }, () => false);
    if (result.kind !== 'answer') throw new Error(`${name} has no answer: ${result.kind}`);
    return { ms: performance.now() - start, ...result };
  };
  const first = runOnce();
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end; ) runOnce();
  const times: number[] = [];
  for (const end = performance.now() + MEASURE_MS; performance.now() < end; ) times.push(runOnce().ms);
  const ms = median(times);
  const { enumerated = 0, evaluated = 0 } = first.search ?? {};
  console.log(
    `${name.padEnd(22)} ${first.ms.toFixed(1).padStart(9)} ${ms.toFixed(2).padStart(9)} ${(1000 / ms).toFixed(1).padStart(9)}` +
      ` ${enumerated.toLocaleString('en').padStart(11)} ${evaluated.toLocaleString('en').padStart(9)}` +
      ` ${Math.round((enumerated * 1000) / ms)
        .toLocaleString('en')
        .padStart(14)}`,
  );
}

interface Listening {
  readonly url: string;
  readonly child: ChildProcess;
}

/** Its output goes to a file, as a container's does: a pipe that this process reads would take time from the client. */
async function listen(
  args: readonly string[],
  options: { log: string; env?: Record<string, string> },
): Promise<Listening> {
  const output = openSync(options.log, 'w');
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', output, output],
  });
  for (let waited = 0; waited < 20_000; waited += 50) {
    await sleep(50);
    const url = /listening on (http:\/\/[^\s"]+)/.exec(readFileSync(options.log, 'utf8'))?.[1];
    if (url !== undefined) return { url, child };
  }
  child.kill('SIGKILL');
  throw new Error(`no server: ${readFileSync(options.log, 'utf8')}`);
}

async function requestsPerSecond(url: string, body: string): Promise<number> {
  const result = await autocannon({
    url: `${url}/plans`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    connections: CONNECTIONS,
    duration: ROUND_S,
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} bad answers, ${result.errors} errors`);
  return result.requests.total / result.duration;
}

async function benchCached(directory: string): Promise<void> {
  const body = readFileSync(new URL('reference.json', examples), 'utf8');
  const server = await listen([fileURLToPath(new URL('../dist/server.js', import.meta.url))], {
    log: join(directory, 'server.log'),
    env: { PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info', DATA_DIR: directory, PLANNER_THREADS: '1' },
  });
  const children = [server.child];
  try {
    const response = await fetch(`${server.url}/plans`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const answer = Buffer.from(await response.arrayBuffer());
    const file = join(directory, 'answer.json');
    writeFileSync(file, answer);
    const bareEntry = fileURLToPath(new URL('bare-server.ts', import.meta.url));
    const bare = await listen(['--import', 'tsx', bareEntry, file], { log: join(directory, 'bare.log') });
    children.push(bare.child);
    const ratios: number[] = [];
    console.log(
      `\nKnown plan: POST /plans, ${body.length} bytes in, ${answer.length} out, ${CONNECTIONS} connections, logs and metrics on`,
    );
    await requestsPerSecond(bare.url, body);
    await requestsPerSecond(server.url, body);
    for (let round = 0; round < ROUNDS; round += 1) {
      const bareRate = await requestsPerSecond(bare.url, body);
      const rate = await requestsPerSecond(server.url, body);
      ratios.push(rate / bareRate);
      console.log(
        `  Shardwell ${rate.toFixed(0)}/s, bare route ${bareRate.toFixed(0)}/s, ratio ${(rate / bareRate).toFixed(3)}`,
      );
    }
    console.log(`  ratio, median of ${ROUNDS} rounds: ${median(ratios).toFixed(3)}`);
  } finally {
    for (const child of children) child.kill('SIGTERM');
  }
}

console.log(`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'})\n`);
console.log('Cold plan               first ms median ms   plans/s  candidates evaluated  candidates/s');
for (const name of readdirSync(examples)
  .filter((file) => file.endsWith('.json'))
  .sort()) {
  benchCold(name.replace(/\.json$/, ''), JSON.parse(readFileSync(new URL(name, examples), 'utf8')));
}
for (const { model, nodes } of servingCases) {
  benchCold(`${model} on ${nodes * 8}`, {
    cluster: { gpu: 'h200-sxm', nodes, gpusPerNode: 8 },
    model,
    engine: 'vllm',
    workload: {
      kind: 'serving',
      inputTokens: 4000,
      outputTokens: 500,
      saturated: true,
      slo: { ttftMs: 4000, tpotMs: 50 },
    },
    objective: 'throughput',
  });
}
const directory = mkdtempSync(join(tmpdir(), 'shardwell-bench-'));
try {
  await benchCached(directory);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
