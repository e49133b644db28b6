/**
 * Keeps one turn of the event loop short however many requests have come in since the last.
 *
 * Node hands over all sockets that can be read before it looks again. Of 500 callers who all ask for plans that are not known, each costs
 * some 0.3 ms to read, judge and refuse: 150 ms in one turn, in which a health check that came first is not even seen. Here whoever
 * finds the turn's time used up waits for the next, in the order of arrival, and sockets are read in between.
 */
export interface LoopTurns {
  /** Undefined where the caller may go on at once, which costs next to nothing. */
  enter(): Promise<void> | undefined;
}

/** A few requests' worth: short beside what a probe may wait, long beside a turn of the loop itself, some 20 µs. */
const SLICE_MS = 5;

export function createLoopTurns(sliceMs = SLICE_MS): LoopTurns {
  const waiting: (() => void)[] = [];
  let sliceEnd = 0;
  /** Whether a turn is being measured. */
  let isOpen = false;

  /** Lets in one after another. Each is done, as far as it goes without waiting for something, before the time is looked at again. */
  const admit = (): void => {
    const next = performance.now() < sliceEnd ? waiting.shift() : undefined;
    if (next) {
      next();
      // Microtasks run to their end before the next tick, and what they beget among them.
      queueMicrotask(() => process.nextTick(admit));
    } else if (waiting.length > 0) setImmediate(begin);
    else isOpen = false;
  };

  const begin = (): void => {
    sliceEnd = performance.now() + sliceMs;
    admit();
  };

  return {
    enter() {
      if (!isOpen) {
        isOpen = true;
        sliceEnd = performance.now() + sliceMs;
        // After everything that this turn's sockets bring.
        setImmediate(begin);
        return undefined;
      }
      if (waiting.length === 0 && performance.now() < sliceEnd) return undefined;
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
  };
}
