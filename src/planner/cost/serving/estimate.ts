/** Everything the cost model says of one serving strategy, in the shape of the answer. */

import { mixtureOf } from '../../model.ts';
import type { Latency, ServingEstimate, StepLoad, WorkerEstimate } from '../../serving-estimate.ts';
import type { ServingSetting } from '../../serving-result.ts';
import {
  type DisaggregatedStrategy,
  type ServingStrategy,
  servingGpus,
  strategyGpus,
  type WorkerStrategy,
} from '../../strategy.ts';
import { decodeSteps } from '../../workload.ts';
import { mainPeak } from '../flops.ts';
import { addProfile, breakdownOf, emptyProfile, type Profile } from '../profile.ts';
import { relativeDeviation, type Share } from '../spread.ts';
import { keptTokens, type Role, type WorkerCost, type WorkerCosts } from './cost.ts';
import { withCrossings } from './crossings.ts';
import { type DisaggregatedSteady, disaggregated } from './disaggregated.ts';
import { workerFlops } from './flops.ts';
import { intervalOf, type Spread } from './interval.ts';
import { sequencesHeld, withSequences } from './memory.ts';
import { workerMessages } from './messages.ts';
import { meanContext, plainWork, promptPasses } from './passes.ts';
import { routedShare } from './routing.ts';
import { closedLoop, openLoop, type SteadyContext, staticBatch, type WorkerSteady } from './steady.ts';
import type { StepWork } from './step.ts';

/** The steady state of each of an aggregated strategy's workers. */
export function aggregatedSteady(
  { workload, engine }: ServingSetting,
  strategy: WorkerStrategy,
  cost: WorkerCost,
): WorkerSteady {
  const { replicas, dp, maxConcurrency } = strategy;
  const slots = maxConcurrency / (replicas * dp);
  const context: SteadyContext = { workload, engine, cost, slots };
  const { load } = workload;
  switch (load.kind) {
    case 'concurrency':
      return closedLoop(context, load.concurrency / replicas);
    case 'saturated':
      return closedLoop(context, Number.POSITIVE_INFINITY);
    case 'static':
      return staticBatch(context, load.batch / replicas);
    case 'rate':
      return openLoop(context, load.requestsPerSecond / replicas);
  }
}

export function disaggregatedSteady(
  setting: ServingSetting,
  strategy: DisaggregatedStrategy,
  costs: WorkerCosts,
): DisaggregatedSteady {
  const { load } = setting.workload;
  const { decode } = strategy;
  const clients =
    load.kind === 'concurrency' ? load.concurrency : load.kind === 'static' ? load.batch : decode.maxConcurrency;
  return disaggregated(
    setting,
    strategy,
    {
      prefill: costs.of(strategy.prefill),
      decode: costs.of(decode),
      slots: decode.maxConcurrency / (decode.replicas * decode.dp),
    },
    load.kind === 'rate'
      ? { kind: 'rate', requestsPerSecond: load.requestsPerSecond }
      : { kind: 'clients', clients: load.kind === 'saturated' ? decode.maxConcurrency : clients },
  );
}

interface Steps {
  readonly role: Role;
  readonly load: StepLoad;
  readonly plain: StepWork;
  readonly mixed: StepWork;
  /** Share of the steps that have prompts. */
  readonly share: number;
  readonly decodeStep: number;
  readonly prefill: number;
}

function meanProfile(cost: WorkerCost, { plain, mixed, share }: Steps): { profile: Profile; overhead: number } {
  const profile = emptyProfile();
  let overhead = 0;
  for (const [work, weight] of [
    [plain, 1 - share],
    [mixed, share],
  ] as const) {
    if (weight <= 0) continue;
    const parts = cost.parts(work);
    addProfile(profile, parts.profile, weight);
    overhead += weight * parts.overhead;
  }
  return { profile, overhead };
}

/** The worker's own figures. `measured` says whether every shape of the mean step was inside a measured range. */
function workerEstimate(
  setting: ServingSetting,
  strategy: WorkerStrategy,
  cost: WorkerCost,
  steps: Steps,
): WorkerEstimate {
  const { cluster, model, workload, engine } = setting;
  const { replicas, dp, ep, maxConcurrency } = strategy;
  const sequences = Math.ceil(maxConcurrency / (replicas * dp));
  const stages = cost.memory(steps.role);
  const accounts = stages.map((stage) => ({ stage, account: withSequences(stage, sequences) }));
  const largest = accounts.reduce((best, other) => (other.account.total > best.account.total ? other : best));
  const tightest = stages.reduce((best, other) => (sequencesHeld(other) < sequencesHeld(best) ? other : best));
  const held = Math.min(sequencesHeld(tightest), engine.maxSequences);
  const { blockTokens } = engine.memory;
  const kept = keptTokens(setting, steps.role);
  const paged = Math.ceil(kept / blockTokens) * blockTokens;
  const whole = steps.role === 'prefill' ? workload.inputTokens : workload.inputTokens + workload.outputTokens;
  const { profile, overhead } = meanProfile(cost, steps);
  const breakdown = [...breakdownOf(profile), { part: 'engine', seconds: overhead, bound: 'launch' as const }];
  const step = breakdown.reduce((sum, part) => sum + part.seconds, 0);
  const flops = workerFlops(setting, strategy, cost, steps.load);
  const flopsPerGpu = flops.reduce((most, share) => Math.max(most, share.value), 0);
  const peakFlops = mainPeak(model, cluster.gpu.peakFlops);
  const moe = mixtureOf(model);
  const experts: Share[] = [];
  const memory: Share[] = [];
  const least = Math.floor(maxConcurrency / replicas / dp);
  const heavyRanks = Math.round(maxConcurrency - replicas * dp * Math.floor(maxConcurrency / (replicas * dp)));
  for (const [i, shape] of cost.stages.entries()) {
    const moeLayers = model.layers.reduce((sum, run, r) => sum + (run.moe ? (shape.counts[r] ?? 0) : 0), 0);
    experts.push({
      value: moeLayers * (((moe?.experts ?? 0) + strategy.redundantExperts) / ep),
      ranks: shape.stages,
    });
    const stage = stages[i];
    if (!stage) continue;
    const light = replicas * dp - heavyRanks;
    if (heavyRanks > 0) memory.push({ value: withSequences(stage, least + 1).total, ranks: heavyRanks * shape.stages });
    if (light > 0) memory.push({ value: withSequences(stage, least).total, ranks: light * shape.stages });
  }
  const time = profile.measured ? 'calibrated' : 'extrapolated';
  const group = dp * (steps.load.sequences + steps.load.promptTokens);
  const imbalance = moe
    ? routedShare(
        { ep, mean: (group * moe.expertsPerToken) / ep, experts: moe.experts, expertsPerToken: moe.expertsPerToken },
        1,
      )
    : 1;
  const inStage = strategy.tp * strategy.cp * dp;
  return {
    memory: {
      perGpu: largest.account,
      utilization: largest.account.total / cluster.gpu.memoryBytes,
      largestRank: largest.stage.stage * (engine.rankLayout.stages === 'outside' ? inStage : strategy.tp * strategy.cp),
      freeBytes: Math.floor(cluster.gpu.memoryBytes - largest.account.total - largest.account.runtimeReserve),
      kvPoolBytes: Math.floor(Math.max(0, tightest.pool)),
      kvCacheTokens:
        tightest.perSequence === 0 ? 0 : Math.floor((Math.max(0, tightest.pool) * paged) / tightest.perSequence),
      maxConcurrency: replicas * dp * Math.floor((held * kept) / whole),
    },
    load: steps.load,
    compute: { flopsPerGpu, utilization: flopsPerGpu / (peakFlops * step), peakFlops },
    communication: { perCollective: workerMessages(setting, strategy, cost, steps.load) },
    time: {
      step,
      breakdown,
      microBatches: strategy.pp,
      bubble: 0,
      decodeStep: steps.decodeStep,
      prefill: steps.prefill,
    },
    balance: {
      experts: relativeDeviation(experts),
      compute: relativeDeviation(flops),
      memory: relativeDeviation(memory),
      routingImbalance: imbalance,
    },
    evidence: { memory: 'derived', compute: time, time },
  };
}

const latency = (mean: number, { p50, p95 }: { p50: number; p95: number }, spread: Spread): Latency => ({
  mean,
  p50,
  p95,
  interval: intervalOf(mean, spread),
});

function aggregatedEstimate(setting: ServingSetting, strategy: WorkerStrategy, cost: WorkerCost): ServingEstimate {
  const steady = aggregatedSteady(setting, strategy, cost);
  const { workload, engine } = setting;
  const decoding = decodeSteps(workload) > 0;
  const load: StepLoad = {
    sequences: decoding ? steady.sequences : 0,
    context: meanContext(workload),
    promptTokens: decoding
      ? (steady.sequences * promptPasses(workload, engine).computed) / decodeSteps(workload)
      : promptPasses(workload, engine).computed,
  };
  const worker = workerEstimate(setting, strategy, cost, {
    role: 'both',
    load,
    plain: steady.plain,
    mixed: steady.mixed,
    share: decoding ? steady.mixedShare : 1,
    decodeStep: steady.decodeStep,
    prefill: steady.prefill,
  });
  return served(setting, worker, {
    ...steady,
    gpus: strategyGpus(strategy),
    requestsPerSecond: steady.requestsPerSecond * strategy.replicas,
    transfer: 0,
    slowest: Math.max(steady.decodeStep, cost.step(steady.mixed)),
  });
}

interface Served {
  readonly gpus: number;
  readonly requestsPerSecond: number;
  readonly ttft: number;
  readonly queueing: number;
  readonly transfer: number;
  readonly tpot: number;
  readonly utilization: number;
  /** Seconds of the longest kind of step. */
  readonly slowest: number;
}

function served(setting: ServingSetting, worker: WorkerEstimate, steady: Served): ServingEstimate {
  const { outputTokens } = setting.workload;
  const { requestsPerSecond, ttft, tpot, queueing, transfer, utilization } = steady;
  const tokensPerSecond = requestsPerSecond * outputTokens;
  const { time } = worker.evidence;
  return {
    ...worker,
    time: {
      ...worker.time,
      ttft: latency(ttft, ttftQuantiles(steady), intervalSpread(time, 'ttft')),
      tpot: latency(tpot, { p50: tpot, p95: tpotTail(setting, worker, steady) }, intervalSpread(time, 'tpot')),
      queueing,
      transfer,
    },
    throughput: {
      tokensPerSecond,
      tokensPerSecondPerGpu: tokensPerSecond / steady.gpus,
      interval: intervalOf(tokensPerSecond, intervalSpread(time, 'throughput')),
      requestsPerSecond,
      tokensPerSecondPerUser: tpot > 0 ? 1 / tpot : 0,
      utilization,
    },
  };
}

/** Waiting is nearly exponential where it is the most of the TTFT, and the rest is the same for all. */
function ttftQuantiles({ ttft, queueing }: Served): { p50: number; p95: number } {
  const fixed = ttft - queueing;
  return { p50: fixed + queueing * Math.LN2, p95: fixed + queueing * Math.log(20) };
}

/** How many prompts fall into an answer varies as Poisson arrivals do; the 95th of a hundred answers has 1.64 deviations more of them. */
function tpotTail({ workload }: ServingSetting, { load, time }: WorkerEstimate, { tpot, slowest }: Served): number {
  const steps = decodeSteps(workload);
  if (steps <= 0) return tpot;
  const computed = workload.inputTokens * (1 - workload.prefixCacheHitRate);
  const prompts = (load.promptTokens * steps) / Math.max(1, computed);
  const each = Math.max(0, slowest - time.decodeStep);
  return tpot + (1.64 * Math.sqrt(prompts) * each) / (workload.outputTokens - 1);
}

function intervalSpread(evidence: string, figure: 'ttft' | 'tpot' | 'throughput'): Spread {
  return spreads[figure][evidence === 'calibrated' ? 'calibrated' : 'extrapolated'];
}

/**
 * Measured over predicted, as the 10th and 90th of a hundred sound rows of families that were left out of the fit have them, rounded outwards
 * (docs/fidelity.md). What a client adds to TTFT is not in the model, so that its range reaches far up.
 */
const spreads = {
  tpot: { calibrated: { below: 1.2, above: 1.18 }, extrapolated: { below: 1.4, above: 1.35 } },
  ttft: { calibrated: { below: 1.35, above: 2.8 }, extrapolated: { below: 1.5, above: 3.5 } },
  throughput: { calibrated: { below: 1.3, above: 1.22 }, extrapolated: { below: 1.45, above: 1.35 } },
} as const;

function disaggregatedEstimate(
  setting: ServingSetting,
  strategy: DisaggregatedStrategy,
  costs: WorkerCosts,
): ServingEstimate {
  const steady = disaggregatedSteady(setting, strategy, costs);
  const { workload, engine } = setting;
  const { computed } = promptPasses(workload, engine);
  const context = meanContext(workload);
  const read = costs.of(strategy.prefill);
  const prefill = workerEstimate(setting, strategy.prefill, read, {
    role: 'prefill',
    load: { sequences: 0, context: 0, promptTokens: computed },
    plain: steady.prefill.work,
    mixed: steady.prefill.work,
    // A mean step is a whole prompt: all its passes.
    share: promptPasses(workload, engine).passes,
    decodeStep: 0,
    prefill: steady.prefill.seconds,
  });
  const decode = workerEstimate(setting, strategy.decode, costs.of(strategy.decode), {
    role: 'decode',
    load: { sequences: decodeSteps(workload) > 0 ? steady.sequences : 0, context, promptTokens: 0 },
    plain: plainWork(workload, steady.sequences),
    mixed: plainWork(workload, steady.sequences),
    share: 0,
    decodeStep: steady.decode.step,
    prefill: 0,
  });
  const larger = prefill.memory.perGpu.total > decode.memory.perGpu.total ? prefill : decode;
  const worst = [prefill, decode].some(({ evidence }) => evidence.time === 'extrapolated')
    ? 'extrapolated'
    : 'calibrated';
  const whole: WorkerEstimate = {
    ...decode,
    memory: {
      ...decode.memory,
      ...(larger === prefill
        ? {
            perGpu: prefill.memory.perGpu,
            utilization: prefill.memory.utilization,
            largestRank: prefill.memory.largestRank,
            freeBytes: prefill.memory.freeBytes,
          }
        : {}),
    },
    evidence: { memory: 'derived', compute: worst, time: worst },
    time: { ...decode.time, prefill: steady.prefill.seconds },
  };
  return {
    ...served(setting, whole, {
      gpus: servingGpus(strategy),
      requestsPerSecond: steady.requestsPerSecond,
      ttft: steady.ttft,
      queueing: steady.queueing,
      transfer: steady.transfer,
      tpot: steady.tpot,
      utilization: steady.utilization,
      slowest: steady.decode.step,
    }),
    halves: { prefill, decode },
  };
}

export function servingEstimateOf(
  setting: ServingSetting,
  costs: WorkerCosts,
  strategy: ServingStrategy,
): ServingEstimate {
  const estimate =
    strategy.mode === 'aggregated'
      ? aggregatedEstimate(setting, strategy, costs.of(strategy))
      : disaggregatedEstimate(setting, strategy, costs);
  return withCrossings(setting, strategy, estimate);
}
