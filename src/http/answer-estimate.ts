/** A strategy and the cost model's word on it, in the units of the contract. */
import type { Static } from 'typebox';
import type { Evidence } from '../planner/cluster.ts';
import { publishedSummary } from '../planner/cost/published-summary.ts';
import type { Estimate, MemoryAccount } from '../planner/estimate.ts';
import type { Candidate, Modules } from '../planner/result.ts';
import { expertDataParallel, type Strategy, strategyGpus, strategyName } from '../planner/strategy.ts';
import { figure, ms, percent, tera } from './answer-units.ts';
import type { MemoryAccounting } from './resolve.ts';
import type { Setting } from './resolve-degrees.ts';
import type { Modules as ModulesAnswer } from './schemas/answer.ts';
import type { Estimate as EstimateAnswer, Strategy as StrategyAnswer } from './schemas/estimate.ts';

/** What an answer's figures are told in, and of what. */
export interface Telling extends Setting {
  readonly memoryAccounting: MemoryAccounting;
}

export const timeModel =
  'Operators on curves fitted to measured kernels; collectives over the real process groups, on such curves inside a measured fast domain and by latency and bandwidth elsewhere; nothing overlaps: docs/accounting.md.';

export const publishedWarning =
  'estimate.memory and compute.publishedUtilizationPercent are told in the published summary’s words, a convention and not physics: ' +
  'one attention matrix of one layer, 2 bytes a weight whatever the format, no KV cache, FLOPs over one second of peak. ' +
  'Search, fit and verification use the physical account, as does freeBytes.';

export function strategyOf(strategy: Strategy, { model }: Pick<Setting, 'model'>): Static<typeof StrategyAnswer> {
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
    communication: {
      perCollective: communication.perCollective.map((use) => ({
        op: use.op,
        group: use.group,
        purpose: use.purpose,
        groupSize: use.groupSize,
        calls: use.calls,
        messageBytes: figure(use.messageBytes),
        bytesPerGpu: figure(use.bytesPerGpu),
        crossesDomains: use.crossesDomains,
        crossesNodes: use.crossesNodes,
        ms: ms(use.seconds),
      })),
    },
    time: {
      stepMs: ms(time.step),
      breakdown: time.breakdown.map(({ part, seconds, bound }) => ({ part, ms: ms(seconds), bound })),
      microBatches: time.microBatches,
      bubblePercent: percent(time.bubble),
      model: timeModel,
    },
    throughput: {
      tokensPerSecond: figure(throughput.tokensPerSecond),
      tokensPerSecondPerGpu: figure(throughput.tokensPerSecondPerGpu),
    },
    balance: {
      expertVariancePercent: percent(balance.experts),
      computeVariancePercent: percent(balance.compute),
      memoryVariancePercent: percent(balance.memory),
      expectedRoutingImbalance: figure(balance.routingImbalance),
    },
    evidence: weakest(Object.values(evidence)),
    evidenceOf: { ...evidence },
  };
}

/** Memory and compute: what the accounting option changes the words of. */
function accountOf(
  strategy: Strategy,
  { memory, compute }: Estimate,
  { memoryAccounting, ...setting }: Telling,
): Pick<Static<typeof EstimateAnswer>, 'memory' | 'compute'> {
  const rank = { largestRank: memory.largestRank, freeBytes: Math.floor(memory.freeBytes) };
  const work = {
    flopsPerGpu: figure(compute.flopsPerGpu),
    utilizationPercent: percent(compute.utilization),
    peakTflops: tera(compute.peakFlops),
  };
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

function perGpuOf(account: MemoryAccount): Static<typeof EstimateAnswer>['memory']['perGpu'] {
  return {
    attentionWeightBytes: account.attentionWeight,
    denseWeightBytes: account.denseWeight,
    expertWeightBytes: account.expertWeight,
    sharedExpertWeightBytes: account.sharedExpertWeight,
    routerWeightBytes: account.routerWeight,
    embeddingWeightBytes: account.embeddingWeight,
    normWeightBytes: account.normWeight,
    kvCacheBytes: account.kvCache,
    activationBytes: account.activation,
    messageBufferBytes: account.messageBuffer,
    totalBytes: account.total,
    // Measured in hundredths of a GiB, which are no whole bytes.
    runtimeReserveBytes: Math.ceil(account.runtimeReserve),
  };
}

/** An estimate is worth what the least certain of its parts is. */
export function weakest(parts: readonly Evidence[]): Evidence {
  return parts.includes('extrapolated') ? 'extrapolated' : parts.includes('calibrated') ? 'calibrated' : 'derived';
}
