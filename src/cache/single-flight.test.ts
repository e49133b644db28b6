import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { createSingleFlight } from './single-flight.ts';

describe('single flight', () => {
  it('does concurrent work under one key once, and later work again', async () => {
    const flights = createSingleFlight();
    const work = vi.fn(async () => {
      await sleep(5);
      return 42;
    });
    const all = await Promise.all([flights.run('k', work), flights.run('k', work), flights.run('other', work)]);
    expect(all).toEqual([
      { value: 42, shared: false },
      { value: 42, shared: true },
      { value: 42, shared: false },
    ]);
    expect(work).toHaveBeenCalledTimes(2);
    await flights.run('k', work);
    expect(work).toHaveBeenCalledTimes(3);
  });

  it('fails all who wait, and remembers no failure', async () => {
    const flights = createSingleFlight();
    const failing = async () => {
      await sleep(1);
      throw new Error('no');
    };
    const both = await Promise.allSettled([flights.run('k', failing), flights.run('k', failing)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await flights.run('k', async () => 'yes')).toEqual({ value: 'yes', shared: false });
  });

  it('takes work that throws at once for a failed flight', async () => {
    const flights = createSingleFlight();
    const throwing = (): Promise<number> => {
      throw new Error('at once');
    };
    await expect(flights.run('k', throwing)).rejects.toThrow('at once');
    expect(await flights.run('k', async () => 1)).toEqual({ value: 1, shared: false });
  });

  it('lets a caller leave without ending the work of the others', async () => {
    const flights = createSingleFlight();
    const leaver = new AbortController();
    let abandoned: AbortSignal | undefined;
    const work = async (signal: AbortSignal) => {
      abandoned = signal;
      await sleep(20);
      return 'done';
    };
    const first = flights.run('k', work, leaver.signal);
    const second = flights.run('k', work, new AbortController().signal);
    await sleep(1);
    leaver.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    expect(abandoned?.aborted).toBe(false);
    expect(await second).toEqual({ value: 'done', shared: true });
  });

  it('abandons the work once all have left, and lets nobody join it then', async () => {
    const flights = createSingleFlight();
    const leavers = [new AbortController(), new AbortController()];
    let abandoned: AbortSignal | undefined;
    const work = (signal: AbortSignal) => {
      abandoned = signal;
      return sleep(50, 'late', { signal });
    };
    const waiting = leavers.map(({ signal }) => flights.run('k', work, signal));
    await sleep(1);
    for (const leaver of leavers) leaver.abort(new Error('gone'));
    const fresh = flights.run('k', async () => 'fresh');
    await Promise.all(waiting.map((left) => expect(left).rejects.toThrow('gone')));
    expect(abandoned?.aborted).toBe(true);
    expect(await fresh).toEqual({ value: 'fresh', shared: false });
  });

  it('refuses a caller that has left before it came', async () => {
    const work = vi.fn(async () => 1);
    await expect(createSingleFlight().run('k', work, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(work).not.toHaveBeenCalled();
  });
});
