/** The best few of what has been judged so far, in order. */
import type { Model } from '../model.ts';
import { compareJudged, type Judged } from './objective.ts';

export interface Best {
  readonly list: readonly Judged[];
  /** The key that a candidate must not be worse than to be kept; undefined while there is room. */
  readonly threshold: () => readonly number[] | undefined;
  readonly insert: (judged: Judged) => void;
}

export function bestOf(keep: number, model: Model): Best {
  const list: Judged[] = [];
  return {
    list,
    threshold: () => (list.length < keep ? undefined : list[keep - 1]?.key),
    insert: (judged) => {
      let at = list.length;
      while (at > 0) {
        const before = list[at - 1];
        if (!before || compareJudged(before, judged, model) <= 0) break;
        at--;
      }
      if (at >= keep) return;
      list.splice(at, 0, judged);
      if (list.length > keep) list.pop();
    },
  };
}

/** Whether a key, known up to some term, is certainly worse than another: lexicographic; equal so far means no. */
export function worse(bound: readonly number[], than: readonly number[]): boolean {
  for (let i = 0; i < bound.length; i++) {
    const a = bound[i] ?? 0;
    const b = than[i] ?? 0;
    if (a !== b) return a > b;
  }
  return false;
}
