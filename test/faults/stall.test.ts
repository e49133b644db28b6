/** Big plans by the dozen: whoever asks whether the service lives is answered at once. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { exampleText, faultedServers, post } from '../support/faulted-server.ts';

const { start } = faultedServers();

/** By thread, as Linux has it: the 19th field of a thread's stat, the 17th after its name. */
function nicenesses(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    return Number(stat.replace(/^.*\) /s, '').split(' ')[16]);
  });
}

it('answers /health/live at once while ten big plans run', { timeout: 120_000 }, async () => {
  const server = await start({ PLANNER_THREADS: '2', PLAN_TIMEOUT_MS: '20000' });
  const large: { workload: object } = JSON.parse(exampleText('deepseek-many-nodes'));
  if (process.platform === 'linux') {
    const [own = 0, ...others] = nicenesses(server.pid);
    expect(others.filter((niceness) => niceness > own)).toHaveLength(2);
  }
  let planning = true;
  const plans = Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      post(server.url, JSON.stringify({ ...large, workload: { ...large.workload, batchSize: 256 * (i + 1) } })),
    ),
  ).finally(() => {
    planning = false;
  });
  const waits: number[] = [];
  while (planning) {
    const asked = performance.now();
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    waits.push(performance.now() - asked);
    await sleep(2);
  }
  for (const { status } of await plans) expect([200, 201, 503]).toContain(status);
  waits.sort((a, b) => a - b);
  const at = (share: number) => waits[Math.floor(share * (waits.length - 1))] ?? Number.POSITIVE_INFINITY;
  expect(waits.length).toBeGreaterThan(20);
  // A plan on the event loop would show as hundreds of milliseconds in the middle; a busy machine shows at the end alone.
  expect(at(0.5)).toBeLessThan(50);
  expect(at(0.95)).toBeLessThan(250);
});
