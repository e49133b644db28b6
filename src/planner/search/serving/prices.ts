/**
 * What each bound of the SLO costs: the best with the bound a sixth tighter and a fifth looser, of the finalists judged anew and of every
 * steady state that is known already. The chosen strategy's own is among these, so that a looser bound never comes out as a loss.
 */
import { secondsText } from '../../figures.ts';
import type { OutOfTime } from '../../result.ts';
import type { ServingProblem, SloPrice } from '../../serving-result.ts';
import { servingGpus, servingName } from '../../strategy.ts';
import { type Finalist, judgingAgain } from './finalists.ts';
import type { JudgeContext } from './judge.ts';
import { compareServing, type Judged, judgedOf, type Measured } from './objective.ts';
import { perGpu } from './versus.ts';

/** A bound of 30 ms is tried at 25 and at 36. */
const factors = [5 / 6, 6 / 5] as const;

/** Where no TPOT was asked for, what asking would cost: at the chosen one's own, and at two thirds and a third of it. */
const unasked = [2 / 3, 1 / 3] as const;

interface Asked {
  readonly chosen: Judged;
  readonly finalists: readonly Finalist[];
  /** Steady states that were worked out under whatever concurrency. */
  readonly known: readonly Measured[];
  readonly outOfTime: OutOfTime;
}

export function sloPrices(context: JudgeContext, { chosen, finalists, known, outOfTime }: Asked): readonly SloPrice[] {
  const { problem } = context;
  const { slo } = problem.workload;
  const prices: SloPrice[] = [];
  if (outOfTime()) return prices;
  // What an objective orders by does not depend on the SLO.
  const judgedKnown = known.map((measured) => judgedOf(measured, problem));
  const ask = (bound: 'ttft' | 'tpot', from: number, to: number) => {
    if (outOfTime()) return;
    const changed = { ...problem, workload: { ...problem.workload, slo: { ...slo, [bound]: to } } };
    const { judge } = judgingAgain({ ...context, problem: changed }, outOfTime);
    let best = bestKnown(changed, bound === 'tpot' && to < from ? judgedKnown.filter(isAggregated) : judgedKnown);
    for (const finalist of finalists) {
      if (outOfTime()) return;
      const judged = judge(finalist, best);
      if (judged && (!best || compareServing(judged, best, problem.model) < 0)) best = judged;
    }
    prices.push(priceOf(changed, best, { chosen, bound, from, to }));
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

/** Decode workers are held to what keeps TPOT within its bound if all their slots are taken, whatever was measured with fewer. */
const isAggregated = ({ strategy }: Measured): boolean => strategy.mode === 'aggregated';

function bestKnown(problem: ServingProblem, known: readonly Judged[]): Judged | undefined {
  const { ttft = Number.POSITIVE_INFINITY, tpot = Number.POSITIVE_INFINITY } = problem.workload.slo;
  let best: Judged | undefined;
  for (const judged of known) {
    if (judged.steady.ttft > ttft || judged.steady.tpot > tpot) continue;
    if (!best || compareServing(judged, best, problem.model) < 0) best = judged;
  }
  return best;
}

function priceOf(
  problem: ServingProblem,
  best: Judged | undefined,
  asked: { chosen: Judged; bound: 'ttft' | 'tpot'; from: number; to: number },
): SloPrice {
  const { chosen, bound, from, to } = asked;
  // Where means are held to shorter bounds than clients are promised, the price is of the promise.
  const margin = problem.workload.slo.margins?.[bound] ?? 1;
  const promised = { bound, from: from * margin, to: to * margin };
  const what = `${bound.toUpperCase()} ${secondsText(promised.to)} instead of ${secondsText(promised.from)}`;
  if (!best) return { ...promised, effect: `${what}: none of the strategies compared meets it` };
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
  return { ...promised, strategy: best.strategy, change: same ? 0 : change, effect };
}
