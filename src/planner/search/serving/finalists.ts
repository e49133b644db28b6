/** Layouts that are asked again, under another SLO or with an input changed: those that came near the best in some respect. */
import type { OutOfTime } from '../../result.ts';
import { type ServingStrategy, servingGpus, type WorkerStrategy } from '../../strategy.ts';
import { slightlyLess } from './floors.ts';
import { decodeLimit, type JudgeContext } from './judge.ts';
import { judgeLayout } from './judge-layout.ts';
import { judgePair } from './judge-pair.ts';
import { askedPerRank } from './load.ts';
import { compareKeys, type Judged, layoutKey, type Measured, servedTokens } from './objective.ts';
import { type PairBounds, pairBounds } from './pair-bounds.ts';
import { numberRange } from './range.ts';
import { familiesOf, sidesOf } from './sides.ts';
import type { Worker } from './workers.ts';

/** A layout that is asked again, in whatever numbers and at whatever concurrency. */
export interface Finalist {
  readonly strategy: ServingStrategy;
  /** The worker that writes answers, and that which reads prompts where it is another. */
  readonly writer: Worker;
  readonly reader?: Worker;
  /** Sequences on each of the writer's ranks when it was found. */
  readonly perRank: number;
}

/** Layouts as finalists; workers that several have are one, so that what is known of them is known for all. */
function finalistOf(): (strategy: ServingStrategy) => Finalist {
  const known = new Map<string, Worker>();
  const workerOf = ({ tp, cp, dp, pp, ep, etp, redundantExperts }: WorkerStrategy): Worker => {
    const layout = { tp, cp, dp, pp, ep, etp, replicas: 1, redundantExperts };
    const key = layoutKey({ mode: 'aggregated', ...layout, maxConcurrency: 1 });
    const worker = known.get(key) ?? { layout, gpus: tp * cp * dp * pp, family: 0 };
    known.set(key, worker);
    return worker;
  };
  return (strategy) => {
    const disaggregated = strategy.mode === 'disaggregated';
    const writers = disaggregated ? strategy.decode : strategy;
    const perRank = writers.maxConcurrency / (writers.replicas * writers.dp);
    const reader = disaggregated && { reader: workerOf(strategy.prefill) };
    return { strategy, writer: workerOf(writers), perRank, ...reader };
  };
}

/** Finalists under another setting. */
export interface JudgingAgain {
  /** The best of a finalist's layouts; undefined where none will do, or comes before `rival`. */
  readonly judge: (finalist: Finalist, rival?: Judged) => Judged | undefined;
  /**
   * GPUs that a finalist serves so many requests a second with, at least, in whole workers. `held` is about how many sequences on a rank of
   * its writers TPOT allows: the better it is the more the bound says.
   */
  readonly fewestGpus: (finalist: Finalist, requestsPerSecond: number, held: number) => number;
}

export function judgingAgain(context: JudgeContext, outOfTime: OutOfTime): JudgingAgain {
  const { problem, cost } = context;
  const { load, slo } = problem.workload;
  const sides = sidesOf(context);
  const limits = new Map<Worker, number>();
  const limitOf = ({ writer, perRank }: Finalist): number => {
    let limit = limits.get(writer);
    if (limit === undefined) {
      limit = decodeLimit(context, writer, perRank);
      limits.set(writer, limit);
    }
    return limit;
  };
  const pairs = new Map<Worker, PairBounds | undefined>();
  const boundsWith = (reader: Worker): PairBounds | undefined => {
    if (!pairs.has(reader)) {
      const family = familiesOf([reader], { sides, role: 'prefill', outOfTime }).families[0];
      pairs.set(reader, family && pairBounds(context, sides, [{ worker: reader, family }]));
    }
    return pairs.get(reader);
  };
  /** Answers a second of a writer that is alone, at as many sequences as it is known not to exceed. */
  const writtenAtMost = (writer: Worker, held: number): number => {
    const { sequencesPerRank } = cost.capacity(writer.layout, 'decode');
    const more = Math.ceil(1.1 * held) + 1;
    const tooMany = more < sequencesPerRank && slo.tpot !== undefined && sides.decode(writer, more).tpot > slo.tpot;
    const most = Math.min(tooMany ? more : sequencesPerRank, askedPerRank(load, writer.layout.dp));
    return most === 0 ? 0 : sides.decode(writer, most).requestsPerSecond;
  };
  return {
    judge: (finalist, rival) => {
      const { writer, reader, perRank } = finalist;
      const beyond = (bound: readonly number[]): boolean => rival !== undefined && compareKeys(bound, rival.key) > 0;
      if (!reader) {
        const { allowed } = numberRange(problem, writer);
        if (allowed.max < allowed.min) return undefined;
        const { verdict } = judgeLayout(context, writer, allowed, { guess: perRank, beyond });
        return verdict.kind === 'fits' ? verdict.judged : undefined;
      }
      const bounds = boundsWith(reader);
      const limit = bounds ? limitOf(finalist) : 0;
      if (!bounds || limit === 0) return undefined;
      const halves = { prefill: reader, decode: writer };
      return judgePair(context, { sides, bounds, halves, limit, beyond, outOfTime }).fitting[0];
    },
    fewestGpus: ({ writer, reader }, requestsPerSecond, held) => {
      if (!reader) return 0;
      const needed = ({ gpus }: Worker, each: number) => gpus * Math.ceil((requestsPerSecond / each) * slightlyLess);
      const reading = needed(reader, sides.prefill(reader).requestsPerSecond);
      return reading + needed(writer, writtenAtMost(writer, held));
    },
  };
}

/** Of what was found and heard of, distinct layouts: the best by the objective, and of each mode the most productive and the quickest. */
export function finalistsOf(
  best: readonly Judged[],
  heard: readonly Measured[],
  { workload, most }: { readonly workload: Parameters<typeof servedTokens>[0]; readonly most: number },
): readonly Finalist[] {
  const chosen = new Map<string, ServingStrategy>();
  const take = (all: readonly Measured[], count: number) => {
    let taken = 0;
    for (const { strategy } of all) {
      if (taken === count || chosen.size === most) return;
      const key = layoutKey(strategy);
      if (chosen.has(key)) continue;
      chosen.set(key, strategy);
      taken++;
    }
  };
  take(best, Math.ceil(most / 2));
  for (const mode of ['aggregated', 'disaggregated'] as const) {
    const own = heard
      .filter(({ strategy }) => strategy.mode === mode)
      .map((measured) => {
        const perGpu = servedTokens(workload, measured.steady) / servingGpus(measured.strategy);
        return { strategy: measured.strategy, steady: measured.steady, totalBytes: measured.totalBytes, perGpu };
      });
    take(
      own.sort((a, b) => b.perGpu - a.perGpu),
      2,
    );
    take(
      own.sort((a, b) => a.steady.tpot - b.steady.tpot),
      1,
    );
  }
  take(best, most);
  return [...chosen.values()].map(finalistOf());
}
