/**
 * Problems and claims written by hand, for tests of the verifier. Figures of the reference deployment are computed on paper from
 * docs/accounting.md; no planner code takes part.
 */
import { defaultCurves } from '../../src/catalog/default-curves.ts';
import type { Cluster } from '../../src/planner/cluster.ts';
import type { Estimate } from '../../src/planner/estimate.ts';
import type { Mixer } from '../../src/planner/mixer.ts';
import type { LayerRun, Model } from '../../src/planner/model.ts';
import type { Dtype, Precision } from '../../src/planner/precision.ts';
import type { Modules } from '../../src/planner/result.ts';
import type { Strategy } from '../../src/planner/strategy.ts';
import type { VerifierProblem } from '../../src/verifier/verify.ts';

export const mebibyte = 2 ** 20;
export const gibibyte = 2 ** 30;

export const cluster: Cluster = {
  nodes: 16,
  gpusPerNode: 8,
  domainGpus: 8,
  gpu: {
    name: 'reference',
    memoryBytes: 64 * gibibyte,
    memoryBandwidth: 1.8e12,
    peakFlops: { bf16: 200e12, fp8: 400e12, fp4: 400e12, int8: 400e12 },
    curves: defaultCurves,
  },
  fast: { name: 'NVLink', bandwidth: 450e9, latency: 3e-6 },
  slow: { name: 'InfiniBand', bandwidth: 50e9, latency: 10e-6 },
};

/** Every matrix in one format; norms, embedding and head in bf16. */
export function precisionOf(dtype: Dtype, bytesPerParameter: number, block?: number): Precision {
  const matrix = block === undefined ? { dtype, bytesPerParameter } : { dtype, bytesPerParameter, block };
  const bf16 = { dtype: 'bf16', bytesPerParameter: 2 } as const;
  return {
    weights: {
      attention: matrix,
      dense: matrix,
      expert: matrix,
      shared: matrix,
      router: matrix,
      embedding: bf16,
      head: bf16,
      norm: bf16,
    },
    activations: dtype,
    kvCache: dtype,
  };
}

export const referenceMixer: Mixer = { kind: 'attention', heads: 16, kvHeads: 16, headDim: 64 };

export const referenceRun: LayerRun = {
  count: 16,
  mixer: referenceMixer,
  moe: { experts: 64, expertsPerToken: 1, intermediateSize: 2048, matrices: 2, sharedIntermediateSize: 0 },
};

export const referenceModel: Model = {
  name: 'reference-moe',
  hiddenSize: 1024,
  layers: [referenceRun],
  precision: precisionOf('fp8', 1),
};

export const reference: VerifierProblem = {
  cluster,
  model: referenceModel,
  workload: { kind: 'batch', batchSize: 128, sequenceLength: 1024 },
};

export const one: Strategy = { tp: 1, cp: 1, dp: 1, pp: 1, ep: 1, etp: 1, replicas: 1, microBatchSize: 1 };

/** EP64_TP2: 64 data-parallel ranks of two sequences. */
export const referenceStrategy: Strategy = { ...one, tp: 2, dp: 64, ep: 64, etp: 2, microBatchSize: 2 };

export interface Shape {
  readonly problem: VerifierProblem;
  readonly strategy: Strategy;
}

export const latentMixer = {
  kind: 'mla',
  heads: 4,
  queryRank: 16,
  kvRank: 8,
  nopeDim: 4,
  ropeDim: 2,
  valueDim: 4,
} as const;

/** Latent attention, a dense layer first, shared experts, a tied table, uneven stages and batch, experts in two copies. */
export const latent: Shape = {
  problem: {
    cluster,
    model: {
      name: 'latent',
      hiddenSize: 64,
      layers: [
        { count: 1, mixer: latentMixer, dense: { intermediateSize: 128, matrices: 3 } },
        {
          count: 2,
          mixer: latentMixer,
          moe: { experts: 4, expertsPerToken: 2, intermediateSize: 32, matrices: 3, sharedIntermediateSize: 32 },
        },
      ],
      vocabulary: { size: 96, tied: true },
      precision: precisionOf('bf16', 2),
    },
    workload: { kind: 'batch', batchSize: 3, sequenceLength: 8 },
  },
  strategy: { ...one, tp: 2, dp: 2, pp: 2, ep: 2 },
};

/** Context parallelism, a key-value head on two ranks, experts folded otherwise than attention, four-bit formats. */
export const folded: Shape = {
  problem: {
    cluster,
    model: {
      name: 'folded',
      hiddenSize: 128,
      layers: [
        {
          count: 3,
          mixer: { kind: 'attention', heads: 8, kvHeads: 2, headDim: 16 },
          moe: { experts: 4, expertsPerToken: 1, intermediateSize: 64, matrices: 2, sharedIntermediateSize: 0 },
        },
      ],
      precision: precisionOf('fp4', 0.5625),
    },
    workload: { kind: 'batch', batchSize: 2, sequenceLength: 16 },
  },
  strategy: { ...one, tp: 4, cp: 2, ep: 2, etp: 2, microBatchSize: 2 },
};

/** A dense model with three heads, on domains that keep two GPUs idle, and five sequences on two ranks. */
export const dense: Shape = {
  problem: {
    cluster,
    model: {
      name: 'dense',
      hiddenSize: 96,
      layers: [
        {
          count: 5,
          mixer: { kind: 'attention', heads: 6, kvHeads: 3, headDim: 16 },
          dense: { intermediateSize: 192, matrices: 3 },
        },
      ],
      vocabulary: { size: 300, tied: false },
      precision: precisionOf('bf16', 2),
    },
    workload: { kind: 'batch', batchSize: 5, sequenceLength: 32 },
  },
  strategy: { ...one, tp: 3, dp: 2, pp: 2, microBatchSize: 2 },
};

/** The spread of the largest of 64 loads about a mean of 2048 tokens: 1 + sqrt(2·ln 64·(63/64)/2048). */
const imbalance = 1 + Math.sqrt((2 * Math.log(64) * 63) / 64 / 2048);
const step = 5e-3;
const flops = 137_438_953_472 + 34_393_292_800 + 2_147_483_648 + 137_438_953_472;
const total = (32 + 32 + 1 + 32 + 16 + 3) * mebibyte + 67_584;
const reserve = 2.17 * gibibyte;

/** What may be said of the reference strategy; only the times are made up. */
export const referenceEstimate: Estimate = {
  memory: {
    perGpu: {
      attentionWeight: 32 * mebibyte,
      denseWeight: 0,
      expertWeight: 32 * mebibyte,
      sharedExpertWeight: 0,
      routerWeight: mebibyte,
      embeddingWeight: 0,
      normWeight: 67_584,
      kvCache: 32 * mebibyte,
      activation: 16 * mebibyte,
      messageBuffer: 3 * mebibyte,
      total,
      runtimeReserve: reserve,
    },
    utilization: total / (64 * gibibyte),
    largestRank: 0,
    freeBytes: 64 * gibibyte - total - reserve,
  },
  compute: { flopsPerGpu: flops, utilization: flops / (400e12 * step), peakFlops: 400e12 },
  communication: {
    perCollective: [
      use('allGather', 'tp', 'attention', 4, [2, false]),
      use('reduceScatter', 'tp', 'attention', 4, [2, false]),
      use('allToAll', 'ep', 'dispatch', 1, [64, true]),
      use('allGather', 'etp', 'experts', 2, [2, false]),
      use('reduceScatter', 'etp', 'experts', 4, [2, false]),
      use('allToAll', 'ep', 'combine', 2, [64, true]),
    ],
  },
  time: {
    step,
    breakdown: [
      { part: 'attention', seconds: 1e-3, bound: 'compute' },
      { part: 'experts', seconds: 3e-3, bound: 'memory' },
      { part: 'network', seconds: 1e-3, bound: 'network' },
    ],
    microBatches: 1,
    bubble: 0,
  },
  throughput: { tokensPerSecond: (128 * 1024) / step, tokensPerSecondPerGpu: (128 * 1024) / step / 128 },
  balance: { experts: 0, compute: 0, memory: 0, routingImbalance: imbalance },
  evidence: { memory: 'derived', compute: 'extrapolated', time: 'extrapolated' },
};

export const referenceModules: Modules = { count: 64, gpusPerModule: 2, expertsPerGpuPerLayer: 1, balance: 1 };

/** 16 calls, one a layer, of so many MiB. */
function use(
  op: 'allGather' | 'reduceScatter' | 'allToAll',
  group: 'tp' | 'ep' | 'etp',
  purpose: string,
  mebibytes: number,
  [groupSize, crosses]: readonly [number, boolean],
): Estimate['communication']['perCollective'][number] {
  return {
    op,
    group,
    purpose,
    groupSize,
    calls: 16,
    messageBytes: mebibytes * mebibyte,
    bytesPerGpu: (16 * mebibytes * mebibyte * (groupSize - 1)) / groupSize,
    crossesDomains: crosses,
    crossesNodes: crosses,
    seconds: 1e-3,
  };
}
