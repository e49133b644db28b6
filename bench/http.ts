/**
 * `npm run bench:http [-- --only NAME]`: the built service under load, with its logs and metrics on, client and server on one
 * machine. Each figure stands beside that of a bare Fastify route with the same bytes in and out, measured in turn: two figures of one
 * machine in one minute can be compared, figures of two machines cannot. All of it takes some four minutes.
 *
 * `--only distinct` is run by name alone: 200,000 plans that nobody asked for before, each of them searched for, take a quarter of an hour or more.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { storeDirectory } from '../src/cache/disk-environment.ts';
import { createBodies } from './http/bodies.ts';
import { type Probed, probeLive } from './http/live-probe.ts';
import { type Load, type LoadOptions, load, median, quantile, type Request } from './http/load.ts';
import { type Course, distinctCourse, mixedCourse, runMemory } from './http/memory.ts';
import { type Listening, listenBare, listenBuilt } from './listen.ts';

const CONNECTIONS = 16;
const ROUNDS = 5;
const ROUND_S = 2;
const COLD_S = 5;
const BURST_S = 6;
/** More than the queue holds and the threads work on: the others carry what is refused. */
const BURST_CONNECTIONS = 500;
const AIM_RATIO = 0.75;
const AIM_LIVE_MS = 50;
/**
 * In 100,000 requests. Twenty bytes of a request that are kept would be 2 MiB of heap; what an allocator's holes come to is more, so
 * anonymous memory has more room, which a request's body or answer that is kept (1 to 30 KB) would outgrow a hundredfold.
 */
const MOST_GROWTH_MIB = [
  ['heapMiB', 2],
  ['anonymousMiB', 10],
  ['diskMiB', 2],
] as const;

const directory = mkdtempSync(join(tmpdir(), 'shardwell-bench-'));
const known = readFileSync(new URL('../examples/reference.json', import.meta.url), 'utf8');
const bodies = createBodies();
const running: Listening[] = [];
let judged = 0;
const missed: string[] = [];

const ms = (value: number) => value.toFixed(value < 10 ? 2 : 0);

function told(name: string, { perSecond, latencyMs, errors, byStatus }: Load): string {
  const statuses = [...byStatus].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`);
  return (
    `  ${name.padEnd(11)} ${perSecond.toFixed(0).padStart(6)}/s  p50 ${ms(latencyMs(0.5))}  p99 ${ms(latencyMs(0.99))}  ` +
    `p99.9 ${ms(latencyMs(0.999))} ms  errors ${errors}  (${statuses.join(', ')})`
  );
}

function toldLive({ sortedMs, failures, isFirst }: Probed): string {
  const who = isFirst ? '' : '; the prober waits for a core like all others';
  return `  /health/live p50 ${ms(quantile(sortedMs, 0.5))}  p99 ${ms(quantile(sortedMs, 0.99))} ms of ${sortedMs.length}, ${failures} failed${who}`;
}

function aim(met: boolean, what: string): void {
  console.log(`  aim: ${what}: ${met ? 'met' : 'MISSED'}`);
  judged += 1;
  if (!met) missed.push(what);
}

const newDirectory = () => mkdtempSync(join(directory, 'server-'));

async function open(own = newDirectory(), env: Record<string, string> = {}): Promise<Listening> {
  const server = await listenBuilt(own, env);
  running.push(server);
  return server;
}

/** The bare route that answers as the service answers this request. */
async function openBare(url: string, { path, body }: Request): Promise<Listening> {
  const response = await fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const answer = Buffer.from(await response.arrayBuffer());
  if (!response.ok) throw new Error(`${response.status}: ${answer}`);
  const file = join(directory, 'answer.json');
  writeFileSync(file, answer);
  console.log(`  ${body.length} bytes in, ${answer.length} out`);
  const bare = await listenBare(directory, file);
  running.push(bare);
  return bare;
}

const close = async () => {
  for (const server of running.splice(0)) await server.stop();
};

/** The load, and the CPU milliseconds that the server took for an answer. */
async function costed(
  server: Listening,
  options: Omit<LoadOptions, 'url'>,
): Promise<Load & { readonly cpuMs: number }> {
  const before = server.cpuMs();
  const result = await load({ ...options, url: server.url });
  return { ...result, cpuMs: (server.cpuMs() - before) / result.answers };
}

/** How late the event loop was since this was asked last, at p99: prom-client begins anew with each scrape. */
async function loopDelayMs(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return 1000 * Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1]);
}

/** Rounds of both in turn, after one of each that does not count. */
async function compare(
  { server, bare }: { server: Listening; bare: Listening },
  options: Omit<LoadOptions, 'url'>,
): Promise<number> {
  await load({ ...options, url: bare.url });
  await load({ ...options, url: server.url });
  const ratios: number[] = [];
  const cpuRatios: number[] = [];
  const lives: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const reference = await costed(bare, options);
    const { result, live } = await probeLive(server.url, () => costed(server, options));
    ratios.push(result.perSecond / reference.perSecond);
    cpuRatios.push(reference.cpuMs / result.cpuMs);
    lives.push(quantile(live.sortedMs, 0.99));
    if (round < ROUNDS - 1) continue;
    console.log(told('Shardwell', result));
    console.log(told('bare route', reference));
  }
  console.log(`  /health/live p99 ${ms(median(lives))} ms, median of ${ROUNDS} rounds`);
  const cpu = cpuRatios.map((ratio) => ratio.toFixed(2)).join(' ');
  console.log(
    `  ratio by CPU time an answer ${cpu}, median ${median(cpuRatios).toFixed(3)}: what else the machine does is not in it`,
  );
  console.log(`  ratio ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}, median ${median(ratios).toFixed(3)}`);
  return median(ratios);
}

async function judgeMemory(course: Course): Promise<void> {
  const directory = newDirectory();
  // Small caches and heaps, so that all are full long before the end.
  const server = await open(directory, {
    MEMORY_CACHE_BYTES: String(2 ** 20),
    DISK_CACHE_BYTES: String(2 ** 26),
    PLANNER_MEMORY_MIB: '128',
  });
  await openBare(server.url, { path: '/plans', body: known });
  const watched = { url: server.url, pid: server.child.pid, store: join(storeDirectory(directory), 'data.mdb') };
  const { result, live } = await probeLive(server.url, () =>
    runMemory(watched, course, (sample) =>
      console.log(
        `  after ${String(sample.requests).padStart(6)}: heap ${ms(sample.heapMiB)}, anonymous ${ms(sample.anonymousMiB)}, ` +
          `files ${ms(sample.fileMiB)}, RSS ${ms(sample.rssMiB)}, store ${ms(sample.diskMiB)} MiB`,
      ),
    ),
  );
  console.log(told('Shardwell', result.load));
  console.log(toldLive(live));
  const { slope, isEnough } = result;
  if (!isEnough) {
    aim(false, 'enough requests in the time to judge memory by');
    return;
  }
  for (const [measure, bound] of MOST_GROWTH_MIB) {
    const grown = slope(measure);
    // Other systems than Linux do not tell anonymous memory.
    if (Number.isNaN(grown)) console.log(`  ${measure}: not to be had here`);
    else aim(grown < bound, `${measure} grows by less than ${bound} in 100,000 requests (${grown.toFixed(2)})`);
  }
}

const parts: Readonly<Record<string, () => Promise<void>>> = {
  async cached() {
    const request = { path: '/plans', body: known };
    const server = await open();
    const bare = await openBare(server.url, request);
    const ratio = await compare({ server, bare }, { connections: CONNECTIONS, seconds: ROUND_S, next: () => request });
    aim(ratio >= AIM_RATIO, `known plans at ${AIM_RATIO} of the bare route`);
  },

  async cold() {
    const server = await open();
    const bare = await openBare(server.url, bodies.coldPlan());
    const options = { connections: CONNECTIONS, seconds: COLD_S, next: bodies.coldPlan };
    const reference = await load({ ...options, url: bare.url });
    const { result, live } = await probeLive(server.url, () => load({ ...options, url: server.url }));
    console.log(told('Shardwell', result));
    console.log(told('bare route', reference));
    console.log(toldLive(live));
    console.log(`  ratio ${(result.perSecond / reference.perSecond).toFixed(3)}`);
  },

  async mixed() {
    const hot = { path: '/plans', body: known };
    let turn = 0;
    const next = () => {
      turn += 1;
      return turn % 100 === 0 ? bodies.coldPlan() : hot;
    };
    const server = await open();
    const bare = await openBare(server.url, hot);
    await compare({ server, bare }, { connections: CONNECTIONS, seconds: ROUND_S, next });
  },

  async burst() {
    const server = await open();
    const hot = { path: '/plans', body: known };
    const bare = await openBare(server.url, hot);
    const options = { connections: CONNECTIONS, seconds: 3, next: bodies.coldPlan };
    await load({ ...options, url: server.url });
    const capacity = await load({ ...options, url: server.url });
    console.log(
      `  capacity ${capacity.perSecond.toFixed(0)} cold plans a second; ten times that are sent, and a tenth again of known ones`,
    );
    let turn = 0;
    const next = () => {
      turn += 1;
      return turn % 11 === 0 ? hot : bodies.coldPlan();
    };
    const rate = Math.max(BURST_CONNECTIONS, Math.round(11 * capacity.perSecond));
    const burst = { connections: BURST_CONNECTIONS, seconds: BURST_S, rate, next };
    const reference = await load({ ...burst, url: bare.url });
    await loopDelayMs(server.url);
    const { result, live } = await probeLive(server.url, () => load({ ...burst, url: server.url }));
    const delayMs = await loopDelayMs(server.url);
    console.log(told('Shardwell', result));
    console.log(told('bare route', reference));
    console.log(
      `  ratio ${(result.perSecond / reference.perSecond).toFixed(3)}: answers of any kind at the same offered load`,
    );
    console.log(toldLive(live));
    console.log(`  the server's own account: its event loop is late by ${ms(delayMs)} ms at p99, whoever asks`);
    const p99 = quantile(live.sortedMs, 0.99);
    aim(server.child.exitCode === null && server.child.signalCode === null, 'no crash under ten times overload');
    const other = [...result.byStatus.keys()].filter((status) => ![200, 201, 503].includes(status));
    aim(other.length === 0 && result.errors === 0, 'no answer but 200, 201 or 503, and none missing');
    aim(p99 < AIM_LIVE_MS && live.failures === 0, `/health/live p99 under ${AIM_LIVE_MS} ms (${ms(p99)})`);
  },

  memory: () => judgeMemory(mixedCourse(bodies, known)),
};

/** Too long to be among the others. */
const longParts: typeof parts = {
  distinct: () => judgeMemory(distinctCourse(bodies)),
};

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const all = { ...parts, ...longParts };
const chosen = Object.entries(values.only === undefined ? parts : all).filter(
  ([name]) => values.only === undefined || values.only === name,
);
if (chosen.length === 0) throw new Error(`--only takes one of ${Object.keys(all).join(', ')}`);
console.log(`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`);
try {
  for (const [name, part] of chosen) {
    console.log(`\n${name}`);
    await part();
    await close();
  }
} finally {
  await close();
  rmSync(directory, { recursive: true, force: true });
}
console.log(missed.length === 0 ? `\naims judged: ${judged}, all met` : `\nmissed: ${missed.join('; ')}`);
