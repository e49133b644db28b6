/**
 * The search that plans are made with: the same answer as ./exhaustive.ts, from a fraction of the work.
 *
 * 1. A few seeds are judged: any K candidates bound the K-th best from above.
 * 2. Layouts that no rule turns away are listed; whole subspaces fall by one rule and are counted by the closed forms of ./space.ts.
 *    A layout whose bound from below is worse than the seeds is dropped at once.
 * 3. The others are sorted by their bounds, most promising first, and their expert folds (ep, etp) judged. Once a bound is worse than
 *    the last of the best kept, every layout after it is too.
 *
 * enumerated = evaluated + pruned + Σ rejected whenever the search was not cut short. One that was answers with the best of what it found,
 * the seeds among it.
 */
import { clusterGpus } from '../cluster.ts';
import { type BatchCost, batchCost } from '../cost/batch.ts';
import { mixtureOf } from '../model.ts';
import {
  accountedFor,
  type OutOfTime,
  type Problem,
  type Reason,
  type SearchProgress,
  type SearchReport,
} from '../result.ts';
import { type Strategy, stageGpus, strategyName } from '../strategy.ts';
import { type Best, bestOf, worse } from './best.ts';
import { costBound, degreeBound, fixedBytes, memoryBound } from './bounds.ts';
import { type FoldTable, foldTable } from './folds.ts';
import { memoryReason, roomAtMost, termValue, usableBytes } from './judge.ts';
import { listLayouts } from './layouts.ts';
import { compareJudged, degreeTerm, type Judged, orders } from './objective.ts';
import { firstBroken, layoutLevels } from './rules.ts';
import { type Space, spaceOf, uncountedSpace } from './space.ts';

export interface Found {
  /** Best first, as many as asked for and one more, or fewer. */
  readonly best: readonly Judged[];
  readonly report: SearchReport;
  /** Whether memory turned any candidate away. */
  readonly tooLarge: boolean;
  /** Of those, the one that lacks least; an uncounted search may not know it. */
  readonly nearest?: { readonly strategy: Strategy; readonly reason: Reason; readonly shortBytes: number };
}

/** Layouts beyond this are not kept, and the search says that it was cut short: at a few hundred bytes each they fit a planning thread's heap. */
const layoutLimit = 2 ** 19;

interface Layout {
  readonly strategy: Strategy;
  readonly bound: readonly number[];
}

type Verdict =
  | { readonly kind: 'fits'; readonly judged: Judged }
  | { readonly kind: 'worse' }
  | { readonly kind: 'rejected'; readonly reason: Reason; readonly shortBytes?: number };

const never: OutOfTime = () => false;

function byBound(a: Layout, b: Layout): number {
  for (let i = 0; i < a.bound.length; i++) {
    const difference = (a.bound[i] ?? 0) - (b.bound[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export interface SearchOptions {
  readonly cost?: BatchCost;
  readonly outOfTime?: OutOfTime;
  /** Leave the candidates of whole subspaces uncounted: for searches whose report nobody reads. */
  readonly uncounted?: boolean;
  /** Stop at the first candidate that fits, whichever it is: for asking whether there is one. */
  readonly anyFit?: boolean;
}

export function search(problem: Problem, options: SearchOptions = {}): Found {
  const { cost = batchCost(problem), outOfTime = never, uncounted = false, anyFit = false } = options;
  const { model, workload, cluster } = problem;
  const order = orders[problem.objective];
  const moe = mixtureOf(model);
  const space = uncounted
    ? uncountedSpace(clusterGpus(cluster))
    : spaceOf({ gpus: clusterGpus(cluster), batchSize: workload.batchSize, moe: moe !== undefined });
  const folds = foldTable(problem);
  const fixed = fixedBytes(problem);
  const best = bestOf(problem.top + 1, model);
  const rejected: Partial<Record<Reason, number>> = {};
  const tally = (reason: Reason, count: number) => {
    if (count > 0) rejected[reason] = (rejected[reason] ?? 0) + count;
  };
  let evaluated = 0;
  let pruned = 0;
  let nearest: Found['nearest'];
  let tooLarge = false;
  let asked = 0;
  let size: number | undefined;
  const enumerated = () => {
    size ??= space.size();
    return size;
  };
  // Searches that are not counted are made beside the one that is answered: their progress is nobody's.
  const told = uncounted ? undefined : progress;
  const late = () => (++asked & 127) === 0 && outOfTime(told);

  const judge = (strategy: Strategy, threshold: readonly number[] | undefined): Verdict => {
    const broken = firstBroken('placement', problem, strategy);
    if (broken) return { kind: 'rejected', reason: broken };
    const key: number[] = [];
    for (const term of order) {
      const value = degreeTerm(term, strategy, model) ?? (term === 'step' ? cost.step(strategy) : undefined);
      if (value === undefined) break;
      key.push(value);
    }
    if (threshold && worse(key, threshold)) return { kind: 'worse' };
    const { account } = cost.memory(strategy);
    const usable = usableBytes(problem, account);
    const misfit = memoryReason(usable, account);
    if (misfit) return { kind: 'rejected', reason: misfit, shortBytes: Math.ceil(account.total - usable) };
    for (const term of order.slice(key.length)) {
      key.push(termValue(term, strategy, account, { problem, cost }));
      if (threshold && worse(key, threshold)) return { kind: 'worse' };
    }
    return { kind: 'fits', judged: { strategy, account, key } };
  };

  const planted = bestOf(problem.top + 1, model);
  function progress(): SearchProgress {
    const [seed] = planted.list;
    const [found] = best.list;
    const leader = seed && found && compareJudged(seed, found, model) < 0 ? seed : (found ?? seed);
    return {
      enumerated: enumerated(),
      accounted: accountedFor({ evaluated, pruned, rejected }),
      evaluated,
      ...(leader && { best: strategyName(leader.strategy, model) }),
    };
  }
  plantSeeds({ problem, space, folds, judge, best: planted });
  const seeds = planted.threshold();
  const layouts: Layout[] = [];
  let whole = listLayouts(problem, {
    space,
    tally,
    uncounted,
    visit: (strategy) => {
      if (late() || layouts.length >= layoutLimit) return false;
      const stage = stageGpus(strategy);
      const context = { problem, cost, fixed, fewestExperts: folds.fewestExperts(stage) };
      // What cannot fit need not be looked at, unless somebody reads by how much, and why.
      if (uncounted && memoryBound(strategy, context) > roomAtMost(problem)) {
        tooLarge = true;
        return true;
      }
      const bound = degreeBound(order, strategy, context);
      if (!(seeds && worse(bound, seeds))) {
        const computed = costBound(order, strategy, context);
        if (computed !== undefined) bound.push(computed);
      }
      if (seeds && worse(bound, seeds)) pruned += space.folds(stage);
      else layouts.push({ strategy, bound });
      return true;
    },
  });
  layouts.sort(byBound);

  for (const [i, { strategy, bound }] of layouts.entries()) {
    const threshold = best.threshold();
    if (anyFit && best.list.length > 0) break;
    if (threshold && worse(bound, threshold)) {
      for (const rest of layouts.slice(i)) pruned += space.folds(stageGpus(rest.strategy));
      break;
    }
    if (late()) {
      whole = false;
      break;
    }
    const { allowed, rejected: turnedAway } = folds.of(stageGpus(strategy));
    for (const [reason, count] of turnedAway) tally(reason, count);
    for (const { ep, etp } of allowed) {
      const candidate = { ...strategy, ep, etp };
      const verdict = judge(candidate, best.threshold());
      if (verdict.kind === 'worse') pruned++;
      else if (verdict.kind === 'fits') {
        evaluated++;
        best.insert(verdict.judged);
        if (anyFit) break;
      } else {
        const { reason, shortBytes } = verdict;
        tally(reason, 1);
        if (shortBytes !== undefined && (!nearest || shortBytes < nearest.shortBytes)) {
          nearest = { strategy: candidate, reason, shortBytes };
        }
      }
    }
  }
  // Layouts no better than the seeds were dropped as they came: where the others were not reached, the seeds are the best there is.
  if (!whole) {
    for (const seed of planted.list) {
      if (!best.list.some((known) => compareJudged(known, seed, model) === 0)) best.insert(seed);
    }
  }
  const report: SearchReport = { enumerated: enumerated(), evaluated, pruned, rejected, exhaustive: whole };
  return { best: best.list, report, tooLarge: tooLarge || nearest !== undefined, ...(nearest && { nearest }) };
}

interface Seeding {
  readonly problem: Problem;
  readonly space: Space;
  readonly folds: FoldTable;
  readonly judge: (strategy: Strategy, threshold: readonly number[] | undefined) => Verdict;
  readonly best: Best;
}

/**
 * Judges layouts with as few stages and context-parallel ranks as the constraints let be, on as many GPUs as they can use, or as few. All
 * are candidates of the space, so no K-th best is worse than the K-th best of them.
 */
function plantSeeds({ problem, space, folds, judge, best }: Seeding): void {
  const { batchSize } = problem.workload;
  const { degrees } = problem.constraints;
  const cp = degrees.cp?.min ?? 1;
  const pp = degrees.pp?.min ?? 1;
  const tps = new Set([degrees.tp?.min ?? 1]);
  for (let tp = 1; tp <= space.gpus; tp *= 2) tps.add(tp);
  for (const tp of tps) {
    const most = Math.min(batchSize, Math.floor(space.gpus / (tp * cp * pp)), degrees.dp?.max ?? batchSize);
    for (const dp of new Set([most, degrees.dp?.min ?? 1])) {
      if (dp < 1) continue;
      const microBatchSize = pp === 1 ? Math.ceil(batchSize / dp) : 1;
      const layout: Strategy = { tp, cp, dp, pp, ep: 1, etp: 1, replicas: 1, microBatchSize };
      if (tp * cp * dp * pp > space.gpus || layoutLevels.some((level) => firstBroken(level, problem, layout))) continue;
      for (const { ep, etp } of folds.of(tp * cp * dp).allowed) {
        const verdict = judge({ ...layout, ep, etp }, best.threshold());
        if (verdict.kind === 'fits') best.insert(verdict.judged);
      }
    }
  }
}
