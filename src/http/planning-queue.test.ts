import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createPlanningQueue, OverloadedError, type QueueLimits, type Turn } from './planning-queue.ts';

const open = (limits: Partial<QueueLimits> = {}) =>
  createPlanningQueue({ threads: 1, maxWaiting: 8, smallMs: 100, mostOvertakenMs: 2_000, ...limits });

const small = { expectedMs: 10, waitMs: 60_000 };
const large = { expectedMs: 5_000, waitMs: 60_000 };

function given(turn: Turn | undefined): Turn {
  if (!turn) throw new Error('no turn');
  return turn;
}

/** A clock that stands still unless it is moved. */
function stoppedClock(): void {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

/** The names of those who wait, in the order in which they are given threads, each handing its own on at once. */
async function orderOf(first: Turn, waiting: Readonly<Record<string, Promise<Turn | undefined>>>): Promise<string[]> {
  const order: string[] = [];
  const all = Object.entries(waiting).map(([name, turn]) =>
    turn.then((granted) => {
      order.push(name);
      given(granted).release();
    }),
  );
  first.release();
  await Promise.all(all);
  return order;
}

describe('the planning queue', () => {
  it('gives threads to equal jobs in the order of arrival, and never more than there are', async () => {
    const queue = open();
    const first = given(await queue.acquire(small));
    const waiting = { a: queue.acquire(small), b: queue.acquire(small), c: queue.acquire(small) };
    expect(queue.load()).toMatchObject({ waiting: 3, running: 1 });
    expect(await orderOf(first, waiting)).toEqual(['a', 'b', 'c']);
    expect(queue.load()).toMatchObject({ waiting: 0, running: 0 });
  });

  it('lets the shorter go first', async () => {
    const queue = open();
    const first = given(await queue.acquire(small));
    const waiting = {
      large: queue.acquire(large),
      medium: queue.acquire({ ...small, expectedMs: 90 }),
      small: queue.acquire(small),
    };
    expect(queue.load().byClass).toEqual({ small: { waiting: 2, running: 1 }, large: { waiting: 1, running: 0 } });
    expect(await orderOf(first, waiting)).toEqual(['small', 'medium', 'large']);
  });

  it('lets a large job be overtaken only for so long', async () => {
    stoppedClock();
    const queue = open({ mostOvertakenMs: 2_000 });
    const first = given(await queue.acquire({ ...small, waitMs: 60_000 }));
    const later = { ...small, waitMs: 60_000 };
    const largeOne = queue.acquire({ ...large, waitMs: 60_000 });
    vi.advanceTimersByTime(1_900);
    const soon = queue.acquire(later);
    vi.advanceTimersByTime(200);
    const late = queue.acquire(later);
    expect(await orderOf(first, { largeOne, soon, late })).toEqual(['soon', 'largeOne', 'late']);
  });

  it('keeps one of several threads free of large jobs', async () => {
    const queue = open({ threads: 3 });
    const running = [given(await queue.acquire(large)), given(await queue.acquire(large))];
    const third = queue.acquire(large);
    expect(queue.load()).toMatchObject({ waiting: 1, running: 2 });
    const quick = given(await queue.acquire(small));
    expect(queue.load()).toMatchObject({ waiting: 1, running: 3 });
    quick.release();
    expect(queue.load()).toMatchObject({ waiting: 1, running: 2 });
    running[0]?.release();
    expect(given(await third).jobClass).toBe('large');
  });

  it('keeps half of the places free of large jobs', async () => {
    const queue = open({ maxWaiting: 4 });
    const first = given(await queue.acquire(large));
    const waiting = { a: queue.acquire(large), b: queue.acquire(large) };
    await expect(queue.acquire(large)).rejects.toThrow(OverloadedError);
    const others = { c: queue.acquire(small), d: queue.acquire(small) };
    await expect(queue.acquire(small)).rejects.toThrow(OverloadedError);
    expect(await orderOf(first, { ...waiting, ...others })).toEqual(['c', 'd', 'a', 'b']);
  });

  it('refuses what would wait beyond its bound', async () => {
    const queue = open({ maxWaiting: 1 });
    const first = given(await queue.acquire(small));
    const second = queue.acquire(small);
    await expect(queue.acquire(small)).rejects.toMatchObject({ code: 'OVERLOADED', retryAfterS: 1 });
    first.release();
    expect(await second).toBeDefined();
  });

  it('says to come back when those who wait will have been served', async () => {
    stoppedClock();
    const queue = open({ maxWaiting: 8, smallMs: 10_000 });
    // Forty jobs of 2 s each, by which the queue learns what one takes.
    for (let done = 0; done < 40; done += 1) {
      const turn = given(await queue.acquire(small));
      vi.advanceTimersByTime(2_000);
      turn.release();
    }
    await queue.acquire(small);
    const waits = Array.from({ length: 8 }, () => queue.acquire(small));
    const refusal = await queue.acquire(small).catch((error: unknown) => error);
    // One runs and eight wait.
    const retryAfterS = refusal instanceof OverloadedError ? refusal.retryAfterS : 0;
    expect(retryAfterS).toBeGreaterThanOrEqual(16);
    expect(retryAfterS).toBeLessThanOrEqual(18);
    queue.dismiss();
    expect(await Promise.all(waits)).toEqual(Array.from({ length: 8 }, () => undefined));
  });

  it('refuses at once what is not expected to have its turn in time, and says when to come back', async () => {
    stoppedClock();
    const queue = open({ threads: 2, smallMs: 10_000, maxWaiting: 100 });
    for (let done = 0; done < 60; done += 1) {
      const turn = given(await queue.acquire(small));
      vi.advanceTimersByTime(2_000);
      turn.release();
    }
    const running = [given(await queue.acquire(small)), given(await queue.acquire(small))];
    const waits = Array.from({ length: 6 }, () => queue.acquire(small));
    // Two run and six wait, 2 s each on two threads.
    await expect(queue.acquire({ ...small, waitMs: 7_000 })).rejects.toMatchObject({
      code: 'OVERLOADED',
      message: 'Every planner is busy, and no turn is expected before the deadline.',
      retryAfterS: 8,
    });
    expect(queue.load().waiting).toBe(6);
    expect(queue.drainS(small.expectedMs)).toBe(8);
    // What has run for a while is soon over.
    vi.advanceTimersByTime(1_500);
    const later = queue.acquire({ ...small, waitMs: 7_000 });
    expect(queue.load().waiting).toBe(7);
    // Those who wait longer, but would go after it, are none of its wait.
    const short = queue.acquire({ expectedMs: 1, waitMs: 7_000 });
    for (const turn of running) turn.release();
    queue.dismiss();
    await Promise.all([...waits, later, short]);
  });

  it('takes no queue at all for a bound of 0', async () => {
    const queue = open({ maxWaiting: 0 });
    const first = given(await queue.acquire(small));
    await expect(queue.acquire(small)).rejects.toMatchObject({ code: 'OVERLOADED' });
    first.release();
    expect(await queue.acquire(large)).toBeDefined();
  });

  it('frees the place of whoever leaves or is out of time', async () => {
    stoppedClock();
    const queue = open({ maxWaiting: 2 });
    await queue.acquire(small);
    // It runs for longer than jobs do: the next turn may come at any moment.
    vi.advanceTimersByTime(500);
    const leaver = new AbortController();
    const leaving = queue.acquire(small, leaver.signal);
    const short = queue.acquire({ ...small, waitMs: 150 });
    leaver.abort(new Error('gone'));
    await expect(leaving).rejects.toThrow('gone');
    vi.advanceTimersByTime(150);
    expect(await short).toBeUndefined();
    expect(queue.load()).toMatchObject({ waiting: 0, running: 1 });
    await expect(queue.acquire(small, leaver.signal)).rejects.toThrow('gone');
  });
});
