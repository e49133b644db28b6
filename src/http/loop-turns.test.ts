import { describe, expect, it } from 'vitest';
import { createLoopTurns } from './loop-turns.ts';

/** Keeps the loop busy. */
function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('turns of the event loop', () => {
  it('are shared out among those who come at once, in the order in which they came', async () => {
    const turns = createLoopTurns(5);
    const done: number[] = [];
    let passed = 0;
    /** A caller who goes over several promises, as a request does, and works 2 ms. */
    const call = async (number: number) => {
      const turn = turns.enter();
      if (turn) await turn;
      await null;
      await null;
      work(2);
      done.push(number);
    };
    let going = true;
    const watching = (async () => {
      for (; going; passed += 1) await nextTurn();
    })();
    // All in one turn, one callback each, as sockets are read.
    const calls = Array.from({ length: 40 }, (_, number) => nextTurn().then(() => call(number)));
    await Promise.all(calls);
    going = false;
    await watching;
    expect(done).toEqual(Array.from({ length: 40 }, (_, number) => number));
    // 80 ms in turns of some 5 to 7: in one turn others would have been let in once.
    expect(passed).toBeGreaterThan(8);
  });

  it('cost nobody a wait who comes alone', async () => {
    const turns = createLoopTurns(5);
    for (let i = 0; i < 5; i += 1) {
      expect(turns.enter()).toBeUndefined();
      await nextTurn();
      await nextTurn();
    }
  });

  it('go on after somebody has failed', async () => {
    const turns = createLoopTurns(1);
    const call = async (number: number) => {
      await turns.enter();
      work(1);
      if (number % 2 === 0) throw new Error('failed');
      return number;
    };
    const ends = await Promise.allSettled([0, 1, 2, 3, 4, 5].map(call));
    expect(ends.map(({ status }) => status === 'fulfilled')).toEqual([false, true, false, true, false, true]);
    await nextTurn();
    await nextTurn();
    expect(turns.enter()).toBeUndefined();
  });
});
