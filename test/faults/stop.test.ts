/** What a service does that is told to stop while it works: everything that it has taken on is answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { run } from '../support/built-server.ts';
import { distinctPlan, exampleText, faultedServers, metricOf, post, until } from '../support/faulted-server.ts';
import { openRaw, planHead } from '../support/raw-http.ts';

const { start, dataDir } = faultedServers();
const timeout = 120_000;
const graceMs = 8_000;

describe('SIGTERM', () => {
  it('loses no request of callers that keep their connections', { timeout }, async () => {
    const server = await start({ SHUTDOWN_DELAY_MS: '500', SHUTDOWN_GRACE_MS: String(graceMs) });
    const seen = { answers: 0, toldToClose: 0 };
    let leaving = false;
    // fetch keeps connections alive. A caller that is told to close asks no more, as one behind a balancer that turned away.
    const call = async (caller: number): Promise<void> => {
      for (let i = 0; ; i += 1) {
        if (leaving && i % 2 === 1) await sleep(caller);
        const answer = await post(server.url, distinctPlan(caller, i % 8 === 0 ? i : 0));
        expect([200, 201, 503]).toContain(answer.status);
        if (answer.status === 503) expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
        await answer.arrayBuffer();
        seen.answers += 1;
        if (answer.headers.get('connection') !== 'close') continue;
        seen.toldToClose += 1;
        return;
      }
    };
    const callers = Array.from({ length: 12 }, (_, caller) => call(caller));
    await until(() => seen.answers, { is: (answers) => answers > 100, withinMs: 60_000 });
    leaving = true;
    const told = performance.now();
    const ended = server.stop('SIGTERM');
    // None is rejected: a reset connection would be.
    await Promise.all(callers);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - told).toBeLessThan(500 + graceMs);
    expect(seen.toldToClose).toBe(12);
  });

  it('answers what waits for a thread, though nobody may come after it', { timeout }, async () => {
    // A deadline that all ten would keep: none is refused because the others would take too long.
    const env = { PLAN_TIMEOUT_MS: '60000', PLANNER_THREADS: '1' };
    const server = await start({ SHUTDOWN_DELAY_MS: '0', SHUTDOWN_GRACE_MS: String(graceMs), ...env });
    const large = JSON.parse(exampleText('deepseek-many-nodes'));
    const calls = Array.from({ length: 10 }, (_, i) =>
      post(server.url, JSON.stringify({ ...large, workload: { ...large.workload, batchSize: 64 * (i + 1) } })),
    );
    const held = async () =>
      (await metricOf(server.url, 'shardwell_planning_queue_depth')) +
      (await metricOf(server.url, 'shardwell_planning_jobs_running')) +
      (await metricOf(
        server.url,
        'shardwell_http_request_duration_seconds_count{route="/plans",method="POST",status="201"}',
      ).catch(() => 0));
    await until(held, { is: (count) => count >= calls.length, withinMs: 20_000 });
    const told = performance.now();
    const ended = server.stop('SIGTERM');
    for (const answer of await Promise.all(calls)) {
      expect([200, 201, 503]).toContain(answer.status);
      if (answer.status === 503) expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
    expect(await ended, server.lines.slice(-5).join('\n')).toEqual({ code: 0, signal: null });
    expect(performance.now() - told).toBeLessThan(graceMs);
    await expect(fetch(`${server.url}/health/live`)).rejects.toThrow();
  });

  it('ends a service that is only starting in good order', { timeout }, async () => {
    const env = { DATA_DIR: dataDir(), PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info', PLANNER_WARM_UP_MS: '20000' };
    const { child, lines, ended } = run({ ...env, SHUTDOWN_DELAY_MS: '0' });
    await until(() => lines.join('\n'), { is: (text) => text.includes('listening on'), withinMs: 60_000 });
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(lines.filter((line) => /"level":[56]0/.test(line))).toEqual([]);
  });

  it('is not held up by callers that say nothing, or never come to an end', { timeout }, async () => {
    const server = await start({ SHUTDOWN_DELAY_MS: '0', SHUTDOWN_GRACE_MS: '3000' });
    const silent = await openRaw(server.url);
    const stalled = await openRaw(server.url);
    stalled.socket.write(`${planHead(1000)}{"cluster":`);
    const kept = await openRaw(server.url);
    kept.socket.write('GET /health/live HTTP/1.1\r\nhost: shardwell\r\n\r\n');
    await until(kept.received, { is: (text) => text.includes('live'), withinMs: 10_000 });
    const told = performance.now();
    expect(await server.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - told).toBeLessThan(3_000);
    await Promise.all([silent.closed, stalled.closed, kept.closed]);
  });

  it('that comes twice ends it at once, and the plans that were answered are kept', { timeout }, async () => {
    const env = { SHUTDOWN_DELAY_MS: '60000' };
    const server = await start(env);
    const made = await post(server.url, distinctPlan(0, 0));
    expect(made.status).toBe(201);
    const ended = server.stop('SIGTERM');
    await until(() => fetch(`${server.url}/health/ready`).then(({ status }) => status), {
      is: (status) => status === 503,
      withinMs: 10_000,
    });
    const told = performance.now();
    server.stop('SIGTERM');
    expect(await ended).toEqual({ code: 1, signal: null });
    expect(performance.now() - told).toBeLessThan(10_000);
    expect(server.lines.join('\n')).toContain('second SIGTERM, exiting');
    const heir = await start(env);
    expect((await fetch(heir.url + (made.headers.get('location') ?? ''))).status).toBe(200);
  });
});
