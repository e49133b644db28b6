/** A queue that hands out what has the least key first; equal keys in the order they came. */
import { compareKeys } from './objective.ts';

interface Entry<T> {
  readonly key: readonly number[];
  readonly order: number;
  readonly value: T;
}

export interface Queue<T> {
  readonly push: (key: readonly number[], value: T) => void;
  readonly pop: () => { readonly key: readonly number[]; readonly value: T } | undefined;
  readonly size: () => number;
}

export function queueOf<T>(): Queue<T> {
  const heap: Entry<T>[] = [];
  let pushed = 0;
  const before = (a: Entry<T>, b: Entry<T>) => (compareKeys(a.key, b.key) || a.order - b.order) < 0;
  return {
    size: () => heap.length,
    push: (key, value) => {
      const entry = { key, order: pushed++, value };
      let at = heap.length;
      while (at > 0) {
        const above = (at - 1) >> 1;
        const parent = heap[above];
        if (!parent || !before(entry, parent)) break;
        heap[at] = parent;
        at = above;
      }
      heap[at] = entry;
    },
    pop: () => {
      const first = heap[0];
      const last = heap.pop();
      if (!first || !last || heap.length === 0) return first;
      let at = 0;
      for (;;) {
        const left = heap[2 * at + 1];
        const right = heap[2 * at + 2];
        const least = left && right && before(right, left) ? right : left;
        if (!least || !before(least, last)) break;
        heap[at] = least;
        at = least === right ? 2 * at + 2 : 2 * at + 1;
      }
      heap[at] = last;
      return first;
    },
  };
}
