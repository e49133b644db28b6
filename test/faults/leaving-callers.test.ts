/** Callers that go in the middle, by the hundred: of sending, of waiting, of reading. Nothing of them may stay. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { distinctPlan, faultedServers, metricOf, post, until } from '../support/faulted-server.ts';
import { openRaw, planHead } from '../support/raw-http.ts';

const { start } = faultedServers();
const callers = 300;
const atOnce = 30;

it('callers that go at any moment leave no socket, no thread and no work behind', { timeout: 180_000 }, async () => {
  const server = await start({ PLANNER_THREADS: '2', PLANNER_QUEUE: '1000' });
  expect((await post(server.url, distinctPlan(0, 0))).status).toBe(201);
  const gauge = (name: string) => metricOf(server.url, name);
  const openFiles = await gauge('process_open_fds');

  const leave = async (caller: number): Promise<void> => {
    // Every third asks what is known, so that it is the answer that is cut off.
    const body = distinctPlan(0, caller % 3 === 0 ? 0 : caller);
    const whole = planHead(Buffer.byteLength(body)) + body;
    const { socket, closed } = await openRaw(server.url);
    const share = Math.random();
    socket.write(caller % 2 === 0 ? whole : whole.slice(0, Math.ceil(share * whole.length)));
    await sleep(share * 30);
    // A reset now and then, in place of an orderly end.
    if (caller % 5 === 0) socket.resetAndDestroy();
    else socket.destroy();
    await closed;
  };
  const series = async (from: number): Promise<void> => {
    for (let caller = from; caller < callers; caller += atOnce) await leave(caller);
  };
  await Promise.all(Array.from({ length: atOnce }, (_, from) => series(from)));

  await until(() => gauge('shardwell_planning_jobs_running'), { is: (jobs) => jobs === 0, withinMs: 60_000 });
  expect(await gauge('shardwell_planning_queue_depth')).toBe(0);
  // fetch keeps a few of its own; a leak would be by the hundred.
  await until(() => gauge('shardwell_http_connections'), { is: (open) => open <= 20, withinMs: 15_000 });
  await until(() => gauge('process_open_fds'), { is: (files) => files <= openFiles + 20, withinMs: 15_000 });
  expect(await gauge('shardwell_planning_failures_total')).toBe(0);
  expect(await gauge('shardwell_planning_threads')).toBe(2);

  // Whatever was begun for those who left is either there or made again; no flight is stuck.
  const asked = await Promise.all([1, 2, 4, 5, 7, 8, 10].map((caller) => post(server.url, distinctPlan(0, caller))));
  for (const { status } of asked) expect([200, 201]).toContain(status);
  expect(server.lines.filter((line) => /"level":(50|60)/.test(line))).toEqual([]);
  expect(await server.stop('SIGTERM')).toEqual({ code: 0, signal: null });
});
