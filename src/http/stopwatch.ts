/** How long the parts of a job take, and whether one was cut short. */
import type { OutOfTime } from '../planner/result.ts';

/** Milliseconds since the last call. */
export function createStopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const elapsed = now - last;
    last = now;
    return elapsed;
  };
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
