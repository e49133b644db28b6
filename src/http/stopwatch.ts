/** How long the parts of a job take, and whether one was cut short. */
import type { OutOfTime } from '../planner/result.ts';

/** A call gives the milliseconds since the last. */
export interface Stopwatch {
  (): number;
  /** When it was made, in milliseconds since the epoch: of the machine's clock, which all threads read alike. */
  readonly beganAt: number;
}

export function createStopwatch(): Stopwatch {
  let last = performance.now();
  const elapsedMs = () => {
    const now = performance.now();
    const elapsed = now - last;
    last = now;
    return elapsed;
  };
  return Object.assign(elapsedMs, { beganAt: Date.now() });
}

/** Reasons and remedies are searched for too: cut short, they leave an answer that a later one may better, and that is to be known. */
export function rememberingDeadline(outOfTime: OutOfTime): { readonly passed: OutOfTime; readonly met: () => boolean } {
  let cutShort = false;
  return {
    passed: (progress) => {
      cutShort ||= outOfTime(progress);
      return cutShort;
    },
    met: () => cutShort,
  };
}
