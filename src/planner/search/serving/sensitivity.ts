/**
 * Which inputs and assumptions decide: each is changed by 20 % up and down, and where another of the finalists wins then, by 10 % too. The
 * finalists are judged anew under the changed setting, each at the concurrency that is best then. A link that none of them uses decides
 * nothing, and is not asked about.
 */
import type { Cluster } from '../../cluster.ts';
import { clusterGpus } from '../../cluster.ts';
import type { ServingCost } from '../../cost/serving/serving-cost.ts';
import { usualExponent } from '../../cost/serving/skew.ts';
import { workerSpans } from '../../cost/serving/worker.ts';
import { mixtureOf } from '../../model.ts';
import type { OutOfTime } from '../../result.ts';
import type { Sensitivity, ServingProblem } from '../../serving-result.ts';
import { servingGpus } from '../../strategy.ts';
import type { ServingWorkload } from '../../workload.ts';
import { type Finalist, type JudgingAgain, judgingAgain } from './finalists.ts';
import { decodeLimit, type JudgeContext } from './judge.ts';
import { compareServing, type Judged, layoutKey, servedTokens } from './objective.ts';
import { gpuRange } from './range.ts';
import type { Worker } from './workers.ts';

interface Input {
  readonly input: string;
  readonly value: number;
  /** The problem with this value instead. */
  readonly changed: (value: number) => ServingProblem;
  /** Whole numbers only. */
  readonly whole?: true;
}

/** Prompts' KV moves over the slow link unless one fast domain holds all. */
function linksUsed({ cluster, engine }: ServingProblem, finalists: readonly Finalist[]) {
  const oneDomain = clusterGpus(cluster) <= cluster.domainGpus;
  let usesFast = false;
  let usesSlow = false;
  for (const { strategy } of finalists) {
    if (strategy.mode === 'disaggregated') {
      if (oneDomain) usesFast = true;
      else usesSlow = true;
    }
    for (const worker of strategy.mode === 'aggregated' ? [strategy] : [strategy.prefill, strategy.decode]) {
      const { tp, cp, ep, etp, stage, hopCrosses } = workerSpans(worker, cluster, engine.rankLayout);
      if (worker.tp * worker.cp * worker.dp * worker.pp > 1) usesFast ||= cluster.domainGpus > 1;
      usesSlow ||= hopCrosses || [tp, cp, ep, etp, stage].some(({ domains }) => domains > 1);
    }
  }
  return { usesFast, usesSlow };
}

function inputsOf(problem: ServingProblem, finalists: readonly Finalist[]): readonly Input[] {
  const { cluster, workload, engine, model } = problem;
  const { gpu, fast, slow } = cluster;
  const withCluster = (change: Partial<Cluster>): ServingProblem => ({
    ...problem,
    cluster: { ...cluster, ...change },
  });
  const withWorkload = (change: Partial<ServingWorkload>): ServingProblem => {
    return { ...problem, workload: { ...workload, ...change } };
  };
  const inputs: Input[] = [
    {
      input: '/cluster/gpu/memoryBandwidthGBps',
      value: gpu.memoryBandwidth,
      changed: (memoryBandwidth) => withCluster({ gpu: { ...gpu, memoryBandwidth } }),
    },
    {
      input: 'share of the peak FLOP/s that products reach',
      value: 1,
      changed: (share) => {
        const { bf16, fp8, fp4, int8 } = gpu.peakFlops;
        const peakFlops = { bf16: bf16 * share, fp8: fp8 * share, fp4: fp4 * share, int8: int8 * share };
        return withCluster({ gpu: { ...gpu, peakFlops } });
      },
    },
    {
      input: "the engine's overhead of a step",
      value: engine.times.stepOverhead,
      changed: (stepOverhead) => ({ ...problem, engine: { ...engine, times: { ...engine.times, stepOverhead } } }),
    },
    {
      input: '/workload/inputTokens',
      value: workload.inputTokens,
      changed: (inputTokens) => withWorkload({ inputTokens }),
      whole: true,
    },
    {
      input: '/workload/outputTokens',
      value: workload.outputTokens,
      changed: (outputTokens) => withWorkload({ outputTokens }),
      whole: true,
    },
  ];
  const { usesFast, usesSlow } = linksUsed(problem, finalists);
  if (usesFast) {
    inputs.push({
      input: '/cluster/intraNode/bandwidthGBps',
      value: fast.bandwidth,
      changed: (bandwidth) => withCluster({ fast: { ...fast, bandwidth } }),
    });
  }
  if (usesSlow) {
    inputs.push({
      input: '/cluster/interNode/bandwidthGBps',
      value: slow.bandwidth,
      changed: (bandwidth) => withCluster({ slow: { ...slow, bandwidth } }),
    });
  }
  const { load, routing, prefixCacheHitRate, speculation } = workload;
  if (load.kind === 'concurrency') {
    inputs.push({
      input: '/workload/concurrency',
      value: load.concurrency,
      changed: (concurrency) => withWorkload({ load: { ...load, concurrency } }),
      whole: true,
    });
  }
  if (load.kind === 'rate') {
    inputs.push({
      input: '/workload/requestsPerSecond',
      value: load.requestsPerSecond,
      changed: (requestsPerSecond) => withWorkload({ load: { ...load, requestsPerSecond } }),
    });
  }
  if (load.kind === 'static') {
    inputs.push({
      input: '/workload/staticBatch',
      value: load.batch,
      changed: (batch) => withWorkload({ load: { ...load, batch } }),
      whole: true,
    });
  }
  if (mixtureOf(model) && (routing.kind === 'zipf' || routing.kind === 'usual')) {
    inputs.push({
      input:
        routing.kind === 'zipf' ? '/workload/routing/zipf' : "how unequally routing is taken to be, as Zipf's exponent",
      value: routing.kind === 'zipf' ? routing.exponent : usualExponent,
      changed: (exponent) => withWorkload({ routing: { kind: 'zipf', exponent } }),
    });
  }
  if (speculation) {
    inputs.push({
      input: '/workload/speculative/acceptance',
      value: speculation.acceptance,
      changed: (acceptance) => withWorkload({ speculation: { ...speculation, acceptance: Math.min(1, acceptance) } }),
    });
  }
  if (prefixCacheHitRate > 0) {
    inputs.push({
      input: '/workload/prefixCacheHitRate',
      value: prefixCacheHitRate,
      changed: (rate) => withWorkload({ prefixCacheHitRate: Math.min(0.99, rate) }),
    });
  }
  return inputs;
}

interface Compared {
  /** That of the chosen layout. */
  readonly same: Finalist | undefined;
  readonly others: readonly Finalist[];
  /** Sequences on a rank of a finalist's writers that TPOT allows as things are. */
  readonly heldTo: (finalist: Finalist) => number;
  readonly costOf: (problem: ServingProblem) => ServingCost;
  readonly outOfTime: OutOfTime;
}

interface Asked extends Pick<Compared, 'costOf' | 'outOfTime'> {
  readonly chosen: Pick<Judged, 'strategy'>;
  readonly finalists: readonly Finalist[];
}

/** A winner by less is none: concurrencies are known to about so much. */
const negligible = 0.005;

export function sensitivityOf(problem: ServingProblem, asked: Asked): readonly Sensitivity[] {
  const found: Sensitivity[] = [];
  const { chosen, finalists, costOf, outOfTime } = asked;
  const layout = layoutKey(chosen.strategy);
  const same = finalists.find(({ strategy }) => layoutKey(strategy) === layout);
  const others = finalists.filter((finalist) => finalist !== same);
  const compared: Compared = { same, others, heldTo: heldTo(problem, costOf), costOf, outOfTime };
  for (const input of inputsOf(problem, finalists)) {
    if (input.value === 0) continue;
    const flips: Sensitivity[] = [];
    for (const sign of [-1, 1]) {
      const far = flipAt(problem, input, 0.2 * sign, compared);
      if (!far) continue;
      flips.push(flipAt(problem, input, 0.1 * sign, compared) ?? far);
    }
    flips.sort((a, b) => Math.abs(a.change) - Math.abs(b.change) || b.loss - a.loss);
    if (flips[0]) found.push(flips[0]);
  }
  return found;
}

/** Limits of writers as things are, each worked out when it is first asked for. */
function heldTo(problem: ServingProblem, costOf: Compared['costOf']): Compared['heldTo'] {
  let context: JudgeContext | undefined;
  const known = new Map<Worker, number>();
  return ({ writer, perRank }) => {
    let held = known.get(writer);
    if (held === undefined) {
      context ??= { problem, cost: costOf(problem) };
      held = decodeLimit(context, writer, perRank);
      known.set(writer, held);
    }
    return held;
  };
}

/** Who wins with the input changed by so much, where it is not the chosen one any more. */
function flipAt(problem: ServingProblem, input: Input, change: number, asked: Compared): Sensitivity | undefined {
  const { same, others, heldTo, costOf, outOfTime } = asked;
  if (outOfTime()) return undefined;
  const raw = input.value * (1 + change);
  const to = input.whole ? Math.max(1, Math.round(raw)) : raw;
  const changed = input.changed(to);
  const again = judgingAgain({ problem: changed, cost: costOf(changed) }, outOfTime);
  const own = same && again.judge(same);
  /** The best of some that comes before the chosen one. */
  const best = (finalists: readonly Finalist[]): Judged | undefined => {
    let winner: Judged | undefined;
    for (const finalist of finalists) {
      if (outOfTime()) break;
      const rival = winner ?? own;
      const judged = again.judge(finalist, rival);
      if (judged && (!rival || compareServing(judged, rival, problem.model) < 0)) winner = judged;
    }
    return winner;
  };
  const able = own ? others.filter((finalist) => mayWin(changed, own, { finalist, again, heldTo })) : others;
  let winner = best(able);
  // Who serves as much on fewer GPUs wins only where none of those that were left out serves a little more.
  if (winner && own && able.length < others.length && winner.steady.tokensPerSecond <= own.steady.tokensPerSecond) {
    winner = best(others);
  }
  // Half of the comparisons say nothing: who wins is known when all are made.
  if (!winner || outOfTime()) return undefined;
  const loss = own ? lossOf(changed, winner, own) : 1;
  if (loss < negligible && problem.objective !== 'balance') return undefined;
  return { input: input.input, from: input.value, to, change, winner: winner.strategy, loss };
}

/** Whether a finalist may win by something to speak of: by GPUs that it needs at least to serve that much more, or as much on fewer. */
function mayWin(
  problem: ServingProblem,
  own: Judged,
  { finalist, again, heldTo }: Pick<Compared, 'heldTo'> & { readonly finalist: Finalist; readonly again: JudgingAgain },
): boolean {
  const { objective, workload } = problem;
  if (objective !== 'throughput' || workload.load.kind === 'rate') return true;
  const held = heldTo(finalist);
  const { requestsPerSecond } = own.steady;
  if (again.fewestGpus(finalist, requestsPerSecond, held) < servingGpus(own.strategy)) return true;
  return again.fewestGpus(finalist, requestsPerSecond / (1 - negligible), held) <= gpuRange(problem).max;
}

/** By what share of the winner's figure, the first in which they differ, another falls short. Total where it will not do at all. */
function lossOf(problem: ServingProblem, winner: Judged, other: Judged): number {
  const { workload, objective } = problem;
  const gpus = [servingGpus(winner.strategy), servingGpus(other.strategy)] as const;
  const tokens = [servedTokens(workload, winner.steady), servedTokens(workload, other.steady)] as const;
  const more = (value: readonly [number, number]) => value[1] / value[0] - 1;
  switch (objective) {
    case 'throughput':
      return tokens[0] === tokens[1] ? more(gpus) : 1 - tokens[1] / tokens[0];
    case 'cost':
      return gpus[0] === gpus[1] ? 1 - tokens[1] / tokens[0] : more(gpus);
    case 'latency':
      return winner.steady.tpot === other.steady.tpot
        ? more([winner.steady.ttft, other.steady.ttft])
        : more([winner.steady.tpot, other.steady.tpot]);
    default:
      return more([winner.totalBytes, other.totalBytes]);
  }
}
