/** Traces of the built service, at a receiver of our own; and what becomes of requests when nobody receives. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BuiltServer, startServer } from '../support/built-server.ts';
import { exampleRequest, referenceRequest } from '../support/examples.ts';
import { listening, type OtlpReceiver, type ReceivedSpan, startReceiver } from '../support/otlp-receiver.ts';

/** Starts of the service on a machine that does much else take their time. */
const SLOW_MS = 120_000;

let dataDir: string;
let running: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'shardwell-traces-'));
});
afterEach(async () => {
  await Promise.all(running.map((stop) => stop()));
  running = [];
  rmSync(dataDir, { recursive: true, force: true });
});

const callerTrace = '0af7651916cd43dd8448eb211c80319c';
const callerSpan = 'b7ad6b7169203331';
const traceparent = (traceId: string) => ({ traceparent: `00-${traceId}-${callerSpan}-01` });

const post = (url: string, headers: Readonly<Record<string, string>>, body = JSON.stringify(referenceRequest())) =>
  fetch(`${url}/plans`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });

/** Each span as «parent > name», in the order of their beginnings. */
function tree(spans: readonly ReceivedSpan[]): string[] {
  const nameOf = (id: string) => spans.find(({ spanId }) => spanId === id)?.name ?? 'caller';
  return [...spans]
    .sort((a, b) => a.start - b.start)
    .map(({ parentSpanId, name }) => `${nameOf(parentSpanId)} > ${name}`);
}

function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.find((span) => span.name === name);
  if (!found) throw new Error(`no span ${name} among ${spans.map((span) => span.name).join(', ')}`);
  return found;
}

describe('a trace', () => {
  let collector: OtlpReceiver;
  let built: BuiltServer;
  let plans: string;
  beforeAll(async () => {
    plans = mkdtempSync(join(tmpdir(), 'shardwell-traces-'));
    collector = await startReceiver();
    built = await startServer({
      DATA_DIR: plans,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_SERVICE_NAME: 'planner-test',
      PLANNER_QUEUE: '0',
    });
  }, SLOW_MS);
  afterAll(async () => {
    await built.stop('SIGKILL');
    await collector.close();
    rmSync(plans, { recursive: true, force: true });
  });

  it('shows a plan from the request to the thread and back, as a child of the caller’s span', async () => {
    const { url, lines } = built;
    expect((await post(url, traceparent(callerTrace))).status).toBe(201);

    const spans = await collector.trace(callerTrace, { spans: 10 });
    expect(tree(spans).sort()).toEqual(
      [
        'caller > POST /plans',
        'POST /plans > cache look-up',
        'cache look-up > cache memory',
        'cache look-up > cache disk',
        'POST /plans > flight',
        'flight > planning',
        'planning > queue wait',
        'planning > search',
        'planning > verify',
        'flight > cache write',
      ].sort(),
    );
    const request = named(spans, 'POST /plans');
    expect(request).toMatchObject({ parentSpanId: callerSpan, kind: 2, failed: false });
    expect(request.attributes).toMatchObject({ 'http.route': '/plans', 'http.request.method': 'POST' });
    expect(Number(request.attributes['http.response.status_code'])).toBe(201);
    expect(request.resource).toMatchObject({ 'service.name': 'planner-test', 'service.version': expect.any(String) });
    expect(Number(named(spans, 'search').attributes['shardwell.search.enumerated'])).toBeGreaterThan(100);
    expect(named(spans, 'cache disk').attributes).toMatchObject({ 'shardwell.cache.result': 'miss' });

    // A part lies within its whole, and the parts of a job follow each other. Received times are cut to microseconds.
    const epsilon = 0.01;
    for (const span of spans) {
      const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
      expect(span.end).toBeGreaterThanOrEqual(span.start);
      if (!parent) continue;
      expect(span.start, span.name).toBeGreaterThanOrEqual(parent.start - epsilon);
      expect(span.end, span.name).toBeLessThanOrEqual(parent.end + epsilon);
    }
    expect(named(spans, 'search').start).toBeGreaterThanOrEqual(named(spans, 'queue wait').end - epsilon);
    expect(named(spans, 'verify').start).toBeGreaterThanOrEqual(named(spans, 'search').end - epsilon);
    expect(named(spans, 'cache write').start).toBeGreaterThanOrEqual(named(spans, 'planning').end - epsilon);

    const line = lines.map((text) => JSON.parse(text)).find(({ route }) => route === '/plans');
    expect(line.traceId).toBe(callerTrace);
  });

  it('of a known body is a request and one look in memory; probes and scrapes have none', async () => {
    const { url } = built;
    const first = 'a'.repeat(32);
    const second = 'b'.repeat(32);
    await post(url, traceparent(first));
    expect((await post(url, traceparent(second))).status).toBe(200);
    await fetch(`${url}/metrics`, { headers: traceparent('c'.repeat(32)) });
    await fetch(`${url}/nothing`, { headers: traceparent('d'.repeat(32)) });
    expect(tree(await collector.trace(second, { spans: 2 }))).toEqual([
      'caller > POST /plans',
      'POST /plans > cache memory',
    ]);
    const lost = await collector.trace('d'.repeat(32), { spans: 1 });
    expect(Number(named(lost, 'GET').attributes['http.response.status_code'])).toBe(404);
    const traced = new Set(collector.spans.map(({ name }) => name));
    expect([...traced].filter((name) => /metrics|health/.test(name))).toEqual([]);
  });

  it('says what failed, and the last spans of a service that stops are sent', async () => {
    const long = fetch(`${built.url}/plans`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(exampleRequest('deepseek-many-nodes')),
    });
    const isPlanning = async () =>
      /\nshardwell_planning_jobs_running\{class="\w+"\} 1\n/.test(await (await fetch(`${built.url}/metrics`)).text());
    while (!(await isPlanning())) await sleep(1);
    const refused = 'e'.repeat(32);
    const { url } = built;
    const other = JSON.stringify(exampleRequest('dense-8-gpus'));
    expect((await post(url, traceparent(refused), other)).status).toBe(503);
    await long;
    expect(await built.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    const spans = collector.spans.filter(({ traceId }) => traceId === refused);
    expect(named(spans, 'POST /plans')).toMatchObject({ failed: true });
    expect(named(spans, 'planning')).toMatchObject({ failed: true, attributes: { 'error.type': 'OVERLOADED' } });
  });
});

/** Many answers from memory, each a request span and a look-up; the milliseconds of each. */
async function burst(url: string, requests: number): Promise<readonly number[]> {
  const times: number[] = [];
  const one = async () => {
    while (times.length < requests) {
      const asked = performance.now();
      const response = await post(url, {});
      await response.arrayBuffer();
      expect(response.status).toBe(200);
      times.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: 8 }, one));
  return times.sort((x, y) => x - y);
}

describe.each([
  ['refuses connections', async () => 'http://127.0.0.1:9'],
  [
    'never answers',
    async () => {
      const silent = createServer(() => {});
      const url = await listening(silent);
      running.push(async () => {
        silent.closeAllConnections();
        silent.close();
      });
      return url;
    },
  ],
])('a collector that %s', (_, endpointOf) => {
  it(
    'slows, fills and stops nothing',
    async () => {
      const built = await startServer({ DATA_DIR: dataDir, OTEL_EXPORTER_OTLP_ENDPOINT: await endpointOf() });
      running.push(() => built.stop('SIGKILL'));
      await post(built.url, {});
      const times = await burst(built.url, 1_000);
      // A batch is given up after 5 s: so long would take who waited for it.
      expect(times.at(-1)).toBeLessThan(3_000);
      const asked = performance.now();
      expect(await built.stop('SIGTERM')).toEqual({ code: 0, signal: null });
      expect(performance.now() - asked).toBeLessThan(4_000);
      // Said once, however many batches were lost.
      expect(built.lines.filter((line) => line.includes('traces do not arrive'))).toHaveLength(1);
    },
    SLOW_MS,
  );
});

it('without a collector no package of OpenTelemetry is loaded', () => {
  // But for its API, of 44 small modules, which prom-client brings.
  const loaded = (endpoint: string) => {
    const script = `
      import { createRequire } from 'node:module';
      import './dist/app.js';
      import { openTracing } from './dist/telemetry/open-tracing.js';
      await openTracing({ endpoint: ${endpoint}, serviceName: 'a', serviceVersion: '1', log: {} });
      const { cache } = createRequire(import.meta.url);
      console.log(Object.keys(cache).filter((path) => path.includes('@opentelemetry/') && !path.includes('/api/')).length);`;
    return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }));
  };
  expect(loaded('undefined')).toBe(0);
  expect(loaded('"http://127.0.0.1:9"')).toBeGreaterThan(10);
});
