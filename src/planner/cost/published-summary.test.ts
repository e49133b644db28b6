import { describe, expect, it } from 'vitest';
import { defaultCurves } from '../../catalog/default-curves.ts';
import type { Cluster } from '../cluster.ts';
import type { Model } from '../model.ts';
import type { WeightFormat } from '../precision.ts';
import type { Strategy } from '../strategy.ts';
import { publishedSummary } from './published-summary.ts';

const MiB = 2 ** 20;
const fp8: WeightFormat = { dtype: 'fp8', bytesPerParameter: 1 };
const model: Model = {
  name: 'reference-moe',
  hiddenSize: 1024,
  layers: [
    {
      count: 16,
      mixer: { kind: 'attention', heads: 16, kvHeads: 16, headDim: 64 },
      moe: { experts: 64, expertsPerToken: 1, intermediateSize: 2048, matrices: 2, sharedIntermediateSize: 0 },
    },
  ],
  precision: {
    weights: {
      attention: fp8,
      dense: fp8,
      expert: fp8,
      shared: fp8,
      router: fp8,
      embedding: fp8,
      head: fp8,
      norm: fp8,
    },
    activations: 'fp8',
    kvCache: 'fp8',
  },
};
const cluster: Cluster = {
  nodes: 16,
  gpusPerNode: 8,
  domainGpus: 8,
  gpu: {
    name: 'reference',
    memoryBytes: 64 * 2 ** 30,
    memoryBandwidth: 1.8e12,
    peakFlops: { bf16: 2e14, fp8: 4e14, fp4: 4e14, int8: 4e14 },
    curves: defaultCurves,
  },
  fast: { name: 'NVLink', bandwidth: 4.5e11, latency: 3e-6 },
  slow: { name: 'InfiniBand', bandwidth: 5e10, latency: 1e-5 },
};
const strategy: Strategy = { tp: 2, cp: 1, dp: 64, pp: 1, ep: 64, etp: 2, replicas: 1, microBatchSize: 2 };
const workload = { kind: 'batch', batchSize: 128, sequenceLength: 1024 } as const;

describe('publishedSummary', () => {
  it('gives the published table of the reference deployment, to the last digit', () => {
    const summary = publishedSummary(strategy, { cluster, model, workload, peakFlops: 4e14 });
    expect(summary).toMatchObject({
      attentionWeight: 1 * MiB,
      expertWeight: 64 * MiB,
      activation: 64 * MiB,
      total: 129 * MiB,
    });
    expect((summary?.utilization ?? 0) * 100).toBeCloseTo(0.197, 3);
    expect((summary?.computeUtilization ?? 0) * 100).toBeCloseTo(0.0215, 4);
  });

  it('has no words for a dense model', () => {
    const dense: Model = {
      ...model,
      layers: [
        {
          count: 16,
          mixer: { kind: 'attention', heads: 16, kvHeads: 16, headDim: 64 },
          dense: { intermediateSize: 4096, matrices: 2 },
        },
      ],
    };
    expect(publishedSummary(strategy, { cluster, model: dense, workload, peakFlops: 4e14 })).toBeUndefined();
  });
});
