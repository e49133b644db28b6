/** How many parameters a model has, class by class. The counts equal the checkpoints': test/golden/hf-parameters.json. */
import { kvElements, stateElements } from './mixer-cache.ts';
import { mixerParameters, mixerWeights } from './mixer-parameters.ts';
import type { DenseFfn, LayerRun, Model, MoeFfn } from './model.ts';
import { dtypeBytes, residualBytes, type WeightClass } from './precision.ts';

export type ParameterCounts = Readonly<Record<WeightClass, number>>;

/** An FFN of `width` inputs: its matrices, and a bias on each where it has them. */
const ffn = (width: number, size: number, { matrices, bias }: { matrices: 2 | 3; bias: boolean }): number =>
  size === 0 ? 0 : matrices * width * size + (bias ? (matrices - 1) * size + width : 0);

export function denseParameters({ intermediateSize, matrices, bias }: DenseFfn, hidden: number): number {
  return ffn(hidden, intermediateSize, { matrices, bias: bias === true });
}

/** Of one routed expert. */
export function expertParameters(moe: MoeFfn, hidden: number): number {
  const bias = moe.expertBias === true;
  return ffn(moe.latentSize ?? hidden, moe.intermediateSize, { matrices: moe.matrices, bias });
}

/** Of the shared experts of a layer together. */
export function sharedParameters(moe: MoeFfn, hidden: number): number {
  return ffn(hidden, moe.sharedIntermediateSize, { matrices: moe.matrices, bias: moe.sharedBias === true });
}

/** What sends tokens to experts: the router, its small vectors, and the projections into and out of the experts' latent. */
export function routerParameters(moe: MoeFfn, hidden: number): number {
  return (
    hidden * moe.experts +
    (moe.routerBias ? moe.experts : 0) +
    (moe.routerScales ? hidden + moe.experts : 0) +
    (moe.sharedGate ? hidden : 0) +
    2 * hidden * (moe.latentSize ?? 0)
  );
}

/**
 * Hyper-connections (DeepSeek-V4): for n streams, mixing weights of (2 + n)·n × n·h with as many offsets and three scales, around
 * the mixer and around the FFN of each layer, and n × n·h, n offsets and a scale before the head.
 */
export function hyperConnectionParameters(streams: number, hidden: number) {
  const mixes = (2 + streams) * streams;
  return {
    perConnection: mixes * streams * hidden + mixes + 3,
    head: streams * streams * hidden + streams + 1,
  };
}

/** Of one layer, by class, per-layer embeddings and hyper-connections left out. */
export function layerParameters({ mixer, dense, moe, normElements }: Omit<LayerRun, 'count'>, hidden: number) {
  return {
    attention: mixer ? mixerWeights(mixer, hidden) : 0,
    dense: dense ? denseParameters(dense, hidden) : 0,
    expert: moe ? moe.experts * expertParameters(moe, hidden) : 0,
    shared: moe ? sharedParameters(moe, hidden) : 0,
    router: moe ? routerParameters(moe, hidden) : 0,
    norm: (normElements ?? 2 * hidden) + (mixer ? mixerParameters(mixer, hidden).norms : 0),
  };
}

/**
 * Parameters of the whole model by class. A tied table is counted once. Correction biases that are buffers, rotary tables,
 * vision towers and multi-token prediction are not counted. Hyper-connections count as norms: small, whole on every rank and
 * kept in high precision like them; the projections of per-layer embeddings count as dense.
 */
export function parameterCounts(model: Model): ParameterCounts {
  const h = model.hiddenSize;
  const { vocabulary, residualStreams: streams = 1 } = model;
  const counts: Record<WeightClass, number> = {
    attention: 0,
    dense: 0,
    expert: 0,
    shared: 0,
    router: 0,
    embedding: 0,
    head: 0,
    norm: model.finalNormElements ?? h,
  };
  let layers = 0;
  for (const run of model.layers) {
    layers += run.count;
    const own = layerParameters(run, h);
    counts.attention += run.count * own.attention;
    counts.dense += run.count * own.dense;
    counts.expert += run.count * own.expert;
    counts.shared += run.count * own.shared;
    counts.router += run.count * own.router;
    counts.norm += run.count * own.norm;
  }
  if (vocabulary) {
    counts.embedding += vocabulary.size * h;
    counts.head += (vocabulary.tied ? 0 : vocabulary.size * h) + (vocabulary.headBias ? vocabulary.size : 0);
    if (vocabulary.perLayer) {
      const { vocabularySize, size } = vocabulary.perLayer;
      counts.embedding += vocabularySize * layers * size;
      // A gate and a projection in each layer, and one projection for all of them before the first.
      counts.dense += 3 * layers * h * size;
      counts.norm += layers * h + size;
    }
  }
  if (streams > 1) {
    const { perConnection, head } = hyperConnectionParameters(streams, h);
    counts.norm += 2 * layers * perConnection + head;
  }
  return counts;
}

/** Total and active parameters: active leaves out the experts of each MoE layer that a token does not visit. */
export function parameterTotals(model: Model): { readonly total: number; readonly active: number } {
  const total = Object.values(parameterCounts(model)).reduce((a, b) => a + b, 0);
  let idle = 0;
  for (const { count, moe } of model.layers) {
    if (moe) idle += count * (moe.experts - moe.expertsPerToken) * expertParameters(moe, model.hiddenSize);
  }
  return { total, active: total - idle };
}

/** Weights of multi-token prediction, embedding and head left out, which are the model's own. */
export function mtpParameters(model: Model): number {
  if (!model.mtp) return 0;
  const h = model.hiddenSize;
  const layers = model.mtp.layers.reduce((sum, run) => {
    return sum + run.count * Object.values(layerParameters(run, h)).reduce((a, b) => a + b, 0);
  }, 0);
  return layers + model.mtp.modules * (2 * h * h + 3 * h);
}

/** KV elements a token takes over all layers, at full length. */
export function kvElementsPerToken(model: Model): number {
  return model.layers.reduce((sum, { count, mixer }) => sum + (mixer ? count * kvElements(mixer) : 0), 0);
}

/** Bytes of recurrent state a sequence takes over all layers of the whole model, whatever its length. */
export function stateBytesPerSequence(model: Model): number {
  const bytes = dtypeBytes[model.stateDtype ?? 'fp32'];
  return model.layers.reduce((sum, { count, mixer }) => {
    if (!mixer) return sum;
    const { recurrent, convolution } = stateElements(mixer);
    return sum + count * (recurrent * bytes + convolution * residualBytes);
  }, 0);
}
