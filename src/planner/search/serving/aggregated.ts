/**
 * Workers that read prompts and write answers: the best few layouts, each in as many workers as serve the objective best.
 *
 * Layouts wait in a queue by a bound from below on their key and are judged as they come to its head; before that the bound is tightened
 * step by step, since what is cheap to know often is enough. Once the least bound is worse than the last of the best, all others are.
 */
import { clusterGpus } from '../../cluster.ts';
import { findsOthers, requestSeconds } from '../../cost/serving/waiting.ts';
import { togetherShare } from '../../cost/serving/waves.ts';
import { mixtureOf } from '../../model.ts';
import type { OutOfTime, Reason } from '../../result.ts';
import type { ServingStrategy } from '../../strategy.ts';
import { type Best, bestOf } from './best.ts';
import { closedLoopAtMost } from './closed-loop.ts';
import type { Count } from './counts.ts';
import { type Missed, promptTooLong, stepTooLong, type Unjudged } from './floors.ts';
import { queueOf } from './heap.ts';
import { type Expectation, type JudgeContext, judgeAggregated, type Verdict, type Worse } from './judge.ts';
import { judgeLayout } from './judge-layout.ts';
import { askedPerRank, clientsOf, demandedRate, fillOf } from './load.ts';
import { type Nearer, nearerOn } from './nearer.ts';
import { type Judged, rounded } from './objective.ts';
import { gpuRange, numberRange } from './range.ts';
import { type Family, familiesOf, type Sides } from './sides.ts';
import type { Worker } from './workers.ts';

/** The steady state of a closed loop is looked for until it moves by less than a thousandth (../../cost/serving/steady.ts). */
const unsettled = 2e-3;

interface Waiting {
  readonly worker: Worker;
  readonly family: Family;
  readonly level: 0 | 1 | 2;
  readonly numbers: { readonly min: number; readonly max: number };
}

export interface ModeFound {
  readonly best: Best;
  readonly exhaustive: boolean;
  /** Of what was judged and turned away. */
  readonly nearer: Pick<Nearer, 'missing' | 'lacking'>;
  /** What else was turned away, of which only the nearest is of interest, and only where nothing was found. */
  readonly unjudged: readonly Unjudged[];
}

export interface ModeSearch {
  readonly context: JudgeContext;
  readonly sides: Sides;
  readonly count: Count;
  readonly keep: number;
  readonly outOfTime: OutOfTime;
  /** Told of each candidate that fits and meets what is asked for. */
  readonly fits?: (judged: Judged) => void;
  /** Whether nothing is known to be feasible yet, in either mode. */
  readonly nothingFits?: () => boolean;
}

export function searchAggregated(workers: readonly Worker[], search: ModeSearch): ModeFound {
  const { context, sides, count, keep, outOfTime } = search;
  const { problem } = context;
  const { model, workload, objective } = problem;
  const { load, outputTokens } = workload;
  const best = bestOf(keep, model);
  const nearer = nearerOn(clusterGpus(problem.cluster));
  const unjudged: Unjudged[] = [];
  const { families, unfit, complete: listed } = familiesOf(workers, { sides, role: 'both', outOfTime });
  const inRange = (worker: Worker) => {
    const { allowed, turnedAway } = numberRange(problem, worker);
    for (const { reason, count: times } of turnedAway) count.reject(reason, times);
    return allowed;
  };
  for (const { worker, reason, shortBytes } of unfit) {
    const { min, max } = inRange(worker);
    if (max < min) continue;
    count.reject(reason, max - min + 1);
    if (shortBytes === undefined) continue;
    const verdict = judgeAggregated(context, worker, min);
    if (verdict.kind === 'rejected') nearer.look({ ...verdict, reason, shortBytes });
  }

  // A batch that nobody joins or leaves spares the engine what it does between the steps of a stream of requests.
  const together = load.kind === 'static';
  const readsBeside = !together && outputTokens > 1;

  /** Exact throughput a GPU of families' first members, once judged with all the sequences they hold. */
  const exact = new Map<Family, { readonly perGpu: number; readonly perStage: number }>();

  /** What is known of a family before any of its members is looked at. */
  const familyRates = new Map<Family, number>();
  /** Requests a second and GPU of a worker of the family, at most. */
  const rateBound = (waiting: Waiting): number => {
    const { family, level } = waiting;
    if (level > 0) return rateOf(waiting);
    let rate = familyRates.get(family);
    if (rate === undefined) {
      rate = rateOf(waiting);
      familyRates.set(family, rate);
    }
    return rate;
  };
  const rateOf = ({ worker, family, level }: Waiting): number => {
    const { first } = family;
    const { pp } = first.layout;
    // The steady state is held to the same (../../cost/serving/mean-step.ts).
    const reading = readsBeside ? sides.readsAtMost(first) : Number.POSITIVE_INFINITY;
    const crowd = sides.crowding(family);
    const own = level === 0 ? crowd : sides.capacity(worker, 'both').sequencesPerRank / worker.layout.pp;
    const perStage = Math.min(crowd, own);
    const writing = together ? Number.POSITIVE_INFINITY : sides.decode(first, perStage * pp).requestsPerSecond;
    const known = level === 2 ? exact.get(family) : undefined;
    const scaled = known ? known.perGpu * Math.max(1, own / known.perStage) : Number.POSITIVE_INFINITY;
    return Math.min(reading / first.gpus, writing / first.gpus, scaled);
  };

  const clients = clientsOf(load);
  const { max: gpusAtMost } = gpuRange(problem);
  /**
   * Requests a second that the clients of a closed loop make at most: prompts among the answers only make both longer. A member of more
   * stages has as many sequences for each.
   */
  const askedBound = ({ worker, family: { first }, numbers }: Waiting): number => {
    if (load.kind !== 'concurrency' || outputTokens === 1) return Number.POSITIVE_INFINITY;
    const before = sides.prefill(first).seconds + requestSeconds(problem.workload, problem.engine);
    // Clients who are all answered at once find nobody running.
    const others = findsOthers(clients / numbers.max - 1) * (1 - togetherShare(workload));
    const stay = (perRank: number) => {
      const { tpot, joining } = sides.decode(first, perRank);
      const answer = tpot * (outputTokens - 1);
      return { answer, seconds: before + others * joining + answer };
    };
    const ranks = ((numbers.max * worker.gpus) / first.gpus) * first.layout.dp;
    const least = first.gpus / gpusAtMost / first.layout.dp;
    return closedLoopAtMost({ clients, ranks, least, stay }) * (1 + unsettled);
  };

  const demanded = demandedRate(workload);
  /** Workers that answer as many requests as are demanded, at least; a millionth less counts as that (serving-cost.ts). */
  const fewestToKeepUp = (waiting: Waiting): number =>
    demanded > 0 ? Math.ceil((demanded / (rateBound(waiting) * waiting.worker.gpus)) * (1 - 2e-6)) : 1;

  /** What clients in a closed loop wait beyond their answers, as a multiple of what the SLO allows. */
  const leastExcess = (waiting: Waiting): number => {
    const { ttft, tpot = 0 } = workload.slo;
    if (load.kind !== 'concurrency' || ttft === undefined) return Number.POSITIVE_INFINITY;
    const rate = rateBound(waiting) * waiting.worker.gpus * waiting.numbers.max;
    return (load.concurrency / rate - tpot * (outputTokens - 1)) / ttft;
  };

  const fewestGpus = (waiting: Waiting): number =>
    waiting.worker.gpus * Math.max(waiting.numbers.min, fewestToKeepUp(waiting));

  /** Output tokens a second of as many workers as there may be, at most. */
  const tokensOf = (waiting: Waiting): number => {
    const rate = rateBound(waiting) * waiting.worker.gpus * waiting.numbers.max;
    return Math.min(rate, askedBound(waiting)) * outputTokens * (1 + 1e-9);
  };

  const boundOf = (waiting: Waiting): readonly number[] => {
    const { worker, family, numbers } = waiting;
    const { layout, gpus } = worker;
    const experts = mixtureOf(model)?.experts ?? 0;
    switch (objective) {
      case 'latency': {
        const most = family.members.at(-1)?.layout.pp ?? layout.pp;
        const least = 1 / (layout.dp * most);
        return [together ? 0 : sides.decode(family.first, least).tpot * (1 - 1e-9)];
      }
      case 'throughput':
        return load.kind === 'rate'
          ? [-rounded(load.requestsPerSecond * outputTokens), fewestGpus(waiting)]
          : [-tokensOf(waiting)];
      case 'cost':
        return [fewestGpus(waiting)];
      case 'memory':
      case 'balance': {
        const { fixedBytes, bytesPerSequence } = sides.capacity(worker, 'both');
        const bytes = fixedBytes + Math.ceil(bytesPerSequence);
        if (objective === 'memory') return [bytes];
        const perGpu = experts === 0 ? 0 : (experts + layout.redundantExperts) / layout.ep;
        const differs = experts > 0 && layout.tp !== layout.etp ? 1 : 0;
        return [-gpus * numbers.max, perGpu, layout.pp, differs, bytes];
      }
    }
  };

  /**
   * What the first of a family does with all the sequences that it holds; or, where the SLO holds it back, with one more, which breaks the
   * SLO and would break it with more stages.
   */
  const noteExact = (family: Family, strategy: ServingStrategy): void => {
    if (load.kind === 'rate' || fillOf(load, objective) !== 'most' || strategy.mode !== 'aggregated') return;
    const { replicas, dp, pp, maxConcurrency } = strategy;
    const ranks = replicas * dp;
    const perRank = maxConcurrency / ranks;
    // Where ranks are idle the GPUs they take say nothing.
    if (perRank < 1) return;
    const most = Math.min(sides.capacity(family.first, 'both').sequencesPerRank, askedPerRank(load, ranks));
    const heldBack = perRank < most && !(load.kind === 'concurrency' && maxConcurrency === load.concurrency);
    // The border is known to less than a percent where it is high.
    const next = Math.ceil(perRank * (1 + 1 / 128)) + 1;
    const steady = context.cost.steady(heldBack ? { ...strategy, maxConcurrency: next * ranks } : strategy);
    if (!steady) return;
    exact.set(family, {
      perGpu: steady.requestsPerSecond / (family.first.gpus * replicas),
      perStage: heldBack ? Number.POSITIVE_INFINITY : perRank / pp,
    });
  };

  /** Sequences on a rank for each stage that a member of the family was held to. */
  const held = new Map<Family, number>();
  const expected = (worker: Worker, family: Family): Expectation | undefined => {
    if (workload.slo.tpot === undefined || together || load.kind === 'rate') return undefined;
    // Prompts among the answers leave room for about half the sequences that answers alone would.
    const guess = (held.get(family) ?? sides.crowding(family) / 2) * worker.layout.pp;
    return { guess, beyond: best.beyond };
  };
  const note = (worker: Worker, family: Family, verdict: Verdict | Worse): void => {
    if (verdict.kind !== 'fits' || verdict.judged.strategy.mode !== 'aggregated') return;
    const { maxConcurrency, replicas, dp } = verdict.judged.strategy;
    held.set(family, maxConcurrency / (replicas * dp * worker.layout.pp));
  };

  const queue = queueOf<Waiting>();
  /** Turns away a layout that is known to miss something, in whatever numbers. */
  const turnAway = ({ worker, family, numbers }: Waiting, reason: Reason, excess: number): void => {
    count.reject(reason, numbers.max - numbers.min + 1);
    const judge = () => {
      const { verdict } = judgeLayout(context, worker, numbers, expected(worker, family));
      return verdict.kind === 'rejected' ? verdict : undefined;
    };
    unjudged.push({ excess, judge, onFrontier: reason === 'slo.tpot' });
  };
  const misses = new Map<Family, Missed | undefined>();
  const missedBy = (family: Family): Missed | undefined => {
    if (!misses.has(family)) {
      misses.set(family, stepTooLong(problem, sides, family) ?? promptTooLong(problem, sides, family));
    }
    return misses.get(family);
  };
  const enter = (family: Family, worker: Worker) => {
    const numbers = inRange(worker);
    if (numbers.max < numbers.min) return;
    const waiting: Waiting = { worker, family, level: 0, numbers };
    queue.push(boundOf(waiting), waiting);
  };
  let complete = listed;
  for (const family of families) {
    if (!complete || outOfTime()) {
      complete = false;
      break;
    }
    for (const worker of family.members) enter(family, worker);
  }
  for (let head = queue.pop(); head; head = queue.pop()) {
    const { worker, family, numbers, level } = head.value;
    const candidates = numbers.max - numbers.min + 1;
    if (best.beyond(head.key)) {
      count.prune(candidates);
      continue;
    }
    if (outOfTime()) {
      complete = false;
      break;
    }
    const missed = missedBy(family);
    if (missed) {
      turnAway(head.value, missed.reason, missed.excess);
      continue;
    }
    if (fewestToKeepUp(head.value) > numbers.max) {
      const reason = load.kind === 'rate' ? 'rate-not-reached' : 'slo.ttft';
      turnAway(head.value, reason, leastExcess(head.value));
      continue;
    }
    if (level < 2 && worker !== family.first) {
      // Back into the queue: whether it is still the least shows there.
      const tighter: Waiting = { ...head.value, level: level === 0 ? 1 : 2 };
      queue.push(boundOf(tighter), tighter);
      continue;
    }
    const { verdict, judged } = judgeLayout(context, worker, numbers, expected(worker, family));
    note(worker, family, verdict);
    if (verdict.kind === 'fits') {
      best.insert(verdict.judged);
      search.fits?.(verdict.judged);
      count.evaluate(judged);
      count.prune(candidates - judged);
      if (worker === family.first) noteExact(family, verdict.judged.strategy);
    } else if (verdict.kind === 'worse') {
      count.prune(candidates);
      const { strategy, steady } = verdict;
      if (worker === family.first && strategy.maxConcurrency >= strategy.replicas * strategy.dp) {
        // More sequences than the SLO allows do no less than as many as it does.
        const perGpu = steady.requestsPerSecond / (worker.gpus * strategy.replicas);
        exact.set(family, { perGpu, perStage: Number.POSITIVE_INFINITY });
      }
    } else {
      // With fewer workers each has more to do: what all of them together miss, fewer miss too.
      count.reject(verdict.reason, candidates);
      nearer.look(verdict);
    }
  }
  return { best, exhaustive: complete, nearer, unjudged };
}
