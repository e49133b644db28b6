/** The figures that every kind of workload's estimate has, in the units of the contract. */
import type { Static } from 'typebox';
import type { Evidence } from '../planner/cluster.ts';
import type { Estimate, MemoryAccount } from '../planner/estimate.ts';
import { figure, ms, percent, tera } from './answer-units.ts';
import type { Balance, Communication, PhysicalMemory } from './schemas/estimate-fields.ts';

export function perGpuOf(account: MemoryAccount): Static<typeof PhysicalMemory> {
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

export function computeOf({ flopsPerGpu, utilization, peakFlops }: Estimate['compute']) {
  return {
    flopsPerGpu: figure(flopsPerGpu),
    utilizationPercent: percent(utilization),
    peakTflops: tera(peakFlops),
  };
}

export function communicationOf({ perCollective }: Estimate['communication']): Static<typeof Communication> {
  return {
    perCollective: perCollective.map((use) => ({
      op: use.op,
      group: use.group,
      purpose: use.purpose,
      groupSize: use.groupSize,
      calls: figure(use.calls),
      messageBytes: figure(use.messageBytes),
      bytesPerGpu: figure(use.bytesPerGpu),
      crossesDomains: use.crossesDomains,
      crossesNodes: use.crossesNodes,
      ms: ms(use.seconds),
    })),
  };
}

/** What a step is made of; what it is as a whole, each kind of workload says in its own words. */
export function timeOf({ breakdown, microBatches, bubble }: Omit<Estimate['time'], 'step'>) {
  return {
    breakdown: breakdown.map(({ part, seconds, bound }) => ({ part, ms: ms(seconds), bound })),
    microBatches,
    bubblePercent: percent(bubble),
  };
}

export function balanceOf(balance: Estimate['balance']): Static<typeof Balance> {
  return {
    expertVariancePercent: percent(balance.experts),
    computeVariancePercent: percent(balance.compute),
    memoryVariancePercent: percent(balance.memory),
    expectedRoutingImbalance: figure(balance.routingImbalance),
  };
}

export function evidenceOf(evidence: Estimate['evidence']) {
  return { evidence: weakest(Object.values(evidence)), evidenceOf: { ...evidence } };
}

/** An estimate is worth what the least certain of its parts is. */
export function weakest(parts: readonly Evidence[]): Evidence {
  return parts.includes('extrapolated') ? 'extrapolated' : parts.includes('calibrated') ? 'calibrated' : 'derived';
}
