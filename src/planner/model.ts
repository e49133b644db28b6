/**
 * The language model, as a list of layers in order. Which layer is which matters: stages, KV cache and experts depend on
 * it. Runs of equal layers are one entry.
 *
 * Notation in this folder: h hidden size, H heads, K key-value heads, d head dimension, f intermediate size, E experts,
 * k experts a token, V vocabulary, L layers.
 */
import type { Mixer } from './mixer.ts';
import type { Dtype, Precision } from './precision.ts';

export interface DenseFfn {
  readonly intermediateSize: number;
  /** 2: up and down. 3: gate, up and down (SwiGLU). */
  readonly matrices: 2 | 3;
  readonly bias?: true;
}

export interface MoeFfn {
  readonly experts: number;
  readonly expertsPerToken: number;
  /** Of one routed expert. */
  readonly intermediateSize: number;
  readonly matrices: 2 | 3;
  /** Of all shared experts of the layer together; 0 without. Shared experts see every token and are never split by ep. */
  readonly sharedIntermediateSize: number;
  /** Routed experts work in a latent of this size, between two projections that every token passes (Nemotron 3). Absent: in h. */
  readonly latentSize?: number;
  /** A gate of one number on the shared experts' output: h parameters. */
  readonly sharedGate?: true;
  readonly sharedBias?: true;
  /** One number an expert that is a parameter of the checkpoint (a correction bias that is only a buffer does not count). */
  readonly routerBias?: true;
  /** A scale of the router's input and one of each expert's output: h + E parameters (Gemma 4). */
  readonly routerScales?: true;
  readonly expertBias?: true;
}

export interface LayerRun {
  readonly count: number;
  /** Absent: the layer is an FFN alone, as every other block of Nemotron-H. */
  readonly mixer?: Mixer;
  /** A layer has a dense FFN, a mixture of experts, both side by side, or none. */
  readonly dense?: DenseFfn;
  readonly moe?: MoeFfn;
  /** Weights of the norms around mixer and FFN, the mixer's own left out. Absent: two norms of h. */
  readonly normElements?: number;
}

export interface Vocabulary {
  readonly size: number;
  /** The LM head is the embedding table. */
  readonly tied: boolean;
  readonly headBias?: true;
  /**
   * Each layer has an embedding table of its own, `size` numbers a token, that enters through a gate and a projection
   * (Gemma 3n and 4). The tables need not be on a GPU: engines may look them up on the host.
   */
  readonly perLayer?: { readonly vocabularySize: number; readonly size: number };
}

/** Multi-token prediction: layers past the last that guess further tokens. Weights of a checkpoint, used by speculative decoding only. */
export interface MultiTokenPrediction {
  /** Each joins the hidden state and the next token's embedding by a projection of 2h × h, with three norms of h. */
  readonly modules: number;
  readonly layers: readonly LayerRun[];
}

export interface Model {
  readonly name: string;
  readonly hiddenSize: number;
  readonly layers: readonly LayerRun[];
  /** Absent: the model starts and ends at hidden states; no embedding, no final norm's head, no logits. */
  readonly vocabulary?: Vocabulary;
  readonly precision: Precision;
  /** Weights of the last norm. Absent: h. */
  readonly finalNormElements?: number;
  /**
   * The residual stream is this many streams of h, mixed anew around each mixer and FFN (hyper-connections of DeepSeek-V4,
   * arXiv 2409.19606). Absent: one, as everywhere else. Residual activations and pipeline hops grow by it.
   */
  readonly residualStreams?: number;
  /** Format of recurrent states. Absent: fp32. */
  readonly stateDtype?: Dtype;
  /** Not part of the model's own parameters. */
  readonly mtp?: MultiTokenPrediction;
}

export function layerCount(model: Model): number {
  return model.layers.reduce((sum, run) => sum + run.count, 0);
}

/** The mixture of the model's MoE layers. One model has one: all its runs agree on experts and top-k. */
export function mixtureOf<Moe = MoeFfn>(model: {
  readonly layers: readonly { readonly moe?: Moe }[];
}): Moe | undefined {
  return model.layers.find((run) => run.moe)?.moe;
}

/** A layer's kind without its count: equal kinds next to each other make one run. */
export type Layer = Omit<LayerRun, 'count'>;

export function runsOf(layers: readonly Layer[]): readonly LayerRun[] {
  const runs: { count: number; readonly layer: Layer; readonly kind: string }[] = [];
  for (const layer of layers) {
    const previous = runs.at(-1);
    const kind = previous?.layer === layer ? previous.kind : JSON.stringify(layer);
    if (previous && kind === previous.kind) previous.count += 1;
    else runs.push({ count: 1, layer, kind });
  }
  return runs.map(({ count, layer }) => ({ count, ...layer }));
}
