/** A wall clock that jumps by hours and days while the service works: nothing but the time in a log line may follow it. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { distinctPlan, exampleText, faultedServers, metricOf, post } from '../support/faulted-server.ts';
import { openRaw } from '../support/raw-http.ts';

const { start } = faultedServers();
const preload = fileURLToPath(new URL('../support/jumping-clock.mjs', import.meta.url));

it('deadlines, the cache, timeouts and durations do not follow a clock that jumps', { timeout: 120_000 }, async () => {
  const server = await start({
    NODE_OPTIONS: `--import=${preload}`,
    PLAN_TIMEOUT_MS: '8000',
    REQUEST_TIMEOUT_MS: '1500',
  });
  const began = performance.now();
  const slow = await openRaw(server.url);
  slow.socket.write('POST /plans HTTP/1.1\r\n');
  for (let i = 0; i < 25; i += 1) {
    const made = await post(server.url, distinctPlan(0, i));
    expect(made.status).toBe(201);
    const [total] = /(?<=total;dur=)[\d.]+/.exec(made.headers.get('server-timing') ?? '') ?? [];
    expect(Number(total)).toBeLessThan(8_000);
    const again = await post(server.url, distinctPlan(0, i));
    expect([again.status, again.headers.get('cache-status')]).toEqual([200, 'shardwell; hit; detail=memory']);
  }
  // A search of seconds sees many jumps, and neither ends early by one nor runs on.
  const large = await post(server.url, exampleText('deepseek-many-nodes'));
  expect(large.status).toBe(201);
  expect(await slow.closed).toMatch(/^HTTP\/1\.1 408 /);
  const wholeMs = performance.now() - began;
  const entries: readonly { msg: string; ms?: number; time: number }[] = server.lines.map((line) => JSON.parse(line));
  const requests = entries.filter(({ msg }) => msg === 'request');
  expect(requests.length).toBeGreaterThanOrEqual(50);
  for (const { ms = -1 } of requests) {
    expect(ms).toBeGreaterThanOrEqual(0);
    expect(ms).toBeLessThan(wholeMs);
  }
  // The clock did jump: the times of the lines say so.
  const times = entries.map(({ time }) => time);
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(86_000_000);
  const route = '{route="/plans",method="POST",status="201"}';
  const seconds = await metricOf(server.url, `shardwell_http_request_duration_seconds_sum${route}`);
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThan(wholeMs / 1000);
  expect(await server.stop('SIGTERM')).toEqual({ code: 0, signal: null });
});
