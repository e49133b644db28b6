/**
 * `npx tsx bench/job-time.ts [seconds]`: holds src/http/job-time.ts, by which plans are queued, against what plans take. The
 * requests are drawn at random from a fixed seed; what is measured is CPU time, which other programs on the machine do not lengthen
 * as they do the time of the clock.
 */
import { Value } from 'typebox/value';
import { expectedPlanMs } from '../src/http/job-time.ts';
import { resolvePlanRequest } from '../src/http/resolve.ts';
import { runJob } from '../src/http/run-job.ts';
import { PlanRequest } from '../src/http/schemas/request.ts';

const SECONDS = Number(process.argv[2] ?? 240);
const LIMIT_MS = 20_000;
const WARM_UP = 15;
/** Below this a plan is made twice and the shorter time counts. */
const TWICE_MS = 500;

let state = 12_345;
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

function pick<T>(first: T, ...others: readonly T[]): T {
  return [first, ...others][Math.floor(random() * (others.length + 1))] ?? first;
}

function drawWorkload(serving: boolean): object {
  if (!serving)
    return { kind: 'batch', batchSize: pick(1, 16, 60, 128, 512, 2048), sequenceLength: pick(512, 2048, 8192, 32_768) };
  return {
    kind: 'serving',
    inputTokens: pick(500, 4000, 16_000),
    outputTokens: pick(100, 1000),
    ...pick<object>({ saturated: true }, { concurrency: 256 }, { requestsPerSecond: 5 }, { staticBatch: 64 }),
    ...pick<object>({}, { slo: { ttftMs: 4000, tpotMs: 50 } }),
  };
}

function drawRequest(): unknown {
  const serving = random() < 0.6;
  const modes = pick(undefined, ['aggregated'], ['disaggregated']);
  const constraints = Object.fromEntries(
    ['tp', 'pp', 'dp'].filter(() => random() < 0.16).map((degree) => [degree, pick(1, 2, 4, 8)]),
  );
  return {
    cluster: {
      gpu: pick('h100-sxm', 'h200-sxm', 'b200'),
      nodes: pick(1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128),
      gpusPerNode: 8,
    },
    model:
      random() < 0.55
        ? pick('deepseek-v3', 'mixtral-8x7b', 'qwen3-235b-a22b', 'deepseek-r1')
        : pick('llama-3.1-8b', 'llama-3.1-70b', 'llama-3.1-405b', 'qwen3-32b'),
    workload: drawWorkload(serving),
    objective: pick('balance', 'latency', 'throughput', 'memory', 'cost'),
    constraints,
    ...(serving && { ...pick<object>({}, { engine: 'vllm' }, { engine: 'sglang' }), options: modes ? { modes } : {} }),
  };
}

function measure(request: PlanRequest): number {
  const used = process.cpuUsage();
  const start = performance.now();
  runJob({ kind: 'plan', id: 'bench', request }, () => performance.now() - start > LIMIT_MS);
  const { user, system } = process.cpuUsage(used);
  return (user + system) / 1000;
}

interface Row {
  readonly kind: string;
  readonly ms: number;
  readonly expectedMs: number;
}

function report(kind: string, rows: readonly Row[]): void {
  const factors = rows.map(({ ms, expectedMs }) => Math.max(ms / expectedMs, expectedMs / ms)).sort((a, b) => a - b);
  const at = (share: number) => (factors[Math.floor(share * (factors.length - 1))] ?? Number.NaN).toFixed(2);
  console.log(
    `${kind.padEnd(8)} ${rows.length} plans, off by a factor of: median ${at(0.5)}, p90 ${at(0.9)}, most ${at(1)}`,
  );
}

const rows: Row[] = [];
let drawn = 0;
for (const end = performance.now() + SECONDS * 1000; performance.now() < end; ) {
  const request = Value.Parse(PlanRequest, drawRequest());
  const resolved = resolvePlanRequest(request);
  if (resolved.kind === 'invalid') continue;
  const first = measure(request);
  drawn += 1;
  if (drawn <= WARM_UP) continue;
  const ms = first < TWICE_MS ? Math.min(first, measure(request)) : first;
  rows.push({ kind: resolved.workload, ms, expectedMs: expectedPlanMs(resolved) });
}
for (const kind of ['batch', 'serving'])
  report(
    kind,
    rows.filter((row) => row.kind === kind),
  );
const pairs = rows
  .flatMap((a, i) => rows.slice(i + 1).map((b) => [a, b] as const))
  .filter(([a, b]) => Math.max(a.ms, b.ms) > 3 * Math.min(a.ms, b.ms));
const right = pairs.filter(([a, b]) => a.ms < b.ms === a.expectedMs < b.expectedMs);
console.log(
  `of two plans a factor of three or more apart, ${((100 * right.length) / pairs.length).toFixed(0)} % in the right order`,
);
