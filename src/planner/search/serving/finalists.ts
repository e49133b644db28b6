/** Layouts that are asked again, under another SLO or with an input changed: those that came near the best in some respect. */
import { type ServingStrategy, servingGpus, type WorkerStrategy } from '../../strategy.ts';
import type { JudgeContext } from './judge.ts';
import { judgeLayout } from './judge-layout.ts';
import { judgePair } from './judge-pair.ts';
import { type Judged, layoutKey, type Measured, servedTokens } from './objective.ts';
import { pairBounds } from './pair-bounds.ts';
import { numberRange } from './range.ts';
import { familiesOf, type Sides } from './sides.ts';
import type { Worker } from './workers.ts';

const workerOf = ({ maxConcurrency: _, ...degrees }: WorkerStrategy): Worker => {
  const layout = { ...degrees, replicas: 1 };
  return { layout, gpus: layout.tp * layout.dp * layout.pp, family: 0 };
};

/** The best of a strategy's layouts, in whatever numbers and at whatever concurrency; undefined where none will do. */
export function judgeAgain(context: JudgeContext, sides: Sides, strategy: ServingStrategy): Judged | undefined {
  if (strategy.mode === 'aggregated') {
    const { mode: _, ...own } = strategy;
    const worker = workerOf(own);
    const { allowed } = numberRange(context.problem, worker);
    if (allowed.max < allowed.min) return undefined;
    const { verdict } = judgeLayout(context, worker, allowed);
    return verdict.kind === 'fits' ? verdict.judged : undefined;
  }
  const halves = { prefill: workerOf(strategy.prefill), decode: workerOf(strategy.decode) };
  const reader = familiesOf([halves.prefill], { sides, role: 'prefill' }).families[0];
  const limit = sides.limit(halves.decode);
  if (!reader || limit === 0) return undefined;
  const bounds = pairBounds(context, sides, [{ worker: halves.prefill, family: reader }]);
  const all = { sides, bounds, halves, limit, beyond: () => false, outOfTime: () => false };
  return judgePair(context, all).fitting[0];
}

/** Of what was found and heard of, distinct layouts: the best by the objective, and of each mode the most productive and the quickest. */
export function finalistsOf(
  best: readonly Judged[],
  heard: readonly Measured[],
  { workload, most }: { readonly workload: Parameters<typeof servedTokens>[0]; readonly most: number },
): readonly ServingStrategy[] {
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
    const own = heard.filter(({ strategy }) => strategy.mode === mode);
    const perGpu = ({ strategy, steady }: Measured) => servedTokens(workload, steady) / servingGpus(strategy);
    take(
      [...own].sort((a, b) => perGpu(b) - perGpu(a)),
      2,
    );
    take(
      [...own].sort((a, b) => a.steady.tpot - b.steady.tpot),
      1,
    );
  }
  take(best, most);
  return [...chosen.values()];
}
