/**
 * A sequence over the context-parallel ranks that have it together: in how many parts its cache is cut, what of it they gather for one
 * another while a prompt is computed, and what each puts into the sum of attention over a cut cache. docs/accounting.md, "Context
 * parallelism", "Message buffers" and "Messages of a mean step".
 */
import type { EngineName } from '../../planner/engine.ts';
import type { Mixer } from '../../planner/mixer.ts';
import type { Model } from '../../planner/model.ts';
import { gatheredOfToken } from '../sequence-bytes.ts';

/** Mixers of the model's layers; a layer without one has no say in how the others can be served. */
function mixersOf({ layers }: Model): readonly Mixer[] {
  return layers.flatMap(({ mixer }) => (mixer ? [mixer] : []));
}

/** vLLM cuts prompts over ranks for latent attention alone. */
export function allLatent(model: Model): boolean {
  return mixersOf(model).every(({ kind }) => kind === 'mla');
}

/** κ: the ranks that a sequence's cache is interleaved over by pages. Where it is 1 each of the cp ranks keeps the whole. */
export function cachePartsOf(name: EngineName | 'generic', model: Model, cp: number): number {
  switch (name) {
    case 'generic':
      return cp;
    case 'vllm':
      return mixersOf(model).every((mixer) => mixer.kind === 'mla' && mixer.topK !== undefined) ? cp : 1;
    // Neither serves with cp > 1 here; their prompts' parts gather a whole cache.
    case 'sglang':
    case 'tensorrt-llm':
      return 1;
  }
}

/** Tokens of the cache that a mixer's queries look back over: all, or those of its window. */
function lookback(mixer: Mixer): number {
  if (mixer.kind === 'attention') return mixer.window ?? Number.POSITIVE_INFINITY;
  return mixer.kind === 'compressed' && !mixer.compression ? mixer.window : Number.POSITIVE_INFINITY;
}

export interface GatheredPass {
  readonly model: Model;
  readonly tp: number;
  readonly cacheParts: number;
  /** Tokens of the pass, and those of the sequence that were computed before it. */
  readonly tokens: number;
  readonly history: number;
}

/**
 * Bytes of a layer's keys and values that a rank has after gathering them for a pass of a prompt: those of the pass, which are computed in
 * parts, and, where the cache is cut, those before it as far as they are looked at. 0 for states, and where another layer's are read.
 */
export function gatheredInPass(
  mixer: Mixer | undefined,
  { model, tp, cacheParts, tokens, history }: GatheredPass,
): number {
  if (!mixer) return 0;
  const before = cacheParts === 1 ? 0 : Math.min(history, lookback(mixer));
  return (tokens + before) * gatheredOfToken(mixer, { model, tp });
}

/** Heads of a mixer, and elements of each one's output before it is multiplied on: latents of a latent attention. None of a recurrence. */
export function attentionOutput(mixer: Mixer): { readonly heads: number; readonly width: number } | undefined {
  switch (mixer.kind) {
    case 'attention':
      return { heads: mixer.heads, width: mixer.valueDim ?? mixer.headDim };
    case 'mla':
      return { heads: mixer.heads, width: mixer.kvRank };
    case 'compressed':
      return { heads: mixer.heads, width: mixer.headDim };
    default:
      return undefined;
  }
}
