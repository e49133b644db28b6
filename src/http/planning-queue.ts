/**
 * Who may use a planning thread, and who waits for one, first come first served.
 *
 * Piscina has a queue of its own, and it is not used: 5.3 does not apply `maxQueue` to tasks that carry an AbortSignal, and a
 * deadline has to end a wait as well. Here the bound is exact, and whoever leaves gives up the place at once.
 */
/** Called where a thread has to be waited for; `ahead` says how many wait before it when it is asked. */
export type Queued = (ahead: () => number) => void;

export interface PlanningQueue {
  /** Resolves with true when a thread is free for the caller, who must then release() it; with false when `waitMs` are over. */
  acquire(waitMs: number, signal?: AbortSignal, queued?: Queued): Promise<boolean>;
  release(): void;
  /** Ends every wait, as if its time were over. */
  dismiss(): void;
  load(): { readonly waiting: number; readonly running: number };
}

export interface QueueLimits {
  readonly threads: number;
  readonly maxWaiting: number;
}

/** Rejected work: the error handler knows it by its code. */
export class OverloadedError extends Error {
  readonly code = 'OVERLOADED';

  constructor(message: string) {
    super(message);
    this.name = 'OverloadedError';
  }
}

type Turn = (granted: boolean) => void;

export function createPlanningQueue({ threads, maxWaiting }: QueueLimits): PlanningQueue {
  /** A set keeps the order of arrival, and a leaver is found in it without a search. */
  const waiting = new Set<Turn>();
  let running = 0;

  const wait = (waitMs: number, signal: AbortSignal | undefined, queued: Queued | undefined): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const settle = () => {
        waiting.delete(turn);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const turn: Turn = (granted) => {
        settle();
        resolve(granted);
      };
      const onAbort = () => {
        settle();
        reject(signal?.reason);
      };
      const timer = setTimeout(() => turn(false), waitMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      waiting.add(turn);
      queued?.(() => Math.max(0, [...waiting].indexOf(turn)));
    });

  return {
    async acquire(waitMs, signal, queued) {
      signal?.throwIfAborted();
      if (running < threads) {
        running += 1;
        return true;
      }
      if (waiting.size >= maxWaiting)
        throw new OverloadedError(`all ${threads} planning threads are busy, and ${maxWaiting} jobs wait`);
      return wait(waitMs, signal, queued);
    },

    release() {
      const [next] = waiting;
      // The thread passes from hand to hand: `running` stays, so that nobody who comes now can slip in between.
      if (next) next(true);
      else running -= 1;
    },

    dismiss() {
      for (const turn of [...waiting]) turn(false);
    },

    load: () => ({ waiting: waiting.size, running }),
  };
}
