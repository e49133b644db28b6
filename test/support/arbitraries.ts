/** Random small problems: small enough that the plain search can go through every candidate. */
import fc from 'fast-check';
import type { Cluster } from '../../src/planner/cluster.ts';
import type { LayerRun, Model } from '../../src/planner/model.ts';
import type { Problem } from '../../src/planner/result.ts';
import { objectives } from '../../src/planner/workload.ts';
import { anyDense, anyMixers, anyMixture, modelOptions, normOptions, vocabularyOptions } from './any-layer.ts';
import { referenceCluster, uniformPrecision } from './problems.ts';

const clusters: fc.Arbitrary<Cluster> = fc
  .record({
    nodes: fc.integer({ min: 1, max: 3 }),
    gpusPerNode: fc.constantFrom(1, 2, 3, 4, 6),
    domain: fc.constantFrom('node', 'two-nodes', 'half'),
    memoryGiB: fc.constantFrom(3, 4, 8, 64),
    fast: fc.constantFrom(30e9, 450e9),
    slow: fc.constantFrom(10e9, 50e9, 600e9),
  })
  .map(({ nodes, gpusPerNode, domain, memoryGiB, fast, slow }) => {
    const half = gpusPerNode % 2 === 0 ? gpusPerNode / 2 : gpusPerNode;
    const domainGpus = domain === 'node' ? gpusPerNode : domain === 'half' ? half : Math.min(2, nodes) * gpusPerNode;
    return {
      ...referenceCluster,
      nodes,
      gpusPerNode,
      domainGpus,
      gpu: { ...referenceCluster.gpu, memoryBytes: memoryGiB * 2 ** 30 },
      fast: { ...referenceCluster.fast, bandwidth: fast },
      slow: { ...referenceCluster.slow, bandwidth: slow },
    };
  });

const mixers = fc.oneof(
  fc
    .constantFrom([4, 4], [6, 2], [8, 1], [12, 3])
    .map(([heads = 4, kvHeads = 4]) => ({ kind: 'attention' as const, heads, kvHeads, headDim: 64 })),
  fc.constantFrom(0, 96).map((queryRank) => ({
    kind: 'mla' as const,
    heads: 8,
    queryRank,
    kvRank: 64,
    nopeDim: 32,
    ropeDim: 16,
    valueDim: 32,
  })),
);

const moes = fc
  .record({
    experts: fc.constantFrom(4, 6, 8),
    expertsPerToken: fc.constantFrom(1, 2),
    shared: fc.constantFrom(0, 384),
    matrices: fc.constantFrom(2 as const, 3 as const),
  })
  .map(({ experts, expertsPerToken, shared, matrices }) => ({
    experts,
    expertsPerToken,
    intermediateSize: 384,
    matrices,
    sharedIntermediateSize: shared,
  }));

const layers: fc.Arbitrary<readonly LayerRun[]> = fc
  .record({
    mixer: mixers,
    moe: fc.option(moes, { nil: undefined }),
    dense: fc.integer({ min: 0, max: 2 }),
    rest: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ mixer, moe, dense, rest }) => {
    const ffn = { intermediateSize: 768, matrices: 3 as const };
    const leading: LayerRun[] = dense > 0 ? [{ count: dense, mixer, dense: ffn }] : [];
    return [...leading, moe ? { count: rest, mixer, moe } : { count: rest, mixer, dense: ffn }];
  });

/** Few layers of any kinds: a mixer and an FFN each, or one of them. */
const anyLayers: fc.Arbitrary<readonly LayerRun[]> = fc
  .record({
    mixer: anyMixers,
    other: anyMixers,
    dense: anyDense,
    moe: fc.option(anyMixture, { nil: undefined }),
    norms: normOptions,
    apart: fc.boolean(),
    rest: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ mixer, other, dense, moe, norms, apart, rest }): readonly LayerRun[] => {
    const ffn = moe ? { moe } : { dense };
    if (!apart) {
      return [
        { count: 1, mixer: other, dense, ...norms },
        { count: rest, mixer, ...ffn },
      ];
    }
    return [
      { count: rest, mixer, ...norms },
      { count: 1, ...ffn },
      { count: 1, mixer: other },
    ];
  });

const usualModels: fc.Arbitrary<Model> = fc
  .record({
    layers,
    vocabulary: fc.option(fc.record({ size: fc.constantFrom(960, 1000), tied: fc.boolean() }), { nil: undefined }),
    word: fc.constantFrom('bf16' as const, 'fp8' as const, 'int4' as const),
  })
  .map(({ layers, vocabulary, word }) => ({
    name: 'random',
    hiddenSize: 768,
    layers,
    precision: uniformPrecision(word, word === 'int4' ? 'bf16' : word),
    ...(vocabulary && { vocabulary }),
  }));

/** As usual ones, of every kind of layer, and hidden sizes that weigh little beside the experts or much. */
const unusualModels: fc.Arbitrary<Model> = fc
  .record({
    hiddenSize: fc.constantFrom(96, 768),
    layers: anyLayers,
    vocabulary: fc.option(vocabularyOptions, { nil: undefined }),
    options: modelOptions,
    word: fc.constantFrom('bf16' as const, 'fp8' as const, 'int4' as const),
  })
  .map(({ hiddenSize, layers, vocabulary, options, word }) => ({
    name: 'random',
    hiddenSize,
    layers,
    precision: uniformPrecision(word, word === 'int4' ? 'bf16' : word),
    ...options,
    ...(vocabulary && { vocabulary: { size: 960, ...vocabulary } }),
  }));

const models = fc.oneof({ arbitrary: usualModels, weight: 2 }, unusualModels);

/** Problems of 1 to 18 GPUs, some too large for their memory. */
export const problems: fc.Arbitrary<Problem> = fc
  .record({
    cluster: clusters,
    model: models,
    batchSize: fc.constantFrom(1, 3, 5, 8, 4000),
    sequenceLength: fc.constantFrom(24, 96, 1024),
    objective: fc.constantFrom(...objectives),
    top: fc.integer({ min: 0, max: 6 }),
    pp: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    gpus: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
  })
  .map(({ cluster, model, batchSize, sequenceLength, objective, top, pp, gpus }) => ({
    cluster,
    model,
    workload: { kind: 'batch', batchSize, sequenceLength },
    objective,
    constraints: {
      degrees: pp === undefined ? {} : { pp: { min: 1, max: pp } },
      memoryFree: 0,
      ...(gpus !== undefined && { gpus: { min: 1, max: gpus } }),
    },
    top,
  }));
