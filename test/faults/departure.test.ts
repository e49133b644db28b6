/** Callers of a built server that hang up, by a real socket: their work is given up, unless somebody else waits for it. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuiltServer } from '../support/built-server.ts';
import { createReplicas, endlessRequest, jsonOf, metric, postPlan, smallRequest, until } from '../support/replicas.ts';

const replicas = createReplicas();
let server: BuiltServer;

/** Sends the whole request, and then nothing. */
async function ask(path: string, body: string): Promise<Socket> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`;
  socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  return socket;
}

const running = () => metric(server, 'shardwell_planning_jobs_running');
const waiting = () => metric(server, 'shardwell_planning_queue_depth');
const gone = () => metric(server, 'shardwell_http_request_duration_seconds_count', 'status="499"');
const like = (batchSize: number) => endlessRequest.replace('1048576', String(batchSize));

/** Longer than the first test's caller is there by far. */
const timeoutMs = 15_000;

describe('a caller that hangs up', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    server = await replicas.start({ PLAN_TIMEOUT_MS: String(timeoutMs) });
  }, 120_000);
  afterAll(replicas.stopAll);

  it('leaves a thread that is free long before the deadline', async () => {
    const caller = await ask('/plans', like(1_048_576));
    await until(async () => (await running()) === 1);
    caller.destroy();
    expect(await until(async () => (await running()) === 0)).toBeLessThan(10_000);
    expect(await gone()).toBe(1);
    expect((await postPlan(server, smallRequest())).status).toBe(201);
    expect(server.lines.join('\n')).not.toContain('request failed');
  });

  it('gives up its place in the queue', async () => {
    const first = await ask('/plans', like(524_288));
    await until(async () => (await running()) === 1);
    const second = await ask('/plans', like(262_144));
    await until(async () => (await waiting()) === 1);
    second.destroy();
    await until(async () => (await waiting()) === 0);
    expect(await running()).toBe(1);
    first.destroy();
    await until(async () => (await running()) === 0);
  });

  it('ends nothing that another waits for', async () => {
    const leaver = await ask('/plans', like(917_504));
    await until(async () => (await running()) === 1);
    const planned = await metric(server, 'shardwell_plans_total');
    const began = performance.now();
    const stayer = postPlan(server, like(917_504));
    await sleep(500);
    const before = await gone();
    leaver.destroy();
    await until(async () => (await gone()) === before + 1);
    await sleep(1_000);
    expect(await running()).toBe(1);
    const response = await stayer;
    // The one search that there was, to its end or its deadline: not to the moment when the first caller left.
    expect([200, 503]).toContain(response.status);
    const whole = response.status === 200 && (await jsonOf(response)).search.exhaustive;
    expect(whole || performance.now() - began > 0.9 * timeoutMs).toBe(true);
    expect(await metric(server, 'shardwell_plans_total')).toBe(planned + 1);
  });
});
