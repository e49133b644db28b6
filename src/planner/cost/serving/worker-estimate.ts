/** What the cost model says of one kind of worker, at its steady state. */
import { mixtureOf } from '../../model.ts';
import type { StepLoad, WorkerEstimate } from '../../serving-estimate.ts';
import type { ServingSetting } from '../../serving-result.ts';
import type { WorkerStrategy } from '../../strategy.ts';
import { mainPeak } from '../flops.ts';
import { addProfile, breakdownOf, emptyProfile, type Profile } from '../profile.ts';
import { relativeDeviation, type Share } from '../spread.ts';
import { cacheShares } from './context-parallel.ts';
import type { WorkerCost } from './cost.ts';
import { workerFlops } from './flops.ts';
import { pagedTokens, sequencesHeld, withSequences } from './memory.ts';
import { workerMessages } from './messages.ts';
import { routedShare } from './routing.ts';
import { keptTokens, type Role } from './stage-memory.ts';
import type { StepWork } from './step-work.ts';

interface Steps {
  readonly role: Role;
  readonly load: StepLoad;
  readonly plain: StepWork;
  readonly mixed: StepWork;
  /** How many of each make the mean step. */
  readonly steps: { readonly plain: number; readonly mixed: number };
  readonly decodeStep: number;
  readonly prefill: number;
}

function meanProfile(cost: WorkerCost, { plain, mixed, steps }: Steps): { profile: Profile; overhead: number } {
  const profile = emptyProfile();
  let overhead = 0;
  for (const [work, weight] of [
    [plain, steps.plain],
    [mixed, steps.mixed],
  ] as const) {
    if (weight <= 0) continue;
    const parts = cost.parts(work);
    addProfile(profile, parts.profile, weight);
    overhead += weight * parts.overhead;
  }
  return { profile, overhead };
}

/** The worker's own figures. `measured` says whether every shape of the mean step was inside a measured range. */
export function workerEstimate(
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
  const kept = keptTokens(setting, steps.role);
  const paged = pagedTokens(engine, kept, cacheShares(setting, strategy.cp));
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
