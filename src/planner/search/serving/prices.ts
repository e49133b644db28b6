/** What each bound of the SLO costs: the best of the finalists with the bound a sixth tighter and a fifth looser. */
import { secondsText } from '../../figures.ts';
import type { OutOfTime } from '../../result.ts';
import type { ServingProblem, SloPrice } from '../../serving-result.ts';
import { type ServingStrategy, servingGpus, servingName } from '../../strategy.ts';
import { judgeAgain } from './finalists.ts';
import type { JudgeContext } from './judge.ts';
import { compareServing, type Judged } from './objective.ts';
import { sidesOf } from './sides.ts';
import { perGpu } from './versus.ts';

/** A bound of 30 ms is tried at 25 and at 36. */
const factors = [5 / 6, 6 / 5] as const;

/** Where no TPOT was asked for, what asking would cost: at the chosen one's own, and at two thirds and a third of it. */
const unasked = [2 / 3, 1 / 3] as const;

export function sloPrices(
  context: JudgeContext,
  { chosen, finalists, outOfTime }: { chosen: Judged; finalists: readonly ServingStrategy[]; outOfTime: OutOfTime },
): readonly SloPrice[] {
  const { problem } = context;
  const { slo } = problem.workload;
  const prices: SloPrice[] = [];
  const ask = (bound: 'ttft' | 'tpot', from: number, to: number) => {
    if (outOfTime()) return;
    const changed = { ...problem, workload: { ...problem.workload, slo: { ...slo, [bound]: to } } };
    prices.push(priceOf(changed, bestUnder({ ...context, problem: changed }, finalists), { chosen, bound, from, to }));
  };
  for (const bound of ['ttft', 'tpot'] as const) {
    const from = slo[bound];
    if (from !== undefined) for (const factor of factors) ask(bound, from, from * factor);
  }
  if (slo.tpot === undefined && problem.objective !== 'latency' && chosen.steady.tpot > 0) {
    for (const share of unasked) ask('tpot', chosen.steady.tpot, chosen.steady.tpot * share);
  }
  return prices;
}

function bestUnder(context: JudgeContext, finalists: readonly ServingStrategy[]): Judged | undefined {
  const sides = sidesOf(context);
  let best: Judged | undefined;
  for (const finalist of finalists) {
    const judged = judgeAgain(context, sides, finalist);
    if (judged && (!best || compareServing(judged, best, context.problem.model) < 0)) best = judged;
  }
  return best;
}

function priceOf(
  problem: ServingProblem,
  best: Judged | undefined,
  asked: { chosen: Judged; bound: 'ttft' | 'tpot'; from: number; to: number },
): SloPrice {
  const { chosen, bound, from, to } = asked;
  const what = `${bound.toUpperCase()} ${secondsText(to)} instead of ${secondsText(from)}`;
  if (!best) return { bound, from, to, effect: `${what}: none of the strategies compared meets it` };
  const inGpus = problem.objective === 'cost';
  const value = (judged: Judged) => (inGpus ? servingGpus(judged.strategy) : perGpu(problem, judged));
  const change = value(best) / value(chosen) - 1;
  const unit = inGpus ? 'GPUs' : 'tokens/s/GPU';
  const size = `${Math.round(Math.abs(change) * 1000) / 10} %`;
  const name = servingName(best.strategy, problem.model);
  const same = Math.abs(change) < 5e-4;
  const worse = inGpus ? change > 0 : change < 0;
  const effect = same
    ? `${what} changes nothing in ${unit}`
    : `${what} would ${worse ? 'cost' : 'gain'} ${size} in ${unit}, with ${name}`;
  return { bound, from, to, strategy: best.strategy, change: same ? 0 : change, effect };
}
