/** Callers that trickle, stall, or come in crowds: they are ended in time, and cost others nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { distinctPlan, faultedServers, metricOf, post, until } from '../support/faulted-server.ts';
import { openRaw, planHead, type RawCall } from '../support/raw-http.ts';

const { start } = faultedServers();
const timeout = 120_000;
const limitMs = 2_000;
/** Node looks for late requests now and then, and the machine may be busy. */
const slackMs = 6_000;

/** Sends a byte every 100 ms, and goes on whatever it is told. */
function trickle({ socket }: RawCall, text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    socket.write(text[at % text.length] ?? ' ');
    at += 1;
  }, 100);
  socket.once('close', () => clearInterval(timer));
}

it('trickled headers, trickled bodies and stalled ones get 408 in time, and others are served meanwhile', {
  timeout,
}, async () => {
  const server = await start({ REQUEST_TIMEOUT_MS: String(limitMs) });
  expect((await post(server.url, distinctPlan(0, 0))).status).toBe(201);
  const began = performance.now();
  const calls = await Promise.all(Array.from({ length: 60 }, () => openRaw(server.url)));
  calls.forEach((call, i) => {
    if (i % 3 === 0) trickle(call, 'GET /health/live HTTP/1.1\r\nx-slow: '.padEnd(100_000, 'a'));
    else if (i % 3 === 1) {
      call.socket.write(planHead(100_000));
      trickle(call, ' ');
    } else call.socket.write(`${planHead(1000)}{"cluster":`);
  });
  const ends = Promise.all(
    calls.map(async ({ closed }) => ({ text: await closed, afterMs: performance.now() - began })),
  );
  let over = false;
  ends.then(() => {
    over = true;
  });
  while (!over) {
    const served = await post(server.url, distinctPlan(0, 0));
    expect(served.status).toBe(200);
    // An answer that is not read keeps its connection until it is collected.
    await served.arrayBuffer();
    await sleep(20);
  }
  for (const { text, afterMs } of await ends) {
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(text).toContain('application/problem+json');
    expect(text).toContain('/docs/problems/request-timeout');
    expect(afterMs).toBeGreaterThan(limitMs - 100);
    expect(afterMs).toBeLessThan(limitMs + slackMs);
  }
  await until(() => metricOf(server.url, 'shardwell_http_connections'), { is: (open) => open <= 20, withinMs: 15_000 });
  expect((await post(server.url, distinctPlan(0, 1))).status).toBe(201);
});

it('connections beyond the limit are closed as they come, counted, and room is there again', { timeout }, async () => {
  const server = await start({ MAX_CONNECTIONS: '20', REQUEST_TIMEOUT_MS: String(limitMs) });
  const resident = metricOf(server.url, 'process_resident_memory_bytes');
  const before = await resident;
  const calls = await Promise.all(Array.from({ length: 200 }, () => openRaw(server.url)));
  for (const { socket } of calls) socket.write(`${planHead(1_000_000)}${' '.repeat(900_000)}`);
  const texts = await Promise.all(calls.map(({ closed }) => closed));
  const told = texts.filter((text) => text.startsWith('HTTP/1.1 408 '));
  expect(told.length).toBeGreaterThan(0);
  expect(told.length).toBeLessThanOrEqual(20);
  expect(texts.filter((text) => text === '').length).toBe(calls.length - told.length);
  await until(
    () =>
      fetch(`${server.url}/health/live`)
        .then(({ status }) => status)
        .catch(() => 0),
    {
      is: (status) => status === 200,
      withinMs: 15_000,
    },
  );
  expect(await metricOf(server.url, 'shardwell_http_connection_refusals_total')).toBeGreaterThanOrEqual(180);
  expect(server.lines.filter((line) => line.includes('too many connections'))).toHaveLength(1);
  // Twenty bodies of a megabyte are held at most, and let go.
  expect((await metricOf(server.url, 'process_resident_memory_bytes')) - before).toBeLessThan(150e6);
});
