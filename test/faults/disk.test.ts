/** A disk that is full, and one that is read-only: plans are made and answered as before, and the disk is used again once it can be. */
import { afterEach, describe, expect, it } from 'vitest';
import type { BuiltServer } from '../support/built-server.ts';
import { distinctPlan, faultedServers, metricOf, post, until } from '../support/faulted-server.ts';
import { createSmallDisk, noSmallDisk, type SmallDisk } from '../support/small-disk.ts';

const { start } = faultedServers();
const timeout = 180_000;
const withinMs = 40_000;
const failures = 'shardwell_cache_failures_total{tier="disk"}';

let disk: SmallDisk | undefined;
afterEach(() => {
  // After the server, which the hook registered first has killed by then or kills next: the mount goes lazily.
  disk?.remove();
  disk = undefined;
});

const storeOf = async (server: BuiltServer): Promise<string> => {
  const ready = await (await fetch(`${server.url}/health/ready`)).text();
  return /"store":"([^"]+)"/.exec(ready)?.[1] ?? ready;
};
const linesWith = (server: BuiltServer, words: string) => server.lines.filter((line) => line.includes(words));
const detailOf = async (answer: Promise<Response>) => (await answer).headers.get('cache-status');

// Root in CI has to run these; elsewhere whoever cannot mount is told so.
const mustRun = process.env.CI !== undefined && process.getuid?.() === 0;
describe.skipIf(noSmallDisk !== undefined && !mustRun)(`a small disk (${noSmallDisk ?? 'mounted'})`, () => {
  it('that fills up while the service runs costs durability and nothing else', { timeout }, async () => {
    disk = createSmallDisk(4);
    const server = await start({ DATA_DIR: disk.directory });
    await until(() => storeOf(server), { is: (store) => store === 'durable', withinMs });
    const kept = (await post(server.url, distinctPlan(0, 0))).headers.get('location') ?? '';
    disk.fill();
    const failed = await metricOf(server.url, failures);
    for (let i = 1; i <= 30; i += 1) {
      const made = await post(server.url, distinctPlan(0, i));
      expect(made.status).toBe(201);
    }
    expect(await storeOf(server)).toBe('memory-only');
    expect(await metricOf(server.url, failures)).toBeGreaterThan(failed);
    expect(linesWith(server, 'plans are kept in memory only')).toHaveLength(1);
    // From memory, both what was made before and what was made since.
    expect(await detailOf(post(server.url, distinctPlan(0, 0)))).toContain('detail=memory');
    expect(await detailOf(post(server.url, distinctPlan(0, 30)))).toContain('detail=memory');

    disk.clear();
    const after = await post(server.url, distinctPlan(0, 31));
    expect(after.status).toBe(201);
    await until(() => storeOf(server), { is: (store) => store === 'durable', withinMs });
    await until(() => linesWith(server, 'the disk takes plans again').length, { is: (count) => count === 1, withinMs });
    await server.stop('SIGKILL');
    const heir = await start({ DATA_DIR: disk.directory });
    for (const path of [kept, after.headers.get('location') ?? ''])
      expect((await fetch(heir.url + path)).headers.get('cache-status')).toContain('detail=disk');
  });

  it('that is full when the service starts is used as soon as there is room', { timeout }, async () => {
    disk = createSmallDisk(2);
    disk.fill();
    const server = await start({ DATA_DIR: disk.directory });
    expect(await storeOf(server)).toBe('memory-only');
    expect((await post(server.url, distinctPlan(1, 0))).status).toBe(201);
    expect(await detailOf(post(server.url, distinctPlan(1, 0)))).toContain('detail=memory');
    disk.clear();
    await until(() => storeOf(server), { is: (store) => store === 'durable', withinMs });
  });

  it('that is read-only is said, once, and used when it can be written', { timeout }, async () => {
    disk = createSmallDisk(4);
    disk.setReadOnly(true);
    const server = await start({ DATA_DIR: disk.directory });
    expect(await storeOf(server)).toBe('memory-only');
    expect(await metricOf(server.url, failures)).toBeGreaterThanOrEqual(1);
    expect((await post(server.url, distinctPlan(2, 0))).status).toBe(201);
    expect(await detailOf(post(server.url, distinctPlan(2, 0)))).toContain('detail=memory');
    await until(() => metricOf(server.url, failures), { is: (count) => count >= 2, withinMs });
    expect(linesWith(server, 'plans are kept in memory only')).toHaveLength(1);

    disk.setReadOnly(false);
    await until(() => storeOf(server), { is: (store) => store === 'durable', withinMs });
    await until(() => linesWith(server, 'the disk can be used now').length, { is: (count) => count === 1, withinMs });
    const made = await post(server.url, distinctPlan(2, 1));
    expect(made.status).toBe(201);
    expect(await server.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});
