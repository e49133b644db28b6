/** Problems in the planner's own nouns, for tests that do not go through HTTP. */
import { defaultCurves } from '../../src/catalog/default-curves.ts';
import type { Cluster } from '../../src/planner/cluster.ts';
import type { Model } from '../../src/planner/model.ts';
import { type Dtype, dtypeBytes, type Precision, type WeightFormat } from '../../src/planner/precision.ts';
import type { Problem } from '../../src/planner/result.ts';

const gib = 2 ** 30;

export function uniformPrecision(word: Dtype, kvCache: Dtype = word): Precision {
  const matrix: WeightFormat = { dtype: word, bytesPerParameter: dtypeBytes[word] };
  const weights = {
    attention: matrix,
    dense: matrix,
    expert: matrix,
    shared: matrix,
    router: matrix,
    embedding: matrix,
    head: matrix,
  };
  return { weights: { ...weights, norm: { dtype: 'bf16', bytesPerParameter: 2 } }, activations: word, kvCache };
}

/** Published deployment: 128 GPUs of 64 GB and 400 TFLOPS, 16 nodes. */
export const referenceCluster: Cluster = {
  nodes: 16,
  gpusPerNode: 8,
  domainGpus: 8,
  gpu: {
    name: 'reference',
    memoryBytes: 64 * gib,
    memoryBandwidth: 1800e9,
    peakFlops: { bf16: 200e12, fp8: 400e12, fp4: 400e12, int8: 400e12 },
    curves: defaultCurves,
  },
  fast: { name: 'NVLink', bandwidth: 450e9, latency: 3e-6 },
  slow: { name: 'InfiniBand', bandwidth: 50e9, latency: 10e-6 },
};

/** Published deployment: 16 layers, 64 experts, token dimension 1024, expert hidden dimension 2048, FP8; 16 heads of 64, top-1, ungated. */
export const referenceModel: Model = {
  name: 'reference-moe',
  hiddenSize: 1024,
  layers: [
    {
      count: 16,
      mixer: { kind: 'attention', heads: 16, kvHeads: 16, headDim: 64 },
      moe: { experts: 64, expertsPerToken: 1, intermediateSize: 2048, matrices: 2, sharedIntermediateSize: 0 },
    },
  ],
  precision: uniformPrecision('fp8'),
};

export const referenceProblem: Problem = {
  cluster: referenceCluster,
  model: referenceModel,
  workload: { kind: 'batch', batchSize: 128, sequenceLength: 1024 },
  objective: 'balance',
  constraints: { degrees: {}, memoryFree: 0 },
  top: 5,
};
