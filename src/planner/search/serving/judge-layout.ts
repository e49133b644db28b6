/** A layout in as many workers as serve the objective best. */
import type { Range } from '../../result.ts';
import type { ServingStrategy } from '../../strategy.ts';
import type { Objective, ServingLoad } from '../../workload.ts';
import { smallest } from './bisect.ts';
import { type Expectation, type JudgeContext, judgeAggregated, type Verdict, type Worse } from './judge.ts';
import { compareKeys } from './objective.ts';
import type { Worker } from './workers.ts';

/** How many workers are best: as many as there is room for, unless fewer do the same; or as few as do. */
function numbersOf(load: ServingLoad, objective: Objective): 'most' | 'fewest' {
  if (objective === 'balance') return 'most';
  if (objective === 'cost') return 'fewest';
  // Workers that fill up are copies of each other: more of them serve more, and change nothing else.
  if (load.kind === 'saturated') return objective === 'throughput' ? 'most' : 'fewest';
  // Under arrivals at a rate all that keep up serve the same.
  return load.kind === 'rate' && objective === 'throughput' ? 'fewest' : 'most';
}

/** The verdict on a layout, and how many numbers of workers were looked at for it. */
export function judgeLayout(
  context: JudgeContext,
  worker: Worker,
  numbers: Range,
  expected?: Expectation,
): { readonly verdict: Verdict | Worse; readonly judged: number } {
  const { workload, objective } = context.problem;
  const { load } = workload;
  const rule = numbersOf(load, objective);
  let judged = 0;
  const judge = (replicas: number): Verdict | Worse => {
    judged++;
    return judgeAggregated(context, worker, replicas, expected);
  };
  // Saturated workers are copies: what one of them does, any number does so many times.
  if (load.kind === 'saturated') {
    const verdict = judge(rule === 'most' ? numbers.max : numbers.min);
    return { verdict, judged };
  }
  const known = new Map<number, Verdict | Worse>();
  const at = (replicas: number): Verdict | Worse => {
    let verdict = known.get(replicas);
    if (!verdict) {
      verdict = judge(replicas);
      known.set(replicas, verdict);
    }
    return verdict;
  };
  const verdict =
    rule === 'most' && load.kind === 'concurrency'
      ? bestOfLoop(load.concurrency, numbers, at)
      : bestNumber(rule, numbers, at);
  return { verdict, judged };
}

/**
 * In a closed loop with an SLO on TPOT, workers that are too few to take every client all run as many sequences as the SLO lets them; those
 * that take all share them out, on average at most one more than these. The first of them may have a longer TPOT and more bytes than the
 * last that leave clients waiting, so that each kind has a best of its own. More workers on either side are no worse.
 */
function bestOfLoop(clients: number, { min, max }: Range, at: (replicas: number) => Verdict | Worse): Verdict | Worse {
  const takesAll = (n: number): boolean => {
    const verdict = at(n);
    const { maxConcurrency } = verdict.kind === 'fits' ? slotsOf(verdict.judged.strategy) : slotsOf(verdict.strategy);
    return maxConcurrency >= clients;
  };
  if (!takesAll(max) || takesAll(min)) return bestNumber('most', { min, max }, at);
  const first = smallest({ tooFew: min, most: max }, takesAll);
  const all = bestNumber('most', { min: first, max }, at);
  const some = bestNumber('most', { min, max: first - 1 }, at);
  if (all.kind !== 'fits') return some.kind === 'fits' ? some : all;
  return some.kind === 'fits' && compareKeys(some.judged.key, all.judged.key) < 0 ? some : all;
}

function slotsOf(strategy: ServingStrategy): { readonly maxConcurrency: number } {
  return strategy.mode === 'aggregated' ? strategy : strategy.decode;
}

/** The verdict on the best number of workers; that on the most of them where not even they will do. */
function bestNumber(
  rule: 'most' | 'fewest',
  { min, max }: { readonly min: number; readonly max: number },
  at: (replicas: number) => Verdict | Worse,
): Verdict | Worse {
  const most = at(max);
  if (most.kind !== 'fits' || min === max) return most;
  if (rule === 'fewest') return at(smallest({ tooFew: min - 1, most: max }, (n) => at(n).kind === 'fits'));
  // The objective's terms without the GPUs, which are the last of them.
  const terms = most.judged.key.length - 1;
  const asGood = (n: number): boolean => {
    const verdict = at(n);
    return (
      verdict.kind === 'fits' && compareKeys(verdict.judged.key.slice(0, terms), most.judged.key.slice(0, terms)) <= 0
    );
  };
  if (!asGood(max - 1)) return most;
  return at(smallest({ tooFew: min - 1, most: max }, asGood));
}
