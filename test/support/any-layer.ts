/** Random mixers and FFNs of every kind with every option, small, most of them divisible by 2, 3 and 4. */
import fc from 'fast-check';
import type { Mixer } from '../../src/planner/mixer.ts';
import type { DenseFfn, Model, MoeFfn, Vocabulary } from '../../src/planner/model.ts';

const on = fc.constant(true as const);
const heads = fc.constantFrom(12, 24, 8);
const dims = fc.constantFrom(8, 16, 32);
const windows = fc.constantFrom(1, 5, 24, 1000);
const indexers = fc.record({ heads: fc.constantFrom(2, 3), headDim: fc.constantFrom(8, 130) });
const topKs = fc.constantFrom(1, 7, 40);

const plainAttention: fc.Arbitrary<Mixer> = fc.record({
  kind: fc.constant('attention' as const),
  heads: fc.constantFrom(12, 12, 24, 8),
  kvHeads: fc.constantFrom(1, 2, 4, 12),
  headDim: dims,
});

const options = fc.record(
  {
    outputGate: on,
    bias: fc.constantFrom('qkv' as const, 'qkvo' as const),
    sinks: on,
    qkNorm: fc.constantFrom('head' as const, 'full' as const),
    sharesKv: on,
  },
  { requiredKeys: [] },
);
const values = fc.oneof(
  fc.constant({}),
  fc.record({ valueDim: fc.constantFrom(4, 24) }),
  fc.constant({ valuesFromKeys: true as const }),
);
const reaches = fc.oneof(fc.constant({}), fc.record({ window: windows }), fc.record({ window: windows, chunked: on }));

const attention: fc.Arbitrary<Mixer> = fc
  .tuple(plainAttention, options, values, reaches)
  .map((parts): Mixer => Object.assign({}, ...parts));

const latentBase = {
  kind: fc.constant('mla' as const),
  heads,
  queryRank: fc.constantFrom(0, 24),
  kvRank: fc.constantFrom(8, 16),
  nopeDim: fc.constantFrom(8, 16),
  ropeDim: fc.constantFrom(4, 8),
  valueDim: fc.constantFrom(8, 16),
};
const plainLatent: fc.Arbitrary<Mixer> = fc.record(latentBase);
const latent: fc.Arbitrary<Mixer> = fc.record(
  { ...latentBase, bias: on, topK: topKs, indexer: indexers },
  { requiredKeys: ['kind', 'heads', 'queryRank', 'kvRank', 'nopeDim', 'ropeDim', 'valueDim'] },
);

const compressedBase = fc.record({
  kind: fc.constant('compressed' as const),
  heads,
  headDim: dims,
  queryRank: fc.constantFrom(16, 24),
  outputGroups: fc.constantFrom(4, 12),
  outputRank: fc.constantFrom(8, 16),
  window: windows,
});
/** Ratios are powers of two, as the model's own are: then a token's share of an entry is an exact double. */
const compressions = fc.record({ ratio: fc.constantFrom(2, 4, 128), overlapping: fc.boolean() });
const compressed: fc.Arbitrary<Mixer> = fc
  .tuple(
    compressedBase,
    fc.oneof(
      fc.constant({}),
      fc.record({ compression: compressions, topK: topKs, indexer: indexers }, { requiredKeys: ['compression'] }),
    ),
  )
  .map(([base, more]): Mixer => ({ ...base, ...more }));

const gatedDeltaNet: fc.Arbitrary<Mixer> = fc.record({
  kind: fc.constant('gdn' as const),
  keyHeads: fc.constantFrom(4, 12),
  valueHeads: heads,
  keyDim: dims,
  valueDim: dims,
  convolution: fc.constantFrom(2, 4),
});

const mamba2: fc.Arbitrary<Mixer> = fc.record(
  {
    kind: fc.constant('mamba2' as const),
    heads,
    headDim: dims,
    groups: fc.constantFrom(1, 2, 4, 8),
    stateSize: fc.constantFrom(8, 16),
    convolution: fc.constantFrom(2, 4),
    convolutionBias: on,
    projectionBias: on,
  },
  { requiredKeys: ['kind', 'heads', 'headDim', 'groups', 'stateSize', 'convolution'] },
);

const mamba1: fc.Arbitrary<Mixer> = fc.record(
  {
    kind: fc.constant('mamba1' as const),
    innerSize: fc.constantFrom(48, 96),
    stateSize: fc.constantFrom(8, 16),
    convolution: fc.constantFrom(2, 4),
    timeStepRank: fc.constantFrom(4, 6),
    convolutionBias: on,
    projectionBias: on,
    innerNorms: on,
  },
  { requiredKeys: ['kind', 'innerSize', 'stateSize', 'convolution', 'timeStepRank'] },
);

const lightning: fc.Arbitrary<Mixer> = fc.record({ kind: fc.constant('lightning' as const), heads, headDim: dims });

export const anyMixers: fc.Arbitrary<Mixer> = fc.oneof(
  { arbitrary: plainAttention, weight: 2 },
  plainLatent,
  { arbitrary: attention, weight: 3 },
  latent,
  compressed,
  gatedDeltaNet,
  mamba2,
  mamba1,
  lightning,
);

const matrices = fc.constantFrom(2 as const, 3 as const);

export const anyDense: fc.Arbitrary<DenseFfn> = fc.record(
  { intermediateSize: fc.constantFrom(48, 64, 96), matrices, bias: on },
  { requiredKeys: ['intermediateSize', 'matrices'] },
);

export const anyMixture: fc.Arbitrary<MoeFfn> = fc.record(
  {
    experts: fc.constantFrom(12, 12, 24, 8),
    expertsPerToken: fc.integer({ min: 1, max: 4 }),
    intermediateSize: fc.constantFrom(32, 48, 64),
    matrices,
    sharedIntermediateSize: fc.constantFrom(0, 0, 48, 96),
    latentSize: fc.constantFrom(16, 20),
    sharedGate: on,
    sharedBias: on,
    routerBias: on,
    routerScales: on,
    expertBias: on,
  },
  { requiredKeys: ['experts', 'expertsPerToken', 'intermediateSize', 'matrices', 'sharedIntermediateSize'] },
);

/** What a vocabulary may have beside its size. */
export const vocabularyOptions: fc.Arbitrary<Pick<Vocabulary, 'tied' | 'headBias' | 'perLayer'>> = fc.record(
  {
    tied: fc.boolean(),
    headBias: on,
    perLayer: fc.record({ vocabularySize: fc.constantFrom(50, 96), size: fc.constantFrom(6, 8) }),
  },
  { requiredKeys: ['tied'] },
);

export const modelOptions: fc.Arbitrary<Pick<Model, 'finalNormElements' | 'residualStreams' | 'stateDtype'>> =
  fc.record(
    {
      finalNormElements: fc.constantFrom(0, 100),
      residualStreams: fc.constantFrom(1, 2, 4),
      stateDtype: fc.constantFrom('bf16' as const, 'fp8' as const),
    },
    { requiredKeys: [] },
  );

/** Weights of a layer's norms: as usual, none, or as many as four of them have. */
export const normOptions: fc.Arbitrary<{ readonly normElements?: number }> = fc.record(
  { normElements: fc.constantFrom(0, 128) },
  { requiredKeys: [] },
);
