/** A pair of layouts in the numbers that serve the objective best. */
import type { OutOfTime } from '../../result.ts';
import {
  type Halves,
  type JudgeContext,
  judgeDisaggregated,
  type Numbers,
  pairStrategy,
  type Rejected,
} from './judge.ts';
import { compareKeys, compareServing, type Judged } from './objective.ts';
import type { PairBounds } from './pair-bounds.ts';
import { findsRoom } from './rules.ts';
import type { Sides } from './sides.ts';
import { matchedNumbers, usefulLimit } from './splits.ts';

export interface PairVerdict {
  /** What was judged and fits; the best first. */
  readonly fitting: readonly Judged[];
  readonly rejected: readonly Rejected[];
  readonly complete: boolean;
}

export function judgePair(
  context: JudgeContext,
  pair: {
    readonly sides: Sides;
    readonly bounds: PairBounds;
    readonly halves: Halves;
    readonly limit: number;
    readonly beyond: (bound: readonly number[]) => boolean;
    readonly outOfTime: OutOfTime;
  },
): PairVerdict {
  const { problem } = context;
  const { sides, bounds, halves, limit, beyond, outOfTime } = pair;
  if (bounds.idles(halves, beyond)) return { fitting: [], rejected: [], complete: true };
  const boundOf = bounds.numbersOf(halves, limit);
  const numbers: { readonly n: Numbers; readonly bound: readonly number[] }[] = [];
  for (const n of matchedNumbers(problem, sides, halves, limit)) {
    const bound = boundOf(n);
    if (!beyond(bound)) numbers.push({ n, bound });
  }
  numbers.sort((a, b) => compareKeys(a.bound, b.bound));
  const fitting: Judged[] = [];
  const rejected: Rejected[] = [];
  let best: Judged | undefined;
  let complete = true;
  for (const { n, bound } of numbers) {
    if (best && compareKeys(bound, best.key) > 0) break;
    if (outOfTime()) {
      complete = false;
      break;
    }
    const alone = pairStrategy(problem, halves, { numbers: n, perRank: 1 });
    if (!findsRoom(problem, alone)) {
      rejected.push({ kind: 'rejected', reason: 'placement.tp-group-would-split', strategy: alone });
      continue;
    }
    const verdict = judgeDisaggregated(context, halves, n, usefulLimit(problem, sides, { halves, numbers: n, limit }));
    if (verdict.kind === 'rejected') rejected.push(verdict);
    else {
      fitting.push(verdict.judged);
      if (!best || compareKeys(verdict.judged.key, best.key) < 0) best = verdict.judged;
    }
  }
  fitting.sort((a, b) => compareServing(a, b, problem.model));
  return { fitting, rejected, complete };
}
