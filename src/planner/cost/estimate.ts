/** Everything the cost model says of one strategy, in the shape of the answer. The search itself needs only step and memory. */
import type { Balance, Estimate } from '../estimate.ts';
import { mixtureOf } from '../model.ts';
import { type Strategy, stageGpus, strategyGpus } from '../strategy.ts';
import { type BatchCost, type BatchProblem, firstRankOfStage } from './batch.ts';
import { flopsShares, mainPeak } from './flops.ts';
import { memoryOf, routedTokens } from './memory.ts';
import { collectiveUses } from './messages.ts';
import { breakdownOf } from './profile.ts';
import { microBatchOf, splitBatch } from './shape.ts';
import { relativeDeviation, type Share } from './spread.ts';

function balanceOf(problem: BatchProblem, cost: BatchCost, strategy: Strategy, flops: readonly Share[]): Balance {
  const { model, workload } = problem;
  const moe = mixtureOf(model);
  const split = splitBatch(workload.batchSize, strategy.dp);
  const slice = strategy.tp * strategy.cp;
  const heavy = split.heavy * slice;
  const light = stageGpus(strategy) - heavy;
  const experts: Share[] = [];
  const memory: Share[] = [];
  for (const shape of cost.shapes(strategy.pp)) {
    const moeLayers = model.layers.reduce((sum, run, i) => sum + (run.moe ? (shape.counts[i] ?? 0) : 0), 0);
    experts.push({ value: moeLayers * ((moe?.experts ?? 0) / strategy.ep), ranks: shape.stages });
    const bytes = (sequences: number) => memoryOf(model, workload, strategy, { shape, sequences }).total;
    memory.push({ value: bytes(split.most), ranks: heavy * shape.stages });
    if (light > 0) memory.push({ value: bytes(split.least), ranks: light * shape.stages });
  }
  return {
    experts: relativeDeviation(experts),
    compute: relativeDeviation(flops),
    memory: relativeDeviation(memory),
    routingImbalance: moe ? routedTokens(moe, strategy, microBatchOf(strategy, workload).share).imbalance : 1,
  };
}

export function estimateOf(problem: BatchProblem, cost: BatchCost, strategy: Strategy): Estimate {
  const { cluster, model, workload } = problem;
  const { account, stage } = cost.memory(strategy);
  const { profile, bubble } = cost.path(strategy);
  const breakdown = breakdownOf(profile);
  const step = breakdown.reduce((sum, part) => sum + part.seconds, 0);
  const flops = flopsShares(model, workload, strategy, cost.shapes(strategy.pp));
  const flopsPerGpu = flops.reduce((most, share) => Math.max(most, share.value), 0);
  const peakFlops = mainPeak(model, cluster.gpu.peakFlops);
  const timeEvidence = profile.measured ? 'calibrated' : 'extrapolated';
  const tokensPerSecond = (workload.batchSize * workload.sequenceLength) / step;
  return {
    memory: {
      perGpu: account,
      utilization: account.total / cluster.gpu.memoryBytes,
      largestRank: firstRankOfStage(strategy, stage),
      freeBytes: Math.floor(cluster.gpu.memoryBytes - account.total - account.runtimeReserve),
    },
    compute: { flopsPerGpu, utilization: flopsPerGpu / (peakFlops * step), peakFlops },
    communication: { perCollective: collectiveUses(problem, cost, strategy) },
    time: { step, breakdown, microBatches: microBatchOf(strategy, workload).count, bubble: Math.max(0, bubble) },
    throughput: { tokensPerSecond, tokensPerSecondPerGpu: tokensPerSecond / strategyGpus(strategy) },
    balance: balanceOf(problem, cost, strategy, flops),
    evidence: { memory: 'derived', compute: timeEvidence, time: timeEvidence },
  };
}
