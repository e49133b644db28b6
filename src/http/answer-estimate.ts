/** A strategy for a batch and the cost model's word on it, in the units of the contract. */
import type { Static } from 'typebox';
import { publishedSummary } from '../planner/cost/published-summary.ts';
import type { Estimate } from '../planner/estimate.ts';
import type { Candidate, Modules } from '../planner/result.ts';
import { expertDataParallel, type Strategy, strategyGpus, strategyName } from '../planner/strategy.ts';
import { balanceOf, communicationOf, computeOf, evidenceOf, perGpuOf, timeOf } from './answer-figures.ts';
import { figure, ms, percent } from './answer-units.ts';
import type { BatchSetting } from './resolve-degrees.ts';
import type { MemoryAccounting } from './resolve-options.ts';
import type { Modules as ModulesAnswer } from './schemas/answer-parts.ts';
import type { Estimate as EstimateAnswer, Strategy as StrategyAnswer } from './schemas/estimate.ts';

/** What an answer's figures are told in, and of what. */
export interface Telling extends BatchSetting {
  readonly memoryAccounting: MemoryAccounting;
}

export const timeModel =
  'Operators on curves fitted to measured kernels; collectives over the real process groups, on such curves inside a measured fast domain and by latency and bandwidth elsewhere; nothing overlaps: docs/accounting.md.';

export const publishedWarning =
  'estimate.memory and compute.publishedUtilizationPercent are told in the published summary’s words, a convention and not physics: ' +
  'one attention matrix of one layer, 2 bytes a weight whatever the format, no KV cache, FLOPs over one second of peak. ' +
  'Search, fit and verification use the physical account, as does freeBytes.';

export function strategyOf(strategy: Strategy, { model }: Pick<BatchSetting, 'model'>): Static<typeof StrategyAnswer> {
  const { tp, cp, dp, pp, ep, etp, replicas, microBatchSize } = strategy;
  return {
    name: strategyName(strategy, model),
    tp,
    cp,
    dp,
    pp,
    ep,
    etp,
    edp: expertDataParallel(strategy),
    replicas,
    microBatchSize,
    gpus: strategyGpus(strategy),
  };
}

export function modulesOf({
  count,
  gpusPerModule,
  expertsPerGpuPerLayer,
  balance,
}: Modules): Static<typeof ModulesAnswer> {
  return {
    count,
    gpusPerModule,
    expertsPerGpuPerLayer: figure(expertsPerGpuPerLayer),
    balancePercent: percent(balance),
  };
}

export function estimateOf({ strategy, estimate }: Candidate, telling: Telling): Static<typeof EstimateAnswer> {
  const { communication, time, throughput, balance, evidence } = estimate;
  return {
    ...accountOf(strategy, estimate, telling),
    communication: communicationOf(communication),
    time: { stepMs: ms(time.step), ...timeOf(time), model: timeModel },
    throughput: {
      tokensPerSecond: figure(throughput.tokensPerSecond),
      tokensPerSecondPerGpu: figure(throughput.tokensPerSecondPerGpu),
    },
    balance: balanceOf(balance),
    ...evidenceOf(evidence),
  };
}

/** Memory and compute: what the accounting option changes the words of. */
function accountOf(
  strategy: Strategy,
  { memory, compute }: Estimate,
  { memoryAccounting, ...setting }: Telling,
): Pick<Static<typeof EstimateAnswer>, 'memory' | 'compute'> {
  const rank = { largestRank: memory.largestRank, freeBytes: Math.floor(memory.freeBytes) };
  const work = computeOf(compute);
  const summary =
    memoryAccounting === 'published-summary'
      ? publishedSummary(strategy, { ...setting, peakFlops: compute.peakFlops })
      : undefined;
  if (!summary) {
    return {
      memory: {
        perGpu: perGpuOf(memory.perGpu),
        utilizationPercent: percent(memory.utilization),
        ...rank,
        accounting: 'physical',
      },
      compute: work,
    };
  }
  const { attentionWeight, expertWeight, activation, total, utilization, computeUtilization } = summary;
  return {
    memory: {
      perGpu: {
        attentionWeightBytes: attentionWeight,
        expertWeightBytes: expertWeight,
        activationBytes: activation,
        totalBytes: total,
      },
      utilizationPercent: percent(utilization),
      ...rank,
      accounting: 'published-summary',
    },
    compute: { ...work, publishedUtilizationPercent: percent(computeUtilization) },
  };
}
