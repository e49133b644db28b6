/**
 * Judging one candidate: how much runs at once, whether it fits, keeps up with the rate and meets the SLO, and its key.
 *
 * The concurrency is found by what any engine does: with more sequences at once a step takes longer and the workers serve more, so TPOT
 * and throughput rise with it. TTFT may fall first, as requests wait less for a slot, and then rises, with the steps.
 */
import type { ServingCost, Steady } from '../../cost/serving/serving-cost.ts';
import type { Reason } from '../../result.ts';
import type { ServingProblem } from '../../serving-result.ts';
import {
  type AggregatedStrategy,
  type DisaggregatedStrategy,
  inNumbers,
  type ServingStrategy,
} from '../../strategy.ts';
import { lastWithin, smallest } from './bisect.ts';
import { inTime, soonest } from './in-time.ts';
import { askedPerRank, concurrencyOf, fillOf } from './load.ts';
import { type Judged, judgedOf, type Measured, servedTokens } from './objective.ts';
import type { Worker } from './workers.ts';

export interface Rejected {
  readonly kind: 'rejected';
  readonly reason: Reason;
  readonly strategy: ServingStrategy;
  readonly shortBytes?: number;
  /** By what factor a bound of the SLO is missed. */
  readonly excess?: number;
}

export type Verdict = { readonly kind: 'fits'; readonly judged: Judged } | Rejected;

/** Judged no further: with more at once than the SLO allows it serves this much, and that is too little already. */
export interface Worse {
  readonly kind: 'worse';
  readonly strategy: AggregatedStrategy;
  readonly steady: Steady;
}

/** What is known before a layout is judged. */
export interface Expectation {
  /** Sequences on a rank that TPOT may allow: saves looking for them. */
  readonly guess: number;
  /** Whether a key, or a bound on it from below, is of no interest. */
  readonly beyond: (bound: readonly number[]) => boolean;
}

export interface JudgeContext {
  readonly problem: ServingProblem;
  readonly cost: ServingCost;
  /** Hears of every steady state that was worked out. */
  readonly heard?: (measured: Measured) => void;
}

type Missed = { readonly reason: 'slo.ttft' | 'slo.tpot' | 'rate-not-reached'; readonly excess?: number };

/** What a steady state misses first. TPOT comes first: it is what the concurrency is set by. */
function missed({ workload: { slo } }: ServingProblem, steady: Steady | undefined): Missed | undefined {
  if (steady === undefined) return { reason: 'rate-not-reached' };
  const { tpot, ttft } = steady;
  if (slo.tpot !== undefined && !(tpot <= slo.tpot)) return { reason: 'slo.tpot', excess: tpot / slo.tpot };
  if (slo.ttft !== undefined && !(ttft <= slo.ttft)) return { reason: 'slo.ttft', excess: ttft / slo.ttft };
  return undefined;
}

/** So many workers of one layout that do all. */
export function judgeAggregated(context: JudgeContext, worker: Worker, replicas: number): Verdict;
export function judgeAggregated(
  context: JudgeContext,
  worker: Worker,
  replicas: number,
  expected: Expectation | undefined,
): Verdict | Worse;
export function judgeAggregated(
  { problem, cost, heard }: JudgeContext,
  worker: Worker,
  replicas: number,
  expected?: Expectation,
): Verdict | Worse {
  const { workload, objective } = problem;
  const { load, slo } = workload;
  const { layout } = worker;
  const ranks = replicas * layout.dp;
  const { sequencesPerRank, fixedBytes, bytesPerSequence, reason, shortBytes } = cost.capacity(layout, 'both');
  const strategyAt = (perRank: number): AggregatedStrategy => {
    const maxConcurrency = concurrencyOf(load, { ranks, perRank });
    return { mode: 'aggregated', ...inNumbers(layout, { replicas, maxConcurrency }) };
  };
  const reject = (why: Reason, more: Partial<Rejected> = {}): Rejected => {
    return { kind: 'rejected', reason: why, strategy: strategyAt(1), ...more };
  };
  if (sequencesPerRank === 0) {
    return reject(reason ?? 'memory.kv-cache', shortBytes === undefined ? {} : { shortBytes });
  }
  const asked = askedPerRank(load, ranks);
  if (load.kind === 'static' && asked > sequencesPerRank) {
    return reject('memory.kv-cache', { shortBytes: Math.ceil((asked - sequencesPerRank) * bytesPerSequence) });
  }
  const known = new Map<number, Steady | undefined>();
  const steadyAt = (perRank: number): Steady | undefined => {
    if (!known.has(perRank)) {
      const strategy = strategyAt(perRank);
      const steady = cost.steady(strategy);
      known.set(perRank, steady);
      if (steady) heard?.({ strategy, steady, totalBytes: bytesAt(perRank) });
    }
    return known.get(perRank);
  };
  const bytesAt = (perRank: number) => {
    return fixedBytes + Math.ceil(Math.ceil(strategyAt(perRank).maxConcurrency / ranks) * bytesPerSequence);
  };
  const verdictAt = (perRank: number): Verdict => {
    const steady = steadyAt(perRank);
    const lacks = missed(problem, steady);
    if (lacks || !steady)
      return reject(lacks?.reason ?? 'rate-not-reached', { ...lacks, strategy: strategyAt(perRank) });
    return {
      kind: 'fits',
      judged: judgedOf({ strategy: strategyAt(perRank), steady, totalBytes: bytesAt(perRank) }, problem),
    };
  };
  const most = Math.min(sequencesPerRank, asked);
  if (load.kind === 'static') return verdictAt(most);
  // With too few slots to keep up it is not these figures that are missed.
  const tpot = (n: number) => steadyAt(n)?.tpot ?? 0;

  if (fillOf(load, objective) === 'least') {
    const enough = (n: number) => {
      const lacks = missed(problem, steadyAt(n));
      return lacks === undefined || lacks.reason === 'slo.tpot';
    };
    if (enough(1)) return verdictAt(1);
    const upTo = enough(most) ? most : soonest(problem, { most, steadyAt });
    return enough(upTo) ? verdictAt(smallest({ tooFew: 1, most: upTo }, enough)) : verdictAt(most);
  }

  const guess = expected?.guess;
  if (expected && slo.tpot !== undefined && objective === 'throughput' && load.kind !== 'rate') {
    const n = Math.min(most, Math.max(1, Math.round(expected.guess)));
    const steady = steadyAt(n);
    const atMost = steady && -servedTokens(workload, steady) * (1 + 1e-9);
    if (atMost !== undefined && steady && steady.tpot > slo.tpot && expected.beyond([atMost])) {
      return { kind: 'worse', strategy: strategyAt(n), steady };
    }
  }
  const within = slo.tpot === undefined ? most : lastWithin(slo.tpot, { most, ...(guess && { guess }) }, tpot);
  const held = verdictAt(within ?? 1);
  if (within === undefined || held.kind === 'fits' || held.reason !== 'slo.ttft' || slo.ttft === undefined) return held;
  const fewer = verdictAt(inTime(problem, { most: within, steadyAt }));
  // Fewer slots than keep up are no answer to a TTFT that is too long.
  return fewer.kind === 'fits' ? fewer : held;
}

export interface Halves {
  readonly prefill: Worker;
  readonly decode: Worker;
}

export interface Numbers {
  readonly prefill: number;
  readonly decode: number;
}

/**
 * Most sequences on each rank of a decode worker: as many as its cache holds and as keep TPOT within the SLO when all of them run, whatever
 * the prompts' workers let through. 0: TPOT is missed even alone.
 */
export function decodeLimit({ problem, cost }: JudgeContext, { layout }: Worker, guess?: number): number {
  const { slo } = problem.workload;
  const { sequencesPerRank: most } = cost.capacity(layout, 'decode');
  if (most === 0 || slo.tpot === undefined) return most;
  return lastWithin(slo.tpot, { most, ...(guess && { guess }) }, (n) => cost.decodeSide(layout, n).tpot) ?? 0;
}

/**
 * Whether both halves by themselves answer requests as fast as they arrive, where a rate is given. What each does at most does not say how
 * long requests wait; that they do not wait without end it does.
 */
export function keepsUp(
  { problem, cost }: JudgeContext,
  { prefill, decode }: Halves,
  numbers: Numbers,
  perRank: number,
): boolean {
  const { load } = problem.workload;
  if (load.kind !== 'rate') return true;
  const reading = numbers.prefill * cost.prefillSide(prefill.layout).requestsPerSecond;
  const writing = numbers.decode * cost.decodeSide(decode.layout, perRank).requestsPerSecond;
  return load.requestsPerSecond < reading && load.requestsPerSecond <= writing;
}

/** Prefill workers read one prompt on each rank at a time; decode workers write so many answers on each of theirs. */
export function pairStrategy(
  { workload: { load } }: Pick<ServingProblem, 'workload'>,
  { prefill, decode }: Halves,
  { numbers, perRank }: { readonly numbers: Numbers; readonly perRank: number },
): DisaggregatedStrategy {
  const ranks = numbers.decode * decode.layout.dp;
  return {
    mode: 'disaggregated',
    prefill: inNumbers(prefill.layout, {
      replicas: numbers.prefill,
      maxConcurrency: numbers.prefill * prefill.layout.dp,
    }),
    decode: inNumbers(decode.layout, {
      replicas: numbers.decode,
      maxConcurrency: concurrencyOf(load, { ranks, perRank }),
    }),
  };
}

/** So many prefill workers of one layout and decode workers of another. `limit` is decodeLimit of the latter. */
export function judgeDisaggregated(context: JudgeContext, halves: Halves, numbers: Numbers, limit: number): Verdict {
  const { problem, cost, heard } = context;
  const { prefill, decode } = halves;
  const { load } = problem.workload;
  const ranks = numbers.decode * decode.layout.dp;
  const strategyAt = (perRank: number) => pairStrategy(problem, halves, { numbers, perRank });
  const asked = askedPerRank(load, ranks);
  const reject = (reason: Reason, more: Partial<Rejected> = {}): Rejected => {
    return { kind: 'rejected', reason, strategy: strategyAt(1), ...more };
  };
  const reading = cost.capacity(prefill.layout, 'prefill');
  const writing = cost.capacity(decode.layout, 'decode');
  for (const side of [reading, writing]) {
    if (side.sequencesPerRank > 0) continue;
    return reject(
      side.reason ?? 'memory.kv-cache',
      side.shortBytes === undefined ? {} : { shortBytes: side.shortBytes },
    );
  }
  if (limit === 0) return reject('slo.tpot');
  if (load.kind === 'static' && asked > limit) {
    if (limit < writing.sequencesPerRank) return reject('slo.tpot');
    return reject('memory.kv-cache', { shortBytes: Math.ceil((asked - limit) * writing.bytesPerSequence) });
  }
  const known = new Map<number, Steady | undefined>();
  const bytesAt = (perRank: number) =>
    Math.max(
      reading.fixedBytes + Math.ceil(reading.bytesPerSequence),
      writing.fixedBytes + Math.ceil(perRank * writing.bytesPerSequence),
    );
  const steadyAt = (perRank: number): Steady | undefined => {
    if (!known.has(perRank)) {
      const strategy = strategyAt(perRank);
      const steady = keepsUp(context, halves, numbers, perRank) ? cost.steady(strategy) : undefined;
      known.set(perRank, steady);
      if (steady) heard?.({ strategy, steady, totalBytes: bytesAt(perRank) });
    }
    return known.get(perRank);
  };
  const verdictAt = (perRank: number): Verdict => {
    const steady = steadyAt(perRank);
    const lacks = missed(problem, steady);
    if (lacks || !steady)
      return reject(lacks?.reason ?? 'rate-not-reached', { ...lacks, strategy: strategyAt(perRank) });
    return {
      kind: 'fits',
      judged: judgedOf({ strategy: strategyAt(perRank), steady, totalBytes: bytesAt(perRank) }, problem),
    };
  };
  const most = Math.min(limit, asked);
  if (load.kind === 'static') return verdictAt(most);
  if (fillOf(load, problem.objective) === 'most') {
    const full = verdictAt(most);
    const { slo } = problem.workload;
    if (full.kind === 'fits' || full.reason !== 'slo.ttft' || slo.ttft === undefined) return full;
    // Requests beyond what is read in time only wait.
    const fewer = verdictAt(inTime(problem, { most, steadyAt }));
    return fewer.kind === 'fits' ? fewer : full;
  }
  const enough = (n: number) => missed(problem, steadyAt(n)) === undefined;
  if (enough(1)) return verdictAt(1);
  const upTo = enough(most) ? most : soonest(problem, { most, steadyAt });
  return enough(upTo) ? verdictAt(smallest({ tooFew: 1, most: upTo }, enough)) : verdictAt(most);
}
