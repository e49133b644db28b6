/** What a sequence leaves on a rank, layer by layer: keys and values, an indexer's keys, states. docs/accounting.md, "KV cache of a rank". */
import type { Indexer, Mixer } from '../planner/mixer.ts';
import type { Model } from '../planner/model.ts';
import { dtypeBytes } from '../planner/precision.ts';

/** Bytes before they are divided: the cache lies spread over the context ranks, states over the heads' ranks. */
export interface Kept {
  readonly overContext: number;
  readonly overHeads: number;
}

export interface SequenceOn {
  readonly model: Model;
  readonly tokens: number;
  readonly tp: number;
}

/** A key of an indexer: a byte a dimension, and four of scale for each 128 that are begun. */
function indexerKey(indexer: Indexer | undefined): number {
  return indexer ? indexer.headDim + 4 * Math.ceil(indexer.headDim / 128) : 0;
}

/** Key-value heads of a rank: where there are more ranks than heads, a head lies on several. */
export function headsOnRank(heads: number, tp: number): number {
  return heads < tp ? 1 : heads / tp;
}

/** Inputs of a short convolution are kept as they came, in bf16. */
const inputBytes = 2;

function state(numbers: number, inputs: number, model: Model): Kept {
  return { overContext: 0, overHeads: numbers * dtypeBytes[model.stateDtype ?? 'fp32'] + inputs * inputBytes };
}

export function keptBySequence(mixer: Mixer, { model, tokens, tp }: SequenceOn): Kept {
  const element = dtypeBytes[model.precision.kvCache];
  const cache = (bytes: number): Kept => ({ overContext: bytes, overHeads: 0 });
  switch (mixer.kind) {
    case 'attention': {
      if (mixer.sharesKv) return cache(0);
      const seen = mixer.window !== undefined && mixer.window < tokens ? mixer.window : tokens;
      return cache(
        seen * headsOnRank(mixer.kvHeads, tp) * (mixer.headDim + (mixer.valueDim ?? mixer.headDim)) * element,
      );
    }
    case 'mla':
      return cache(tokens * ((mixer.kvRank + mixer.ropeDim) * element + indexerKey(mixer.indexer)));
    case 'compressed': {
      const recent = mixer.window < tokens ? mixer.window : tokens;
      const { compression } = mixer;
      if (!compression) return cache(recent * mixer.headDim * element);
      const entries = Math.ceil(tokens / compression.ratio);
      const keys = (tokens * indexerKey(mixer.indexer)) / compression.ratio;
      return cache((recent + entries) * mixer.headDim * element + keys);
    }
    case 'gdn': {
      const { keyHeads, valueHeads, keyDim, valueDim, convolution } = mixer;
      const channels = keyHeads * keyDim + keyHeads * keyDim + valueHeads * valueDim;
      return state(valueHeads * keyDim * valueDim, (convolution - 1) * channels, model);
    }
    case 'mamba2': {
      const inner = mixer.heads * mixer.headDim;
      const channels = inner + 2 * mixer.groups * mixer.stateSize;
      return state(inner * mixer.stateSize, (mixer.convolution - 1) * channels, model);
    }
    case 'mamba1':
      return state(mixer.innerSize * mixer.stateSize, (mixer.convolution - 1) * mixer.innerSize, model);
    case 'lightning':
      return state(mixer.heads * mixer.headDim ** 2, 0, model);
  }
}

/** Bytes of a token that a rank gathers over the context: what it lacks of the layer's cache. None where the layer has a state, or another's cache. */
export function gatheredOfToken(mixer: Mixer | undefined, { model, tp }: Omit<SequenceOn, 'tokens'>): number {
  const element = dtypeBytes[model.precision.kvCache];
  switch (mixer?.kind) {
    case 'attention': {
      const { kvHeads, headDim, valueDim = headDim, sharesKv } = mixer;
      return sharesKv ? 0 : headsOnRank(kvHeads, tp) * (headDim + valueDim) * element;
    }
    case 'mla':
      return (mixer.kvRank + mixer.ropeDim) * element + indexerKey(mixer.indexer);
    case 'compressed':
      if (!mixer.compression) return mixer.headDim * element;
      return (mixer.headDim * element + indexerKey(mixer.indexer)) / mixer.compression.ratio;
    default:
      return 0;
  }
}
