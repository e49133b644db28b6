import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { threadOfTests } from '../../test/support/built.ts';
import { createPlanningPool, type OpenPlanningPool, type PlanningPoolOptions } from './planning-pool.ts';
import type { Job } from './ports.ts';

const opened: OpenPlanningPool[] = [];
const logged: string[] = [];

function open(options: Partial<PlanningPoolOptions> = {}): OpenPlanningPool {
  const pool = createPlanningPool({
    threads: 1,
    maxWaiting: 4,
    timeoutMs: 10_000,
    memoryMiB: 64,
    warmUpMs: 0,
    log: { error: (_details, message) => logged.push(message) },
    worker: threadOfTests('scripted-worker.mjs'),
    ...options,
  });
  opened.push(pool);
  return pool;
}

const job = (id: string, does = 'answer', ms = 0): Job => ({ kind: 'plan', id, request: { does, ms } });

afterEach(async () => {
  logged.splice(0);
  await Promise.all(opened.splice(0).map((pool) => pool.close()));
});

describe('the planning pool', () => {
  it('answers, from more than one thread', async () => {
    const pool = open({ threads: 2 });
    await pool.ready();
    const start = performance.now();
    const answers = await Promise.all([pool.plan(job('a', 'answer', 800)), pool.plan(job('b', 'answer', 800))]);
    expect(answers).toMatchObject([{ json: 'a' }, { json: 'b' }]);
    expect(performance.now() - start).toBeLessThan(1500);
    expect(pool.load()).toMatchObject({ waiting: 0, running: 0, threads: 2 });
  });

  it('leaves the event loop free while a thread is busy', async () => {
    const pool = open();
    await pool.ready();
    let longest = 0;
    let last = performance.now();
    const probe = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await pool.plan(job('busy', 'answer', 1000));
    clearInterval(probe);
    // On the loop it would be one gap of a second; a busy machine makes some of its own.
    expect(longest).toBeLessThan(700);
  });

  it('refuses what its queue does not hold', async () => {
    const recorder = { waited: vi.fn(), refused: vi.fn(), failed: vi.fn() };
    const pool = open({ maxWaiting: 1, recorder });
    await pool.ready();
    const held = [pool.plan(job('a', 'answer', 100)), pool.plan(job('b'))];
    await expect(pool.plan(job('c'))).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(recorder.refused).toHaveBeenCalledTimes(1);
    expect(await Promise.all(held)).toMatchObject([{ json: 'a' }, { json: 'b' }]);
  });

  it('counts the wait in the queue into the deadline', async () => {
    const pool = open({ timeoutMs: 200 });
    await pool.ready();
    const first = pool.plan(job('a', 'answer', 5000));
    const second = pool.plan(job('b', 'answer', 5000));
    const start = performance.now();
    const late = { kind: 'out-of-time', retryAfterS: 1 };
    expect(await Promise.all([first, second])).toEqual([late, late]);
    expect(performance.now() - start).toBeLessThan(4000);
  });

  it('lets a caller go at once, and frees the thread soon after', async () => {
    const pool = open();
    await pool.ready();
    const leaver = new AbortController();
    const running = pool.plan(job('a', 'answer', 8000), leaver.signal);
    const waiting = pool.plan(job('b', 'answer', 8000), leaver.signal);
    await sleep(50);
    leaver.abort(new Error('gone'));
    await expect(running).rejects.toThrow('gone');
    await expect(waiting).rejects.toThrow('gone');
    const start = performance.now();
    expect(await pool.plan(job('c'))).toMatchObject({ json: 'c' });
    expect(performance.now() - start).toBeLessThan(4000);
    expect(logged).toEqual([]);
  });

  it.each(['throw', 'die', 'outgrow'])('rejects a job whose worker does "%s", and goes on', async (does) => {
    const recorder = { waited: vi.fn(), refused: vi.fn(), failed: vi.fn() };
    const pool = open({ recorder });
    await pool.ready();
    const good = [
      pool.plan(job('before')),
      pool.plan(job('bad', does)).catch((error: Error) => error),
      pool.plan(job('after')),
    ];
    const [before, bad, after] = await Promise.all(good);
    expect(before).toMatchObject({ json: 'before' });
    expect(bad).toBeInstanceOf(Error);
    expect(after).toMatchObject({ json: 'after' });
    expect(pool.load()).toMatchObject({ waiting: 0, running: 0 });
    expect(recorder.failed).toHaveBeenCalledTimes(1);
  });

  it('ends the thread of a job that ignores its deadline', async () => {
    const pool = open({ timeoutMs: 50 });
    await pool.ready();
    const start = performance.now();
    expect(await pool.plan(job('a', 'ignore-deadline', 20_000))).toMatchObject({
      kind: 'out-of-time',
      retryAfterS: expect.any(Number),
    });
    expect(performance.now() - start).toBeLessThan(8000);
    expect(logged).toEqual(['a job ran past its deadline: its thread was ended']);
    await sleep(1500);
    expect(await pool.plan(job('b'))).toMatchObject({ json: 'b' });
  });

  it('ends a large job on the only thread, once it has had its slice and small ones wait', async () => {
    const pool = open({ timeoutMs: 8_000 });
    await pool.ready();
    const start = performance.now();
    const large = pool.plan({ ...job('large', 'answer', 7_000), expectedMs: 7_000 });
    await expect(pool.plan(job('small'))).resolves.toMatchObject({ json: 'small' });
    // A quarter of the deadline.
    expect(performance.now() - start).toBeGreaterThan(1_900);
    expect(await large).toMatchObject({ json: 'abandoned' });
  });

  it('leaves a large job its time while no small one waits', async () => {
    const pool = open({ timeoutMs: 4_000 });
    await pool.ready();
    const first = pool.plan({ ...job('first', 'answer', 1_500), expectedMs: 7_000 });
    const second = pool.plan({ ...job('second'), expectedMs: 7_000 });
    expect(await Promise.all([first, second])).toMatchObject([{ json: 'first' }, { json: 'second' }]);
  });

  it('ends all jobs early when it is told to hurry', async () => {
    const pool = open();
    await pool.ready();
    const running = pool.plan(job('a', 'answer', 20_000));
    const waiting = pool.plan(job('b', 'answer', 20_000));
    await sleep(50);
    pool.hurry();
    expect(await running).toMatchObject({ json: 'abandoned' });
    expect(await waiting).toMatchObject({ kind: 'out-of-time', retryAfterS: expect.any(Number) });
  });

  it('refuses jobs once it is closing, those that wait included', async () => {
    const pool = open();
    await pool.ready();
    const running = pool.plan(job('a', 'answer', 5000)).catch((error: Error) => error);
    const waiting = pool.plan(job('b')).catch((error: Error) => error);
    await sleep(20);
    await pool.close();
    expect(await running).toBeInstanceOf(Error);
    expect(await waiting).toMatchObject({ code: 'OVERLOADED' });
    await expect(pool.plan(job('c'))).rejects.toMatchObject({ code: 'OVERLOADED' });
  });
});
