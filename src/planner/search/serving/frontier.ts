/** Which strategies nothing else beats in both tokens/s/GPU and tokens/s/user, and the concurrencies at which the best layouts are looked at for it. */
import type { OutOfTime } from '../../result.ts';
import type { FrontierPoint, ServingProblem } from '../../serving-result.ts';
import { type ServingStrategy, servingGpus } from '../../strategy.ts';
import type { JudgeContext } from './judge.ts';
import { canonicalServing, type Judged, type Measured } from './objective.ts';
import { perGpu } from './versus.ts';

/** Points beyond this are thinned out: more than a plot of them shows. */
const mostPoints = 24;

/** The layouts of strategies with ever fewer requests at once: what is heard of them is the curve between the best and the quickest. */
export function sampleConcurrencies(
  { problem, cost, heard }: JudgeContext,
  strategies: readonly Judged[],
  outOfTime: OutOfTime,
): void {
  if (problem.workload.load.kind !== 'saturated') return;
  for (const { strategy, totalBytes } of strategies) {
    const writers = strategy.mode === 'aggregated' ? strategy : strategy.decode;
    const ranks = writers.replicas * writers.dp;
    for (let n = Math.floor(writers.maxConcurrency / ranks / 2); n >= 1; n = Math.floor(n / 2)) {
      if (outOfTime()) return;
      const maxConcurrency = n * ranks;
      const held: ServingStrategy =
        strategy.mode === 'aggregated'
          ? { ...strategy, maxConcurrency }
          : { ...strategy, decode: { ...strategy.decode, maxConcurrency } };
      const steady = cost.steady(held);
      if (steady) heard?.({ strategy: held, steady, totalBytes });
    }
  }
}

/**
 * Best first in tokens/s/GPU. The SLO on TTFT holds; that on TPOT is what the curve is read for. The chosen strategy stays on it however
 * near its neighbours are, unless something has more of both.
 */
export function frontierOf(
  problem: ServingProblem,
  heard: readonly Measured[],
  chosen: ServingStrategy,
): readonly FrontierPoint[] {
  const { ttft } = problem.workload.slo;
  const met = heard.filter(({ steady }) => (ttft === undefined || steady.ttft <= ttft) && steady.tpot > 0);
  const points = met
    .map(({ strategy, steady }) => ({
      strategy,
      tokensPerSecondPerGpu: perGpu(problem, { strategy, steady, totalBytes: 0 }),
      tokensPerSecondPerUser: 1 / steady.tpot,
      ttft: steady.ttft,
    }))
    .sort(
      (a, b) =>
        b.tokensPerSecondPerGpu - a.tokensPerSecondPerGpu ||
        b.tokensPerSecondPerUser - a.tokensPerSecondPerUser ||
        servingGpus(a.strategy) - servingGpus(b.strategy),
    );
  const frontier: FrontierPoint[] = [];
  let quickest = 0;
  for (const point of points) {
    if (point.tokensPerSecondPerUser <= quickest) continue;
    frontier.push(point);
    quickest = point.tokensPerSecondPerUser;
  }
  return thinned(frontier, chosen);
}

/** Both ends and the chosen one, and of the others those that are evenly apart in the logarithm of tokens/s/user. */
function thinned(points: readonly FrontierPoint[], chosen: ServingStrategy): readonly FrontierPoint[] {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last || points.length <= mostPoints) return points;
  const from = Math.log(first.tokensPerSecondPerUser);
  const step = (Math.log(last.tokensPerSecondPerUser) - from) / (mostPoints - 2);
  const own = canonicalServing(chosen);
  const kept: FrontierPoint[] = [];
  let next = from;
  for (const point of points.slice(0, -1)) {
    const isChosen = canonicalServing(point.strategy) === own;
    if (!isChosen && (Math.log(point.tokensPerSecondPerUser) < next || kept.length >= mostPoints - 2)) continue;
    kept.push(point);
    if (!isChosen) next = Math.max(next + step, Math.log(point.tokensPerSecondPerUser) + step / 2);
  }
  return [...kept, last];
}
