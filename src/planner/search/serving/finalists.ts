/** Layouts that are asked again, under another SLO or with an input changed: those that came near the best in some respect. */
import type { OutOfTime } from '../../result.ts';
import { type ServingStrategy, servingGpus, type WorkerStrategy } from '../../strategy.ts';
import { decodeLimit, type JudgeContext } from './judge.ts';
import { judgeLayout } from './judge-layout.ts';
import { judgePair } from './judge-pair.ts';
import { compareKeys, type Judged, layoutKey, type Measured, servedTokens } from './objective.ts';
import { pairBounds } from './pair-bounds.ts';
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

/** Judges a finalist under another setting: the best of its layouts; undefined where none will do, or comes before `rival`. */
export type JudgeAgain = (finalist: Finalist, rival?: Judged) => Judged | undefined;

export function judgingAgain(context: JudgeContext, outOfTime: OutOfTime): JudgeAgain {
  const sides = sidesOf(context);
  const limits = new Map<Worker, number>();
  const limitOf = ({ writer, perRank }: Finalist): number => {
    const limit = limits.get(writer) ?? decodeLimit(context, writer, perRank);
    limits.set(writer, limit);
    return limit;
  };
  return (finalist, rival) => {
    const { writer, reader, perRank } = finalist;
    const beyond = (bound: readonly number[]): boolean => rival !== undefined && compareKeys(bound, rival.key) > 0;
    if (!reader) {
      const { allowed } = numberRange(context.problem, writer);
      if (allowed.max < allowed.min) return undefined;
      const { verdict } = judgeLayout(context, writer, allowed, { guess: perRank, beyond });
      return verdict.kind === 'fits' ? verdict.judged : undefined;
    }
    const family = familiesOf([reader], { sides, role: 'prefill', outOfTime }).families[0];
    const limit = limitOf(finalist);
    if (!family || limit === 0) return undefined;
    const bounds = pairBounds(context, sides, [{ worker: reader, family }]);
    const halves = { prefill: reader, decode: writer };
    return judgePair(context, { sides, bounds, halves, limit, beyond, outOfTime }).fitting[0];
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
