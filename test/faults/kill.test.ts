/** SIGKILL in the middle of writes: what was answered is there afterwards, however often it happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { distinctPlan, faultedServers, metricOf, post, until } from '../support/faulted-server.ts';

const { start } = faultedServers();
const rounds = 3;
const writers = 4;

it('loses no plan that it has answered with when it is killed while it writes, again and again', {
  timeout: 240_000,
}, async () => {
  const answered: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const victim = await start();
    const before = answered.length;
    const write = async (writer: number): Promise<never> => {
      for (let i = 0; ; i += 1) {
        const made = await post(victim.url, distinctPlan(1 + writer + writers * round, i));
        expect(made.status).toBe(201);
        answered.push(made.headers.get('content-location') ?? '');
      }
    };
    const cutOff = Promise.allSettled(Array.from({ length: writers }, (_, writer) => write(writer)));
    await until(() => answered.length - before, { is: (count) => count >= 8, withinMs: 60_000 });
    // At any moment of a plan: they take some milliseconds each.
    await sleep(Math.random() * 40);
    await victim.stop('SIGKILL');
    for (const end of await cutOff)
      expect(end).toMatchObject({ reason: expect.objectContaining({ name: 'TypeError' }) });
  }
  expect(answered.length).toBeGreaterThanOrEqual(8 * rounds);

  const heir = await start();
  const found = await Promise.all(answered.map((path) => fetch(heir.url + path).then(({ status }) => status)));
  expect(found).toEqual(answered.map(() => 200));
  expect(await metricOf(heir.url, 'shardwell_cache_corruptions_total{tier="disk"}')).toBe(0);
});
