/** Layouts as numbers: equal layouts have one, whatever object tells them. To look up by, a number takes a tenth of the time that a text of all degrees does. */
import type { WorkerLayout } from './worker.ts';

/** Of a layout, but for how many workers there are. */
export type LayoutNumber = (worker: Omit<WorkerLayout, 'replicas'>) => number;

/** Two degrees as one key: they are at most 2^20. */
const pair = (a: number, b: number): number => a * 2 ** 24 + b;

function at<T>(map: Map<number, Map<number, T>>, key: number): Map<number, T> {
  let inner = map.get(key);
  if (!inner) {
    inner = new Map();
    map.set(key, inner);
  }
  return inner;
}

/** Numbers layouts from 0 in the order in which they are first asked for. */
export function layoutNumbers(): LayoutNumber {
  const known = new Map<number, Map<number, Map<number, Map<number, number>>>>();
  let next = 0;
  return ({ tp, cp, dp, pp, ep, etp, redundantExperts }) => {
    const folds = at(at(at(known, pair(tp, cp)), pair(dp, pp)), pair(ep, etp));
    let number = folds.get(redundantExperts);
    if (number === undefined) {
      number = next++;
      folds.set(redundantExperts, number);
    }
    return number;
  };
}
