/** What a mixer keeps of a sequence: KV for each token, or a state of fixed size. */
import type { Mixer } from './mixer.ts';

/**
 * Elements of KV cache a token takes in one layer of the whole model, as if nothing were ever dropped: K and V of each KV head,
 * or the latent and its rope part. A compressed cache has one entry for `ratio` tokens, so a token's share may be a fraction.
 * Recurrent mixers keep none.
 */
export function kvElements(mixer: Mixer): number {
  return kvElementsPerRank(mixer, 1);
}

/** The same on one rank of tp: KV heads are split, one a rank at least; a latent is whole on every rank. */
export function kvElementsPerRank(mixer: Mixer, tp: number): number {
  switch (mixer.kind) {
    case 'attention': {
      const { kvHeads, headDim, valueDim = headDim } = mixer;
      return mixer.sharesKv ? 0 : Math.max(1, kvHeads / tp) * (headDim + valueDim);
    }
    case 'mla':
      return mixer.kvRank + mixer.ropeDim;
    case 'compressed':
      return mixer.compression ? mixer.headDim / mixer.compression.ratio : mixer.headDim;
    default:
      return 0;
  }
}

/** An indexer's key: FP8 with one fp32 scale for 128 dimensions, in vLLM and in DeepSeek's own code. */
const indexerKeyBytes = (headDim: number): number => headDim + 4 * Math.ceil(headDim / 128);

/** Bytes a token takes in one layer beside its KV elements, whatever the KV format, on every rank: the keys of an indexer. */
export function indexerBytes(mixer: Mixer): number {
  if (mixer.kind === 'mla') return mixer.indexer ? indexerKeyBytes(mixer.indexer.headDim) : 0;
  if (mixer.kind !== 'compressed' || !mixer.indexer || !mixer.compression) return 0;
  return indexerKeyBytes(mixer.indexer.headDim) / mixer.compression.ratio;
}

/**
 * KV elements that a sequence of `tokens` takes in one layer on a rank of tp. A layer with a window keeps that many tokens
 * where the engine manages its cache by layer kind (`hybridCache`), and all of them where it does not.
 */
export function sequenceKvElements(
  mixer: Mixer,
  { tokens, tp, hybridCache }: { readonly tokens: number; readonly tp: number; readonly hybridCache: boolean },
): number {
  const elements = kvElementsPerRank(mixer, tp);
  if (mixer.kind === 'attention') {
    const kept = hybridCache && mixer.window !== undefined ? Math.min(tokens, mixer.window) : tokens;
    return kept * elements;
  }
  if (mixer.kind === 'compressed') {
    const recent = Math.min(tokens, mixer.window) * mixer.headDim;
    return mixer.compression ? recent + Math.ceil(tokens / mixer.compression.ratio) * mixer.headDim : recent;
  }
  return tokens * elements;
}

/** State of a recurrent mixer, for one sequence and one layer of the whole model. Both parts are split by tp. */
export interface StateElements {
  /** Kept in `Model.stateDtype`, fp32 unless the checkpoint says otherwise. */
  readonly recurrent: number;
  /** The last inputs of the short convolution, in bf16. */
  readonly convolution: number;
}

export function stateElements(mixer: Mixer): StateElements {
  switch (mixer.kind) {
    case 'gdn': {
      const { keyHeads, valueHeads, keyDim, valueDim, convolution } = mixer;
      return {
        recurrent: valueHeads * keyDim * valueDim,
        convolution: (2 * keyHeads * keyDim + valueHeads * valueDim) * (convolution - 1),
      };
    }
    case 'mamba2': {
      const { heads, headDim, groups, stateSize, convolution } = mixer;
      return {
        recurrent: heads * headDim * stateSize,
        convolution: (heads * headDim + 2 * groups * stateSize) * (convolution - 1),
      };
    }
    case 'mamba1':
      return {
        recurrent: mixer.innerSize * mixer.stateSize,
        convolution: mixer.innerSize * (mixer.convolution - 1),
      };
    case 'lightning':
      return { recurrent: mixer.heads * mixer.headDim * mixer.headDim, convolution: 0 };
    default:
      return { recurrent: 0, convolution: 0 };
  }
}
