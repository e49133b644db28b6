/** `claims` of a verification: any part of an estimate, in SI. */
import type { CollectiveUse, Estimate } from '../planner/estimate.ts';
import type { DeepPartial } from '../verifier/claim.ts';
import type { Findings } from './resolve-findings.ts';
import type { Claims, WorkerClaims } from './schemas/claims.ts';

/** The overall `evidence` and the model of time are words about figures, not figures: they are accepted and not checked. */
export function resolveClaims({ throughput, ...claims }: Claims): DeepPartial<Estimate> {
  return {
    ...resolveCommonClaims(claims),
    throughput: present({
      tokensPerSecond: throughput?.tokensPerSecond,
      tokensPerSecondPerGpu: throughput?.tokensPerSecondPerGpu,
    }),
  };
}

/** What a batch's estimate and each half of a serving one have in common. */
export function resolveCommonClaims({
  evidenceOf,
  memory,
  compute,
  communication,
  time,
  balance,
}: WorkerClaims): DeepPartial<Omit<Estimate, 'throughput'>> {
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
      step: seconds(time?.stepMs),
      breakdown: time?.breakdown?.map(({ part, ms, bound }) => ({ part, seconds: ms / 1e3, bound })),
      microBatches: time?.microBatches,
      bubble: shareOf(time?.bubblePercent),
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

/** Figures that a batch does not have. */
export function refuseServingClaims({ memory, time, throughput, load, halves }: Claims, findings: Findings): void {
  const { perGpu: _, utilizationPercent: _u, largestRank: _r, freeBytes: _f, accounting: _a, ...kv } = memory ?? {};
  const { stepMs: _s, breakdown: _b, microBatches: _m, bubblePercent: _p, model: _t, ...latencies } = time ?? {};
  const { tokensPerSecond: _w, tokensPerSecondPerGpu: _g, ...rates } = throughput ?? {};
  const served = [
    ...Object.keys(kv).map((key) => `memory/${key}`),
    ...Object.keys(latencies).map((key) => `time/${key}`),
    ...Object.keys(rates).map((key) => `throughput/${key}`),
    ...Object.keys({ ...(load && { load }), ...(halves && { halves }) }),
  ];
  for (const path of served)
    findings.fault(`/claims/${path}`, 'is a figure of serving: a batch has none, and nothing to hold it against');
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

export function seconds(milliseconds: number | undefined): number | undefined {
  return scaled(milliseconds, 1e-3);
}

export function shareOf(percent: number | undefined): number | undefined {
  return scaled(percent, 0.01);
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}

/** Leaves out what was not claimed. A boundary: the compiler cannot see that the filter takes `undefined` out of the type. */
export function present<T extends Readonly<Record<string, unknown>>>(fields: T) {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { readonly [Key in keyof T]?: Exclude<T[Key], undefined> };
}
