/** Servers with context parallelism, small enough that every figure can be worked out on paper. */
import { engines } from '../../src/catalog/engines.ts';
import type { Engine } from '../../src/planner/engine.ts';
import type { LayerRun, Model } from '../../src/planner/model.ts';
import type { ServingStrategy, WorkerStrategy } from '../../src/planner/strategy.ts';
import type { ServingWorkload } from '../../src/planner/workload.ts';
import type { ServingVerifierSetting } from '../../src/verifier/serving/verify.ts';
import { oneWorker } from '../support/serving.ts';
import { cluster, gibibyte, latentMixer, precisionOf } from './hand-claims.ts';

export interface ServedShape {
  readonly setting: ServingVerifierSetting;
  readonly strategy: ServingStrategy;
}

/** Half of a prompt is known already; the other 100 tokens come in two passes of 50, and an answer in 20 steps. */
export const workload: ServingWorkload = {
  kind: 'serving',
  inputTokens: 200,
  outputTokens: 21,
  lengthSpread: 0,
  load: { kind: 'saturated' },
  slo: {},
  prefixCacheHitRate: 0.5,
  routing: { kind: 'uniform' },
};

/** Pages of 4 tokens, half an answer kept on average, steps of 64 tokens, 8 of them decoding. */
function small(engine: Engine): Engine {
  return {
    ...engine,
    memory: {
      basis: 'total',
      fraction: 0.5,
      overheadAlone: 1,
      overheadWithCollectives: gibibyte,
      logitBytes: 4,
      blockTokens: 4,
      outputReserve: 0.5,
    },
    batchTokens: 64,
    maxSequences: 8,
  };
}

export const vllm = small(engines.vllm);
export const generic = small(engines.generic);

export function modelOf(layers: readonly LayerRun[], more: Partial<Model> = {}): Model {
  return { name: 'by hand', hiddenSize: 64, layers, precision: precisionOf('bf16', 2), ...more };
}

const vocabulary = { size: 128, tied: false } as const;
const heads = { kind: 'attention', heads: 4, kvHeads: 2, headDim: 8 } as const;
const gatedFfn = { intermediateSize: 96, matrices: 3 } as const;
const plainFfn = { intermediateSize: 96, matrices: 2 } as const;

function shapeOf(
  engine: Engine,
  model: Model,
  strategy: Partial<WorkerStrategy>,
  more: Partial<ServingWorkload> = {},
): ServedShape {
  return {
    setting: { cluster, model, engine, workload: { ...workload, ...more } },
    strategy: { mode: 'aggregated', ...oneWorker, ...strategy },
  };
}

/** Grouped queries, two layers that look back over everything and one over 30 tokens. */
export const grouped = shapeOf(
  generic,
  modelOf(
    [
      { count: 2, mixer: heads, dense: gatedFfn },
      { count: 1, mixer: { ...heads, window: 30 }, dense: gatedFfn },
    ],
    { vocabulary },
  ),
  { tp: 2, cp: 3, maxConcurrency: 6 },
);

/** Sparse latent attention and experts on vLLM, which interleaves its cache. */
export const sparse = shapeOf(
  vllm,
  modelOf(
    [
      {
        count: 2,
        mixer: { ...latentMixer, topK: 40, indexer: { heads: 2, headDim: 8 } },
        moe: { experts: 8, expertsPerToken: 2, intermediateSize: 32, matrices: 3, sharedIntermediateSize: 32 },
      },
    ],
    { vocabulary },
  ),
  { tp: 2, cp: 2, ep: 4, maxConcurrency: 4 },
);

const delta = { kind: 'gdn', keyHeads: 2, valueHeads: 4, keyDim: 8, valueDim: 4, convolution: 4 } as const;

/** States beside short looks back, on two stages: a delta net and chunks of 30; a delta net and a window of 24. */
export const hybrid = shapeOf(
  generic,
  modelOf([
    { count: 1, mixer: delta },
    { count: 1, mixer: { ...heads, kvHeads: 4, window: 30, chunked: true }, dense: plainFfn },
    { count: 1, mixer: delta },
    {
      count: 1,
      mixer: { kind: 'compressed', heads: 4, headDim: 8, queryRank: 16, outputGroups: 2, outputRank: 8, window: 24 },
      dense: plainFfn,
    },
  ]),
  { cp: 2, pp: 2, maxConcurrency: 4 },
);

const latentExperts = {
  experts: 8,
  expertsPerToken: 2,
  intermediateSize: 32,
  matrices: 2,
  sharedIntermediateSize: 48,
  latentSize: 32,
} as const;

/** Two data-parallel ranks of two each, whose experts are exchanged by prompts and answers; one guess a step; the second layer reads the first one's cache. */
export const exchanging = shapeOf(
  generic,
  modelOf([
    { count: 1, mixer: heads, moe: latentExperts },
    { count: 1, mixer: { ...heads, sharesKv: true }, moe: latentExperts },
  ]),
  { cp: 2, dp: 2, ep: 2, etp: 2, replicas: 2, maxConcurrency: 10 },
  { speculation: { tokens: 1, acceptance: 0.5 } },
);

/** Latent attention that reads everything: vLLM keeps the whole cache on each rank. Prompts are read by four ranks, answers written by two. */
export const apart: ServedShape = {
  setting: {
    cluster,
    model: modelOf([{ count: 2, mixer: latentMixer, dense: gatedFfn }]),
    engine: vllm,
    workload,
  },
  strategy: {
    mode: 'disaggregated',
    prefill: { ...oneWorker, cp: 4, replicas: 2, maxConcurrency: 2 },
    decode: { ...oneWorker, tp: 2, maxConcurrency: 6 },
  },
};

export const servedShapes = { grouped, sparse, hybrid, exchanging, apart } as const satisfies Readonly<
  Record<string, ServedShape>
>;
