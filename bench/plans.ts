/**
 * `npm run bench`: how fast plans are made. They run one after another on one thread of the service's own pool, built and with the memory
 * that the service gives it; bench/http.ts asks the whole service. The least is told beside the median: what else a machine does only adds.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { readConfig } from '../src/config.ts';
import { createPlanningPool } from '../src/http/planning-pool.ts';
import { builtModule } from '../test/support/built.ts';
import { median } from './http/load.ts';

const WARM_UP_MS = 1_500;
const MEASURE_MS = 1_500;

const examples = new URL('../examples/', import.meta.url);

/** In the form of an id: files that name another are read no further than there. */
const id = 'be'.repeat(32);

const pool = createPlanningPool({
  threads: 1,
  maxWaiting: 0,
  timeoutMs: 600_000,
  memoryMiB: readConfig({}).plannerMemoryMiB,
  warmUpMs: 0,
  log: console,
  // From src/ it would run as tsx compiles it, which is slower by half.
  worker: builtModule('http/planning-worker.js'),
});
await pool.ready();

/** Served, aggregated and disaggregated in one search, on nodes of eight H200. */
const servingCases = [
  { model: 'qwen3-32b', nodes: 4 },
  { model: 'deepseek-v3', nodes: 4 },
  { model: 'deepseek-v3', nodes: 16 },
  { model: 'deepseek-v3', nodes: 64 },
];

async function benchCold(name: string, request: unknown): Promise<void> {
  const runOnce = async () => {
    const start = performance.now();
    const result = await pool.plan({ kind: 'plan', id, request });
    if (result.kind !== 'answer') throw new Error(`${name} has no answer: ${result.kind}`);
    return { ms: performance.now() - start, ...result };
  };
  const first = await runOnce();
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end; ) await runOnce();
  const times: number[] = [];
  for (const end = performance.now() + MEASURE_MS; performance.now() < end; ) times.push((await runOnce()).ms);
  const ms = median(times);
  const { enumerated = 0, evaluated = 0 } = first.search ?? {};
  console.log(
    `${name.padEnd(22)} ${first.ms.toFixed(1).padStart(9)} ${ms.toFixed(2).padStart(9)} ${Math.min(...times)
      .toFixed(2)
      .padStart(9)} ${(1000 / ms).toFixed(1).padStart(9)}` +
      ` ${enumerated.toLocaleString('en').padStart(11)} ${evaluated.toLocaleString('en').padStart(9)}` +
      ` ${Math.round((enumerated * 1000) / ms)
        .toLocaleString('en')
        .padStart(14)}`,
  );
}

console.log(`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'})\n`);
console.log('Cold plan               first ms median ms  least ms   plans/s  candidates evaluated  candidates/s');
for (const name of readdirSync(examples)
  .filter((file) => file.endsWith('.json'))
  .sort()) {
  await benchCold(name.replace(/\.json$/, ''), JSON.parse(readFileSync(new URL(name, examples), 'utf8')));
}
for (const { model, nodes } of servingCases) {
  await benchCold(`${model} on ${nodes * 8}`, {
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
await pool.close();
