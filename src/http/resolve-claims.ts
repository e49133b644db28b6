/** `claims` of a verification: any part of an estimate, in SI. */
import type { CollectiveUse, Estimate } from '../planner/estimate.ts';
import type { DeepPartial } from '../verifier/claim.ts';
import type { Claims } from './schemas/claims.ts';

/** The overall `evidence` and the model of time are words about figures, not figures: they are accepted and not checked. */
export function resolveClaims({
  evidenceOf,
  memory,
  compute,
  communication,
  time,
  throughput,
  balance,
}: Claims): DeepPartial<Estimate> {
  const perGpu = memory?.perGpu;
  const collectives = communication?.perCollective?.map(
    ({ ms, ...use }): CollectiveUse => ({ ...use, seconds: ms / 1e3 }),
  );
  return {
    memory: {
      perGpu: present({
        attentionWeight: perGpu?.attentionWeightBytes,
        denseWeight: perGpu?.denseWeightBytes,
        expertWeight: perGpu?.expertWeightBytes,
        sharedExpertWeight: perGpu?.sharedExpertWeightBytes,
        routerWeight: perGpu?.routerWeightBytes,
        embeddingWeight: perGpu?.embeddingWeightBytes,
        normWeight: perGpu?.normWeightBytes,
        kvCache: perGpu?.kvCacheBytes,
        activation: perGpu?.activationBytes,
        messageBuffer: perGpu?.messageBufferBytes,
        total: perGpu?.totalBytes,
        runtimeReserve: perGpu?.runtimeReserveBytes,
      }),
      ...present({
        utilization: shareOf(memory?.utilizationPercent),
        largestRank: memory?.largestRank,
        freeBytes: memory?.freeBytes,
      }),
    },
    compute: present({
      flopsPerGpu: compute?.flopsPerGpu,
      utilization: shareOf(compute?.utilizationPercent),
      peakFlops: scaled(compute?.peakTflops, 1e12),
    }),
    communication: present({ perCollective: collectives }),
    time: present({
      step: scaled(time?.stepMs, 1e-3),
      breakdown: time?.breakdown?.map(({ part, ms, bound }) => ({ part, seconds: ms / 1e3, bound })),
      microBatches: time?.microBatches,
      bubble: shareOf(time?.bubblePercent),
    }),
    throughput: present({
      tokensPerSecond: throughput?.tokensPerSecond,
      tokensPerSecondPerGpu: throughput?.tokensPerSecondPerGpu,
    }),
    balance: present({
      experts: shareOf(balance?.expertVariancePercent),
      compute: shareOf(balance?.computeVariancePercent),
      memory: shareOf(balance?.memoryVariancePercent),
      routingImbalance: balance?.expectedRoutingImbalance,
    }),
    evidence: { ...evidenceOf },
  };
}

/** An estimate with what is claimed in the place of what it says; lists are claimed whole. */
export function laidOver(estimate: Estimate, claims: DeepPartial<Estimate>): DeepPartial<Estimate> {
  return {
    ...estimate,
    memory: { ...estimate.memory, ...claims.memory, perGpu: { ...estimate.memory.perGpu, ...claims.memory?.perGpu } },
    compute: { ...estimate.compute, ...claims.compute },
    communication: { ...estimate.communication, ...claims.communication },
    time: { ...estimate.time, ...claims.time },
    throughput: { ...estimate.throughput, ...claims.throughput },
    balance: { ...estimate.balance, ...claims.balance },
    evidence: { ...estimate.evidence, ...claims.evidence },
  };
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}

function shareOf(percent: number | undefined): number | undefined {
  return scaled(percent, 0.01);
}

/** Leaves out what was not claimed. A boundary: the compiler cannot see that the filter takes `undefined` out of the type. */
function present<T extends Readonly<Record<string, unknown>>>(fields: T) {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { readonly [Key in keyof T]?: Exclude<T[Key], undefined> };
}
