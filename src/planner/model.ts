/**
 * The language model, as a list of layers in order. Which layer is which matters: stages, KV cache and experts depend on
 * it. Runs of equal layers are one entry.
 *
 * Notation in this folder: h hidden size, H heads, K key-value heads, d head dimension, f intermediate size, E experts,
 * k experts a token, V vocabulary, L layers.
 */
import type { Precision, WeightClass } from './precision.ts';

/** Multi-head, grouped-query or multi-query attention: Q h·H·d, K and V h·K·d each, output H·d·h. */
export interface Attention {
  readonly kind: 'attention';
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): queries and KV go through low-rank latents. */
export interface LatentAttention {
  readonly kind: 'mla';
  readonly heads: number;
  /** Rank of the query latent; 0 where queries are projected directly. */
  readonly queryRank: number;
  /** Rank of the KV latent, which is what the cache holds, beside `ropeDim`. */
  readonly kvRank: number;
  readonly nopeDim: number;
  readonly ropeDim: number;
  readonly valueDim: number;
}

export type Mixer = Attention | LatentAttention;

export interface DenseFfn {
  readonly intermediateSize: number;
  /** 2: up and down. 3: gate, up and down (SwiGLU). */
  readonly matrices: 2 | 3;
}

export interface MoeFfn {
  readonly experts: number;
  readonly expertsPerToken: number;
  /** Of one routed expert. */
  readonly intermediateSize: number;
  readonly matrices: 2 | 3;
  /** Of all shared experts of the layer together; 0 without. Shared experts see every token and are never split by ep. */
  readonly sharedIntermediateSize: number;
}

export interface LayerRun {
  readonly count: number;
  readonly mixer: Mixer;
  /** A layer has a dense FFN, a mixture of experts, or both side by side. */
  readonly dense?: DenseFfn;
  readonly moe?: MoeFfn;
}

export interface Vocabulary {
  readonly size: number;
  /** The LM head is the embedding table. */
  readonly tied: boolean;
}

export interface Model {
  readonly name: string;
  readonly hiddenSize: number;
  readonly layers: readonly LayerRun[];
  /** Absent: the model starts and ends at hidden states; no embedding, no final norm's head, no logits. */
  readonly vocabulary?: Vocabulary;
  readonly precision: Precision;
}

export function layerCount(model: Model): number {
  return model.layers.reduce((sum, run) => sum + run.count, 0);
}

/** The mixture of the model's MoE layers. One model has one: all its runs agree on experts and top-k. */
export function mixtureOf(model: Model): MoeFfn | undefined {
  return model.layers.find((run) => run.moe)?.moe;
}

/**
 * Parameters of one layer's mixer. `sharded` is split by tp; `perKvHead` exists once a key-value head, and a head once a
 * rank at least; `replicated` is whole on every rank.
 */
export interface MixerParameters {
  readonly sharded: number;
  readonly perKvHead: number;
  readonly kvHeads: number;
  readonly replicated: number;
}

export function mixerParameters(mixer: Mixer, hidden: number): MixerParameters {
  if (mixer.kind === 'attention') {
    return {
      sharded: 2 * hidden * mixer.heads * mixer.headDim,
      perKvHead: 2 * hidden * mixer.headDim,
      kvHeads: mixer.kvHeads,
      replicated: 0,
    };
  }
  const { heads, queryRank, kvRank, nopeDim, ropeDim, valueDim } = mixer;
  const queries = (queryRank === 0 ? hidden : queryRank) * heads * (nopeDim + ropeDim);
  return {
    sharded: queries + kvRank * heads * (nopeDim + valueDim) + heads * valueDim * hidden,
    perKvHead: 0,
    kvHeads: 1,
    replicated: hidden * queryRank + hidden * (kvRank + ropeDim),
  };
}

/** Elements of KV cache a token takes in one layer of the whole model: K and V of each KV head, or the latent and its rope part. */
export function kvElements(mixer: Mixer): number {
  return mixer.kind === 'attention' ? 2 * mixer.kvHeads * mixer.headDim : mixer.kvRank + mixer.ropeDim;
}

/** The same on one rank of tp: KV heads are split, one a rank at least; a latent is whole on every rank. */
export function kvElementsPerRank(mixer: Mixer, tp: number): number {
  return mixer.kind === 'attention' ? 2 * Math.max(1, mixer.kvHeads / tp) * mixer.headDim : kvElements(mixer);
}

export type ParameterCounts = Readonly<Record<WeightClass, number>>;

/**
 * Parameters of the whole model by class. A layer has two norms of h; the model one more at its end. A tied table is
 * counted once. Correction biases, rotary tables and vision towers are not counted.
 */
export function parameterCounts(model: Model): ParameterCounts {
  const h = model.hiddenSize;
  const counts: Record<WeightClass, number> = {
    attention: 0,
    dense: 0,
    expert: 0,
    shared: 0,
    router: 0,
    embedding: model.vocabulary ? model.vocabulary.size * h : 0,
    head: model.vocabulary && !model.vocabulary.tied ? model.vocabulary.size * h : 0,
    norm: h,
  };
  for (const { count, mixer, dense, moe } of model.layers) {
    const attention = mixerParameters(mixer, h);
    counts.attention += count * (attention.sharded + attention.perKvHead * attention.kvHeads + attention.replicated);
    counts.norm += count * 2 * h;
    if (dense) counts.dense += count * dense.matrices * h * dense.intermediateSize;
    if (moe) {
      counts.expert += count * moe.experts * moe.matrices * h * moe.intermediateSize;
      counts.shared += count * moe.matrices * h * moe.sharedIntermediateSize;
      counts.router += count * h * moe.experts;
    }
  }
  return counts;
}

/** Total and active parameters: active leaves out the experts of each MoE layer that a token does not visit. */
export function parameterTotals(model: Model): { readonly total: number; readonly active: number } {
  const total = Object.values(parameterCounts(model)).reduce((a, b) => a + b, 0);
  let idle = 0;
  for (const { count, moe } of model.layers) {
    if (moe)
      idle += count * (moe.experts - moe.expertsPerToken) * moe.matrices * model.hiddenSize * moe.intermediateSize;
  }
  return { total, active: total - idle };
}

/** KV elements a token takes over all layers, at full length. */
export function kvElementsPerToken(model: Model): number {
  return model.layers.reduce((sum, run) => sum + run.count * kvElements(run.mixer), 0);
}
