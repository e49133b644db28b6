/**
 * Prompts read by workers of one layout and answers written by workers of another: the best few pairs, each in the numbers that serve
 * the objective best.
 *
 * Pairs are far too many to look at. Decode layouts wait in a queue by what they could do with the best of all prefill layouts; those come
 * in order too, so that for each decode layout the first pair whose bound is worse than the last of the best ends the row.
 */
import type { ModeFound, ModeSearch } from './aggregated.ts';
import { bestOf } from './best.ts';
import { firstTokenOf, lateBy } from './first-token.ts';
import { type Missed, promptTooLong, stepTooLong, type Unjudged } from './floors.ts';
import { queueOf } from './heap.ts';
import { type Halves, judgeDisaggregated, type Rejected } from './judge.ts';
import { judgePair } from './judge-pair.ts';
import { excessOf, nearerOn } from './nearer.ts';
import { type PairBounds, pairBounds, type Reader } from './pair-bounds.ts';
import { type Family, familiesOf } from './sides.ts';
import { type ByGpus, disaggregatedCount, splitCount } from './space.ts';
import { matchedNumbers } from './splits.ts';
import { type Listing, type Tally, tallyOf, type Worker } from './workers.ts';

interface Row {
  readonly worker: Worker;
  readonly family: Family;
  readonly tight: boolean;
}

/** Halves to look at, where not all are. */
export interface OnlyHalves {
  readonly prefill: (worker: Worker) => boolean;
  readonly decode: (worker: Worker) => boolean;
}

export function searchDisaggregated(
  listing: Listing,
  layouts: ByGpus,
  search: ModeSearch,
  only: OnlyHalves = { prefill: () => true, decode: () => true },
): ModeFound {
  const { context, sides, count, keep, outOfTime, nothingFits = () => false } = search;
  const { problem } = context;
  const gpus = layouts.length - 1;
  const best = bestOf(keep, problem.model);
  const nearer = nearerOn(gpus);
  const unjudged: Unjudged[] = [];
  const readers = fitting('prefill');
  const writers = fitting('decode');
  const cutShort: ModeFound = { best, exhaustive: false, nearer, unjudged };
  if (!readers.complete || !writers.complete || !timed()) return cutShort;
  if (count.told) countTurnedAway();
  const inTime = readersInTime();
  if (inTime.length === 0) return { best, exhaustive: true, nearer, unjudged };

  /** Works out how long prompts take and what their workers hold, which bounds of pairs are made of; false where time ran out. */
  function timed(): boolean {
    const { objective } = problem;
    for (const { worker, family } of readers.all) {
      if (outOfTime()) return false;
      sides.prefill(objective === 'latency' ? worker : family.first);
      if (objective === 'memory' || objective === 'balance') sides.capacity(worker, 'prefill');
    }
    return true;
  }

  function fitting(role: 'prefill' | 'decode') {
    const { families, unfit, complete } = familiesOf(listing.workers.filter(only[role]), { sides, role, outOfTime });
    const fit = new Float64Array(gpus + 1);
    const lacking = tallyOf(gpus);
    const all = families.flatMap((family) => family.members.map((worker) => ({ worker, family })));
    for (const { worker } of all) fit[worker.gpus] = (fit[worker.gpus] ?? 0) + 1;
    for (const { worker, reason } of unfit) {
      const counts = lacking.of(reason);
      counts[worker.gpus] = (counts[worker.gpus] ?? 0) + 1;
    }
    return { all, fit, lacking, complete };
  }

  /** Pairs of which either half is turned away, by the prefill half's reason where both are. */
  function countTurnedAway(): void {
    const each = (tally: Tally, pairs: (counts: ByGpus) => number) => {
      for (const [reason, counts] of tally.entries()) count.reject(reason, pairs(counts));
    };
    for (const tally of [listing.turnedAway, readers.lacking])
      each(tally, (counts) => disaggregatedCount(counts, layouts));
    for (const tally of [listing.turnedAway, writers.lacking]) {
      each(tally, (counts) => disaggregatedCount(readers.fit, counts));
    }
    count.prune(disaggregatedCount(listing.redundant, layouts) + disaggregatedCount(readers.fit, listing.redundant));
  }

  function inTimeByGpus(): ByGpus {
    const counts = new Float64Array(gpus + 1);
    for (const { worker } of inTime) counts[worker.gpus] = (counts[worker.gpus] ?? 0) + 1;
    return counts;
  }

  /** Those whose prompts do not take longer than the SLO on TTFT allows; all pairs of the others are turned away. */
  function readersInTime(): readonly Reader[] {
    const late = new Float64Array(gpus + 1);
    const misses = new Map<Family, Missed | undefined>();
    for (const { worker, family } of readers.all) {
      if (!misses.has(family)) misses.set(family, promptTooLong(problem, sides, family));
      if (misses.get(family)) late[worker.gpus] = (late[worker.gpus] ?? 0) + 1;
    }
    count.reject('slo.ttft', disaggregatedCount(late, writers.fit));
    for (const [{ first }, missed] of misses) {
      if (missed) unjudged.push({ excess: missed.excess, judge: () => nearestWith(first), onFrontier: false });
    }
    return readers.all.filter(({ family }) => !misses.get(family));
  }

  /** What misses least with prompts read by such a worker, and answers written by the one of fewest stages of any family. */
  function nearestWith(reader: Worker): Rejected | undefined {
    const { load } = problem.workload;
    let nearest: Rejected | undefined;
    for (const writer of new Set(writers.all.map(({ family }) => family.first))) {
      if (outOfTime()) break;
      const limit = sides.limit(writer);
      if (limit === 0 || reader.gpus + writer.gpus > gpus) continue;
      const halves = { prefill: reader, decode: writer };
      for (const numbers of matchedNumbers(problem, sides, halves, limit)) {
        // Slots that nothing but more requests would take only make them wait.
        const verdict = judgeDisaggregated(context, halves, numbers, load.kind === 'saturated' ? 1 : limit);
        if (verdict.kind !== 'rejected' || verdict.excess === undefined) continue;
        if (verdict.excess < (nearest?.excess ?? Number.POSITIVE_INFINITY)) nearest = verdict;
      }
    }
    return nearest;
  }

  /** A worker whose TPOT is too long even alone, with the most promising of those that read prompts. */
  function slowWriter(worker: Worker, excess: number): Unjudged {
    const judge = (): Rejected | undefined => {
      const [reader] = bounds.readers();
      const { tpot } = problem.workload.slo;
      if (!reader || tpot === undefined) return undefined;
      const halves = { prefill: reader.worker, decode: worker };
      const verdict = judgeDisaggregated(context, halves, { prefill: 1, decode: 1 }, 1);
      if (verdict.kind !== 'rejected') return undefined;
      return { ...verdict, reason: 'slo.tpot', excess: sides.decode(worker, 1).tpot / tpot };
    };
    return { excess, judge, onFrontier: true };
  }

  const bounds: PairBounds = pairBounds(context, sides, inTime);
  // Readers that do not compete make no pairs worth looking at.
  const left = new Float64Array(gpus + 1);
  for (const [readerGpus, times] of bounds.readersFrom(0)) left[readerGpus] = times;
  count.prune(
    disaggregatedCount(
      inTimeByGpus().map((all, g) => all - (left[g] ?? 0)),
      writers.fit,
    ),
  );
  const rows = new Map<number, number>();
  /** The same with all of them: they depend on its GPUs alone. */
  const wholeRow = ({ gpus: own }: Worker): number => {
    let pairs = rows.get(own);
    if (pairs === undefined) {
      pairs = 0;
      for (let g = 1; g <= gpus; g++) {
        const times = left[g] ?? 0;
        if (times > 0) pairs += times * splitCount(gpus, g, own);
      }
      rows.set(own, pairs);
    }
    return pairs;
  };
  /** What is missed where there are too few GPUs for what is demanded. */
  const tooFew = problem.workload.load.kind === 'rate' ? 'rate-not-reached' : 'slo.ttft';
  const firstToken = firstTokenOf(context, sides);
  let reach: { readonly workers: ReadonlySet<Worker>; readonly next: number } | undefined;
  /** Prefill workers that may be in time with some decode worker, and the least that any other takes. */
  const inReach = () => {
    if (!reach) {
      const { ttft = Number.POSITIVE_INFINITY } = problem.workload.slo;
      const all = writers.all.map(({ worker }) => worker);
      const workers = new Set<Worker>();
      let next = Number.POSITIVE_INFINITY;
      for (const { worker } of bounds.readers()) {
        const read = (within: number) => firstToken.read(worker, all, within);
        if (read(ttft) <= ttft) workers.add(worker);
        else next = Math.min(next, lateBy(ttft, read));
      }
      reach = { workers, next };
    }
    return reach;
  };
  const queue = queueOf<Row>();
  const misses = new Map<Family, Missed | undefined>();
  const missedBy = (family: Family): Missed | undefined => {
    if (!misses.has(family)) misses.set(family, stepTooLong(problem, sides, family));
    return misses.get(family);
  };
  for (const { worker, family } of writers.all) {
    if (outOfTime()) return cutShort;
    queue.push(bounds.row(worker, family, false), { worker, family, tight: false });
  }
  let complete = true;
  const splits = new Map<number, number>();
  /** splitCount of the cluster, each worked out once. */
  const splitsOf = (reader: number, writer: number): number => {
    const key = reader * (gpus + 1) + writer;
    let count = splits.get(key);
    if (count === undefined) {
      count = splitCount(gpus, reader, writer);
      splits.set(key, count);
    }
    return count;
  };
  /** Candidates of a decode worker with the prefill workers from one of them on. */
  const rowFrom = (worker: Worker, from: number): number => {
    let sum = 0;
    for (const [readerGpus, times] of bounds.readersFrom(from)) sum += times * splitsOf(readerGpus, worker.gpus);
    return sum;
  };
  for (let head = queue.pop(); head; head = queue.pop()) {
    const { worker, family, tight } = head.value;
    if (best.beyond(head.key)) {
      // So are all others in the queue.
      const rows = new Float64Array(gpus + 1);
      for (let row: typeof head | undefined = head; row; row = queue.pop()) {
        const writer = row.value.worker.gpus;
        rows[writer] = (rows[writer] ?? 0) + 1;
      }
      count.prune(disaggregatedCount(left, rows));
      break;
    }
    if (outOfTime()) {
      complete = false;
      break;
    }
    const missed = missedBy(family);
    if (missed) {
      count.reject('slo.tpot', wholeRow(worker));
      unjudged.push(slowWriter(worker, missed.excess));
      continue;
    }
    if (!bounds.canKeepUp(worker, family, tight)) {
      count.reject(tooFew, wholeRow(worker));
      continue;
    }
    if (!tight) {
      queue.push(bounds.row(worker, family, true), { worker, family, tight: true });
      continue;
    }
    const limit = sides.limit(worker);
    if (limit === 0) {
      count.reject('slo.tpot', wholeRow(worker));
      const { tpot } = problem.workload.slo;
      unjudged.push(slowWriter(worker, tpot === undefined ? 1 : sides.decode(worker, 1).tpot / tpot));
      continue;
    }
    const late = lateRow(worker, limit);
    if (late.all()) {
      count.reject('slo.ttft', wholeRow(worker));
      continue;
    }
    const all = bounds.readers();
    for (let i = 0; i < all.length; i++) {
      const reader = all[i];
      if (!reader) break;
      // A bound takes less time than the clock.
      if (i % 64 === 63 && outOfTime()) {
        complete = false;
        break;
      }
      const halves = { prefill: reader.worker, decode: worker };
      if (late.has(halves)) {
        count.reject('slo.ttft', splitsOf(reader.worker.gpus, worker.gpus));
        continue;
      }
      if (best.beyond(bounds.pair(halves, reader.family, false))) {
        if (bounds.ordered && best.beyond(bounds.rest(worker, i))) {
          count.prune(i === 0 ? wholeRow(worker) : rowFrom(worker, i));
          break;
        }
        count.prune(splitsOf(reader.worker.gpus, worker.gpus));
        continue;
      }
      if (best.beyond(bounds.pair(halves, reader.family, true))) {
        count.prune(splitsOf(reader.worker.gpus, worker.gpus));
        continue;
      }
      judgePairCounted(halves, limit);
    }
  }
  return { best, exhaustive: complete, nearer, unjudged };

  /**
   * Pairs of a decode worker whose first token comes too late in whatever numbers. They are looked for until something fits: then bounds
   * tell more.
   */
  function lateRow(worker: Worker, limit: number) {
    const { ttft } = problem.workload.slo;
    let least = Number.POSITIVE_INFINITY;
    const note = (seconds: number): void => {
      if (ttft === undefined) return;
      if (least === Number.POSITIVE_INFINITY) {
        unjudged.push({
          get excess() {
            return least / ttft;
          },
          judge: (below) => nearestLate(worker, limit, below),
          onFrontier: false,
        });
      }
      least = Math.min(least, seconds);
    };
    const isLooked = ttft !== undefined && nothingFits();
    return {
      all: (): boolean => {
        if (!isLooked || inReach().workers.size > 0) return false;
        note(inReach().next);
        return true;
      },
      has: (halves: Halves): boolean => {
        if (!isLooked || !nothingFits()) return false;
        const { workers, next } = inReach();
        const pair = (within: number) => firstToken.pair(halves, within);
        const near = workers.has(halves.prefill);
        if (near && pair(ttft) <= ttft) return false;
        note(near ? lateBy(ttft, pair) : next);
        return true;
      },
    };
  }

  /** What misses least of the late pairs of a decode worker, if by less than `below`. */
  function nearestLate(worker: Worker, limit: number, below = Number.POSITIVE_INFINITY): Rejected | undefined {
    const { ttft = Number.POSITIVE_INFINITY } = problem.workload.slo;
    const late = bounds
      .readers()
      .map(({ worker: prefill }) => ({ prefill, decode: worker }))
      .filter((halves) => firstToken.pair(halves, ttft) > ttft)
      .map((halves) => ({ halves, excess: lateBy(ttft, (within) => firstToken.pair(halves, within)) / ttft }))
      .sort((a, b) => a.excess - b.excess);
    const found = nearerOn(gpus);
    for (const { halves, excess } of late) {
      const nearest = found.missing();
      if (excess >= Math.min(below, nearest ? excessOf(nearest) : below) || outOfTime()) break;
      const { rejected } = judgePair(context, { sides, bounds, halves, limit, beyond: () => false, outOfTime });
      for (const each of rejected) found.look(each);
    }
    return found.missing() ?? found.lacking();
  }

  function judgePairCounted(halves: Halves, limit: number): void {
    const pair = judgePair(context, { sides, bounds, halves, limit, beyond: best.beyond, outOfTime });
    if (!pair.complete) complete = false;
    for (const rejected of pair.rejected) {
      count.reject(rejected.reason, 1);
      nearer.look(rejected);
    }
    count.evaluate(pair.fitting.length);
    for (const judged of pair.fitting) {
      best.insert(judged);
      search.fits?.(judged);
    }
    const all = splitsOf(halves.prefill.gpus, halves.decode.gpus);
    count.prune(all - pair.fitting.length - pair.rejected.length);
  }
}
