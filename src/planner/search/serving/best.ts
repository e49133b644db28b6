/** The best few candidates of distinct layouts, in order. */
import type { Model } from '../../model.ts';
import { compareKeys, compareServing, type Judged, layoutKey } from './objective.ts';

export interface Best {
  readonly list: readonly Judged[];
  /** Whether no candidate with such a bound can be among the best few any more. */
  readonly beyond: (bound: readonly number[]) => boolean;
  readonly insert: (judged: Judged) => void;
}

export function bestOf(keep: number, model: Model): Best {
  const list: Judged[] = [];
  return {
    list,
    beyond: (bound) => {
      const last = list[keep - 1];
      return last !== undefined && compareKeys(bound, last.key) > 0;
    },
    insert: (judged) => {
      const layout = layoutKey(judged.strategy);
      const same = list.findIndex((known) => layoutKey(known.strategy) === layout);
      const known = list[same];
      if (known) {
        if (compareServing(known, judged, model) <= 0) return;
        list.splice(same, 1);
      }
      let at = list.length;
      while (at > 0) {
        const before = list[at - 1];
        if (!before || compareServing(before, judged, model) <= 0) break;
        at--;
      }
      list.splice(at, 0, judged);
      if (list.length > keep) list.pop();
    },
  };
}
