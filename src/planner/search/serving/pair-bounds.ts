/**
 * Bounds from below on the keys of pairs of halves.
 *
 * Throughput: of p GPU-seconds that a request's prompt takes and d that its answer does, N GPUs serve no more than N/(p + d) requests a
 * second however they are shared out; x and y workers no more than the slower half; clients of a closed loop ask no more often than they
 * would if all GPUs but one prefill worker's wrote answers. Latency: an answer takes no less than alone on its
 * rank, its first token no less than the prompt. The rest follows from the degrees and from what each half holds at least.
 */
import { requestSeconds } from '../../cost/serving/waiting.ts';
import { mixtureOf } from '../../model.ts';
import { smallest } from './bisect.ts';
import { closedLoopAtMost } from './closed-loop.ts';
import { slightlyLess } from './floors.ts';
import type { Halves, JudgeContext, Numbers } from './judge.ts';
import { askedPerRank, clientsOf, demandedRate, fillOf } from './load.ts';
import { compareKeys, rounded } from './objective.ts';
import { gpuRange } from './range.ts';
import type { Family, Sides } from './sides.ts';
import { competingReaders, usefulLimit, type Writers, writtenBy } from './splits.ts';
import type { Worker } from './workers.ts';

export interface Reader {
  readonly worker: Worker;
  readonly family: Family;
}

export interface PairBounds {
  /** Prefill workers, the most promising first. */
  readonly readers: () => readonly Reader[];
  /** Whether a pair's bound grows along `readers` for any decode worker. */
  readonly ordered: boolean;
  /** Of a decode worker with the best prefill worker: by what is known of its family, or by its own steps. */
  readonly row: (worker: Worker, family: Family, tight: boolean) => readonly number[];
  readonly pair: (halves: Halves, readers: Family, tight: boolean) => readonly number[];
  /** Of a decode worker with any prefill worker from one of them on; of use where `ordered`. */
  readonly rest: (worker: Worker, from: number) => readonly number[];
  /** Whether there are GPUs for enough such decode workers, and for prefill workers of any kind, to answer what is demanded. */
  readonly canKeepUp: (worker: Worker, family: Family, tight: boolean) => boolean;
  /** Of a pair, by the numbers of its workers. */
  readonly numbersOf: (halves: Halves, limit: number) => (numbers: Numbers) => readonly number[];
  /** Whether no numbers of such a pair are of interest, by what clients of a closed loop ask. */
  readonly idles: (halves: Halves, beyond: (bound: readonly number[]) => boolean) => boolean;
  /** Prefill workers from one of them on, by their GPUs. */
  readonly readersFrom: (from: number) => ReadonlyMap<number, number>;
}

export function pairBounds({ problem }: JudgeContext, sides: Sides, all: readonly Reader[]): PairBounds {
  const { model, workload, objective } = problem;
  const { load, outputTokens } = workload;
  const { max: gpusAtMost, min: gpusAtLeast } = gpuRange(problem);
  const experts = mixtureOf(model)?.experts ?? 0;
  const perGpu = ({ layout }: Worker) => (experts === 0 ? 0 : (experts + layout.redundantExperts) / layout.ep);
  const differs = ({ layout }: Worker) => (experts > 0 && layout.tp !== layout.etp ? 1 : 0);

  /** GPU-seconds of a prompt, at least. */
  const readingCost = (worker: Worker, family: Family, tight: boolean) => {
    const of = tight ? worker : family.first;
    return of.gpus / sides.prefill(of).requestsPerSecond;
  };
  const seconds = (worker: Worker, family: Family, tight: boolean) =>
    sides.prefill(tight ? worker : family.first).seconds;
  /** GPU-seconds of an answer, at least: at as many sequences as the worker is known not to exceed. */
  const writingCost = (worker: Worker, family: Family | undefined, crowded: number) => {
    const of = family?.first ?? worker;
    return crowded === 0 ? 0 : of.gpus / sides.decode(of, crowded).requestsPerSecond;
  };
  const limited = (worker: Worker) => Math.min(sides.limit(worker), askedPerRank(load, worker.layout.dp));
  /**
   * No member of a family has more sequences for each stage than its crowding, nor more than its memory holds. Answers a second rise with the
   * sequences, so that neither bound asks for the exact border, which takes several steps to find.
   */
  const crowdedOf = (worker: Worker, family: Family, tight: boolean) => {
    const crowd = sides.crowding(family);
    if (!tight) return crowd * family.first.layout.pp;
    return Math.min(crowd * worker.layout.pp, sides.capacity(worker, 'decode').sequencesPerRank);
  };
  const readerBytes = (worker: Worker) => {
    const { fixedBytes, bytesPerSequence } = sides.capacity(worker, 'prefill');
    return fixedBytes + Math.ceil(bytesPerSequence);
  };
  const writerBytes = (worker: Worker, perRank = 1) => {
    const { fixedBytes, bytesPerSequence } = sides.capacity(worker, 'decode');
    return fixedBytes + Math.ceil(perRank * bytesPerSequence);
  };
  /** In a closed loop most ranks may idle while prompts are read: one answer among all of them is the least. */
  const aloneTpot = (worker: Worker, family: Family | undefined) => {
    const of = family?.first ?? worker;
    const most = family?.members.at(-1)?.layout.pp ?? of.layout.pp;
    const idle = Math.min(1, of.gpus / gpusAtMost / of.layout.dp);
    return sides.decode(of, (idle * of.layout.pp) / most).tpot * slightlyLess;
  };
  const clients = clientsOf(load);
  const inLoop = Number.isFinite(clients) && outputTokens > 1;
  const request = requestSeconds(problem.workload, problem.engine);
  /** Requests a second of the clients where prompts take so long, and answers are written on so many ranks at most. */
  const askedOn = (of: Worker, { seconds, ranks }: { readonly seconds: number; readonly ranks: number }): number => {
    const before = seconds + request;
    const stay = (perRank: number) => {
      const { tpot, joining } = sides.glance(of, perRank);
      const answer = tpot * (outputTokens - 1);
      return { answer, seconds: before + joining + answer };
    };
    return closedLoopAtMost({ clients, ranks, least: of.gpus / gpusAtMost / of.layout.dp, stay });
  };
  const fewestReading = Math.min(...all.map(({ worker }) => worker.gpus));
  const loops = new Map<Worker, Map<number, number>>();
  /** The same with all of the cluster but a prefill worker to write answers; a member of more stages has as many sequences for each. */
  const asked = (of: Worker, seconds: number): number => {
    if (!inLoop) return Number.POSITIVE_INFINITY;
    let bySeconds = loops.get(of);
    if (!bySeconds) {
      bySeconds = new Map();
      loops.set(of, bySeconds);
    }
    let most = bySeconds.get(seconds);
    if (most === undefined) {
      most = askedOn(of, { seconds, ranks: ((gpusAtMost - fewestReading) / of.gpus) * of.layout.dp });
      bySeconds.set(seconds, most);
    }
    return most;
  };
  const served = (requests: number) =>
    load.kind === 'rate' ? -rounded(load.requestsPerSecond * outputTokens) : (-requests * outputTokens) / slightlyLess;
  const demanded = demandedRate(workload);
  /** GPUs that each half needs for what is demanded, in whole workers. */
  const needed = (worker: Worker, gpuSeconds: number) =>
    worker.gpus * Math.max(1, Math.ceil(((demanded * gpuSeconds) / worker.gpus) * slightlyLess));

  const combined = (
    reading: { readonly worker: Worker; readonly cost: number; readonly seconds: number },
    writing: { readonly worker: Worker; readonly family: Family | undefined; readonly crowded: () => number },
  ): readonly number[] => {
    const decode = writing.worker;
    const prefill = reading.worker;
    switch (objective) {
      case 'latency':
        return [aloneTpot(decode, writing.family), reading.seconds];
      case 'memory':
        return [Math.max(readerBytes(prefill), writerBytes(decode))];
      case 'balance':
        return [
          -gpusAtMost,
          Math.max(perGpu(prefill), perGpu(decode)),
          Math.max(prefill.layout.pp, decode.layout.pp),
          Math.max(differs(prefill), differs(decode)),
          Math.max(readerBytes(prefill), writerBytes(decode)),
        ];
      default: {
        const writingSeconds = writingCost(decode, writing.family, writing.crowded());
        const loop = asked(writing.family?.first ?? decode, reading.seconds);
        const tokens = served(Math.min(gpusAtMost / (reading.cost + writingSeconds), loop));
        const fewest = Math.max(gpusAtLeast, needed(prefill, reading.cost) + needed(decode, writingSeconds));
        return objective === 'cost' ? [fewest, tokens] : [tokens, fewest];
      }
    }
  };

  /** Bytes of both halves in such numbers, at least. */
  const numbersBytes = (writers: Writers): number => {
    const { halves, numbers, limit } = writers;
    const { prefill, decode } = halves;
    // Fewer may run than memory and TPOT allow: what a bound on TTFT leaves is only known once judged.
    const fewest = fillOf(load, objective) === 'least' || workload.slo.ttft !== undefined;
    const perRank = Math.min(limit, askedPerRank(load, numbers.decode * decode.layout.dp));
    const running = fewest ? 1 : Math.min(perRank, usefulLimit(problem, sides, writers));
    return Math.max(readerBytes(prefill), writerBytes(decode, running));
  };

  const rank = ({ worker, family }: Reader): readonly number[] => {
    switch (objective) {
      case 'latency':
        return [seconds(worker, family, false), worker.gpus];
      case 'memory':
        return [readerBytes(worker)];
      case 'balance':
        return [perGpu(worker), worker.layout.pp, differs(worker), readerBytes(worker)];
      default: {
        const cost = readingCost(worker, family, false);
        if (objective === 'cost' || load.kind === 'rate') return [needed(worker, cost), cost];
        // Few clients leave GPUs idle: what they wait for decides then, and not what it takes.
        return inLoop ? [seconds(worker, family, false), cost] : [cost, worker.gpus];
      }
    }
  };
  const rankReaders = () => {
    const ranked = competingReaders(problem, sides, all).map((reader) => ({ reader, key: rank(reader) }));
    ranked.sort((a, b) => compareKeys(a.key, b.key));
    const readers = ranked.map(({ reader }) => reader);
    /** The least GPU-seconds of a prompt from each of them on: with these a bound grows along them in whatever order they are. */
    const leastCosts = readers.map(({ worker, family }) => readingCost(worker, family, false));
    for (let i = leastCosts.length - 2; i >= 0; i--) {
      leastCosts[i] = Math.min(leastCosts[i] ?? 0, leastCosts[i + 1] ?? 0);
    }
    const least = {
      cost: leastCosts[0] ?? 0,
      seconds: Math.min(...readers.map(({ worker, family }) => seconds(worker, family, false))),
      gpus: Math.min(...readers.map(({ worker, family }) => needed(worker, readingCost(worker, family, false)))),
    };
    return { readers, leastCosts, least };
  };
  /** Who asks about one pair alone needs no order. */
  let known: ReturnType<typeof rankReaders> | undefined;
  const ranking = () => {
    known ??= rankReaders();
    return known;
  };
  const ordered = objective !== 'balance' && objective !== 'cost' && load.kind !== 'rate';
  const rowOf = (worker: Worker, family: Family, tight: boolean): readonly number[] => {
    const { readers, least } = ranking();
    const cheapest = readers[0];
    if (!cheapest) return [Number.POSITIVE_INFINITY];
    const bound = combined(
      { worker: cheapest.worker, ...least },
      { worker, family: tight ? undefined : family, crowded: () => crowdedOf(worker, family, tight) },
    );
    // Only the first term is the least over all prefill workers.
    return objective === 'balance' ? [-gpusAtMost, perGpu(worker)] : bound.slice(0, 1);
  };
  /** Where bytes and GPUs do not count, what is known of a family alone is the same for all its members. */
  const alikeInFamily = objective === 'throughput' || objective === 'latency';
  const rows = new Map<Family, readonly number[]>();

  return {
    readers: () => ranking().readers,
    ordered,
    row: (worker, family, tight) => {
      if (tight || !alikeInFamily) return rowOf(worker, family, tight);
      let bound = rows.get(family);
      if (!bound) {
        bound = rowOf(worker, family, false);
        rows.set(family, bound);
      }
      return bound;
    },
    pair: ({ prefill, decode }, family, tight) =>
      combined(
        { worker: prefill, cost: readingCost(prefill, family, tight), seconds: seconds(prefill, family, tight) },
        { worker: decode, family: undefined, crowded: () => limited(decode) },
      ),
    rest: (worker, from) => {
      const { readers, leastCosts } = ranking();
      const reader = readers[from];
      if (!reader) return [Number.POSITIVE_INFINITY];
      const cost = leastCosts[from] ?? 0;
      const bound = combined(
        { worker: reader.worker, cost, seconds: seconds(reader.worker, reader.family, false) },
        { worker, family: undefined, crowded: () => limited(worker) },
      );
      // The GPUs that it ends in are those of this prefill worker.
      return bound.slice(0, objective === 'latency' ? 2 : 1);
    },
    canKeepUp: (worker, family, tight) =>
      demanded === 0 ||
      ranking().least.gpus +
        needed(worker, writingCost(worker, tight ? undefined : family, crowdedOf(worker, family, tight))) <=
        gpusAtMost,
    numbersOf: (halves, limit) => {
      const { prefill, decode } = halves;
      const { seconds, requestsPerSecond: read } = sides.prefill(prefill);
      const { dp } = decode.layout;
      const written = writtenBy(load, sides, { decode, limit });
      const tokens = (x: number, y: number) => {
        const loop = inLoop ? askedOn(decode, { seconds, ranks: y * dp }) : Number.POSITIVE_INFINITY;
        return served(Math.min(x * read, y * written(y), loop));
      };
      const gpus = (x: number, y: number) => x * prefill.gpus + y * decode.gpus;
      const bytes = (numbers: Numbers) => numbersBytes({ halves, numbers, limit });
      switch (objective) {
        case 'latency': {
          const bound = [aloneTpot(decode, undefined), seconds];
          return () => bound;
        }
        case 'memory':
          return (numbers) => [bytes(numbers), gpus(numbers.prefill, numbers.decode)];
        case 'balance': {
          const [, ...rest] = combined(
            { worker: prefill, cost: 0, seconds: 0 },
            { worker: decode, family: undefined, crowded: () => 0 },
          );
          const degrees = rest.slice(0, 3);
          return (numbers) => [-gpus(numbers.prefill, numbers.decode), ...degrees, bytes(numbers)];
        }
        case 'cost':
          return ({ prefill: x, decode: y }) => [gpus(x, y), tokens(x, y)];
        default:
          return ({ prefill: x, decode: y }) => [tokens(x, y), gpus(x, y)];
      }
    },
    /**
     * So many prefill workers as read enough leave so many GPUs to write answers at most: clients ask least often with fewer of those, and of
     * fewer prefill workers too little is read.
     */
    idles: ({ prefill, decode }, beyond) => {
      if (!inLoop || objective !== 'throughput') return false;
      const { seconds, requestsPerSecond } = sides.prefill(prefill);
      const readsTooLittle = (x: number) => beyond([served(x * requestsPerSecond)]);
      const most = Math.floor((gpusAtMost - decode.gpus) / prefill.gpus);
      if (most < 1 || readsTooLittle(most)) return true;
      const fewest = smallest({ tooFew: 0, most }, (x) => !readsTooLittle(x));
      const writers = Math.floor((gpusAtMost - fewest * prefill.gpus) / decode.gpus);
      return beyond([served(askedOn(decode, { seconds, ranks: writers * decode.layout.dp }))]);
    },
    readersFrom: (from) => {
      const byGpus = new Map<number, number>();
      for (const { worker } of ranking().readers.slice(from))
        byGpus.set(worker.gpus, (byGpus.get(worker.gpus) ?? 0) + 1);
      return byGpus;
    },
  };
}
