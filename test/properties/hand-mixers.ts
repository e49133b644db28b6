/**
 * One layer of each kind of mixer, with its options, and one model with everything that stands around a mixer: small enough that
 * every figure can be worked out on paper.
 */

import type { Mixer } from '../../src/planner/mixer.ts';
import type { LayerRun, Model } from '../../src/planner/model.ts';
import type { Strategy } from '../../src/planner/strategy.ts';
import { cluster, one, precisionOf, type Shape } from './hand-claims.ts';

const hidden = 32;

function modelOf(layers: readonly LayerRun[], more: Partial<Model> = {}): Model {
  return { name: 'by hand', hiddenSize: hidden, layers, precision: precisionOf('bf16', 2), ...more };
}

/** Two sequences of 16 tokens, heads over two ranks and the context over two: 16 tokens a rank, 8 when split. */
const halved: Strategy = { ...one, tp: 2, cp: 2, microBatchSize: 2 };

function alone(mixer: Mixer, more: Partial<Model> = {}): Shape {
  const model = modelOf([{ count: 1, mixer }], more);
  return {
    problem: { cluster, model, workload: { kind: 'batch', batchSize: 2, sequenceLength: 16 } },
    strategy: halved,
  };
}

const fourHeads = { kind: 'attention', heads: 4, headDim: 8 } as const;
const conv = { convolution: 4, convolutionBias: true, projectionBias: true } as const;

export const mixers = {
  'attention with a window, a gate, biases and sinks': alone({
    ...fourHeads,
    kvHeads: 1,
    valueDim: 4,
    outputGate: true,
    bias: 'qkvo',
    sinks: true,
    qkNorm: 'head',
    window: 5,
  }),
  'attention in chunks that reads another layer’s cache': alone({
    ...fourHeads,
    kvHeads: 2,
    bias: 'qkv',
    qkNorm: 'full',
    window: 6,
    chunked: true,
    sharesKv: true,
  }),
  'attention with values from keys': alone({ ...fourHeads, kvHeads: 2, qkNorm: 'full', valuesFromKeys: true }),
  'sparse latent attention': alone({
    kind: 'mla',
    heads: 4,
    queryRank: 8,
    kvRank: 8,
    nopeDim: 4,
    ropeDim: 2,
    valueDim: 4,
    bias: true,
    topK: 3,
    indexer: { heads: 2, headDim: 130 },
  }),
  'compressed attention': alone({
    kind: 'compressed',
    heads: 4,
    headDim: 8,
    queryRank: 16,
    outputGroups: 2,
    outputRank: 8,
    window: 6,
    compression: { ratio: 4, overlapping: true },
    topK: 2,
    indexer: { heads: 2, headDim: 8 },
  }),
  'a gated delta net': alone({ kind: 'gdn', keyHeads: 2, valueHeads: 4, keyDim: 8, valueDim: 4, convolution: 4 }),
  'Mamba-2 with states in bf16': alone(
    { kind: 'mamba2', heads: 4, headDim: 8, groups: 1, stateSize: 8, ...conv },
    { stateDtype: 'bf16' },
  ),
  Mamba: alone({ kind: 'mamba1', innerSize: 32, stateSize: 8, timeStepRank: 4, innerNorms: true, ...conv }),
  'lightning attention': alone({ kind: 'lightning', heads: 4, headDim: 8 }),
} as const satisfies Readonly<Record<string, Shape>>;

/**
 * Layers that are a mixer alone, a dense FFN alone and experts alone; per-layer embeddings, two residual streams, a tied head with
 * a bias. The first stage has the first two layers.
 */
export const around: Shape = {
  problem: {
    cluster,
    model: modelOf(
      [
        { count: 1, mixer: { ...fourHeads, kvHeads: 4 } },
        { count: 1, dense: { intermediateSize: 64, matrices: 3, bias: true }, normElements: 32 },
        {
          count: 1,
          moe: {
            experts: 4,
            expertsPerToken: 2,
            intermediateSize: 16,
            matrices: 3,
            sharedIntermediateSize: 32,
            latentSize: 16,
            sharedGate: true,
            sharedBias: true,
            routerBias: true,
            routerScales: true,
            expertBias: true,
          },
        },
      ],
      {
        vocabulary: { size: 64, tied: true, headBias: true, perLayer: { vocabularySize: 50, size: 6 } },
        finalNormElements: 20,
        residualStreams: 2,
      },
    ),
    workload: { kind: 'batch', batchSize: 2, sequenceLength: 16 },
  },
  strategy: { ...one, tp: 2, pp: 2, ep: 2 },
};
