import { describe, expect, it } from 'vitest';
import { createPlanningQueue, OverloadedError } from './planning-queue.ts';

describe('the planning queue', () => {
  it('gives threads in the order of arrival, and never more than there are', async () => {
    const queue = createPlanningQueue({ threads: 1, maxWaiting: 8 });
    expect(await queue.acquire(1000)).toBe(true);
    const order: number[] = [];
    const turns = [1, 2, 3].map((number) => queue.acquire(1000).then(() => order.push(number)));
    expect(queue.load()).toEqual({ waiting: 3, running: 1 });
    for (const turn of turns) {
      queue.release();
      await turn;
      expect(queue.load().running).toBe(1);
    }
    expect(order).toEqual([1, 2, 3]);
    queue.release();
    expect(queue.load()).toEqual({ waiting: 0, running: 0 });
  });

  it('refuses what would wait beyond its bound', async () => {
    const queue = createPlanningQueue({ threads: 1, maxWaiting: 1 });
    await queue.acquire(1000);
    const second = queue.acquire(1000);
    await expect(queue.acquire(1000)).rejects.toThrow(OverloadedError);
    await expect(queue.acquire(1000)).rejects.toMatchObject({ code: 'OVERLOADED' });
    queue.release();
    expect(await second).toBe(true);
  });

  it('takes no queue at all for a bound of 0', async () => {
    const queue = createPlanningQueue({ threads: 1, maxWaiting: 0 });
    expect(await queue.acquire(1000)).toBe(true);
    await expect(queue.acquire(1000)).rejects.toMatchObject({ code: 'OVERLOADED' });
    queue.release();
    expect(await queue.acquire(1000)).toBe(true);
  });

  it('frees the place of whoever leaves or is out of time', async () => {
    const queue = createPlanningQueue({ threads: 1, maxWaiting: 2 });
    await queue.acquire(1000);
    const leaver = new AbortController();
    const leaving = queue.acquire(1000, leaver.signal);
    const short = queue.acquire(5);
    leaver.abort(new Error('gone'));
    await expect(leaving).rejects.toThrow('gone');
    expect(await short).toBe(false);
    expect(queue.load()).toEqual({ waiting: 0, running: 1 });
    await expect(queue.acquire(1000, leaver.signal)).rejects.toThrow('gone');
  });
});
