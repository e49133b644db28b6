/**
 * Parameters of one layer's mixer, and what tensor parallelism must divide. Counts are those of the Hugging Face
 * transformers library 5.18 (each model class instantiated without memory; test/golden/hf-parameters.json).
 */
import type { Attention, CompressedAttention, Indexer, LatentAttention, Mamba1, Mamba2, Mixer } from './mixer.ts';

/**
 * `sharded` is split by tp; `perKvHead` exists once a key-value head (for Mamba-2: once a group), and a head once a rank at
 * least; `replicated` is whole on every rank. `norms` are weights of norms, whole on every rank, of the weight class `norm`.
 */
export interface MixerParameters {
  readonly sharded: number;
  readonly perKvHead: number;
  readonly kvHeads: number;
  readonly replicated: number;
  readonly norms: number;
}

export function mixerParameters(mixer: Mixer, hidden: number): MixerParameters {
  switch (mixer.kind) {
    case 'attention':
      return attention(mixer, hidden);
    case 'mla':
      return latentAttention(mixer, hidden);
    case 'compressed':
      return compressedAttention(mixer, hidden);
    case 'gdn': {
      const { keyHeads, valueHeads, keyDim, valueDim, convolution } = mixer;
      const keys = keyHeads * keyDim;
      const values = valueHeads * valueDim;
      // In: Q, K, V and the gate; two numbers a value head. Then the convolution over Q, K and V, decay and bias, and out.
      const projections = hidden * (2 * keys + 2 * values) + 2 * hidden * valueHeads + values * hidden;
      return split(projections + (2 * keys + values) * convolution + 2 * valueHeads, valueDim);
    }
    case 'mamba2':
      return mamba2(mixer, hidden);
    case 'mamba1':
      return mamba1(mixer, hidden);
    case 'lightning': {
      // Q, K, V, the gate and the output, and a norm over all heads.
      const width = mixer.heads * mixer.headDim;
      return split(5 * hidden * width, width);
    }
  }
}

/** All of a mixer's parameters but its norms. */
export function mixerWeights(mixer: Mixer, hidden: number): number {
  const { sharded, perKvHead, kvHeads, replicated } = mixerParameters(mixer, hidden);
  return sharded + perKvHead * kvHeads + replicated;
}

const split = (sharded: number, norms: number): MixerParameters => ({
  sharded,
  perKvHead: 0,
  kvHeads: 1,
  replicated: 0,
  norms,
});

function attention(mixer: Attention, hidden: number): MixerParameters {
  const { heads, kvHeads, headDim, valueDim = headDim, bias, qkNorm } = mixer;
  const queries = heads * headDim * (mixer.outputGate ? 2 : 1);
  const values = mixer.valuesFromKeys ? 0 : valueDim;
  const ownKv = mixer.sharesKv ? 0 : headDim + values;
  const biased = bias === undefined ? 0 : 1;
  const normed = mixer.sharesKv ? 1 : 2;
  const fullNorm = heads * headDim + (mixer.sharesKv ? 0 : kvHeads * headDim);
  return {
    sharded: (hidden + biased) * queries + heads * valueDim * hidden + (mixer.sinks ? heads : 0),
    perKvHead: (hidden + biased) * ownKv,
    kvHeads,
    replicated: bias === 'qkvo' ? hidden : 0,
    norms: qkNorm === 'head' ? normed * headDim : qkNorm === 'full' ? fullNorm : 0,
  };
}

/** The indexer is small and whole on every rank: queries from the query latent, one key head, a weight a head. Its key norm has a bias. */
const indexerWeights = ({ heads, headDim }: Indexer, hidden: number, queryRank: number): number =>
  queryRank * heads * headDim + hidden * headDim + hidden * heads;

function latentAttention(mixer: LatentAttention, hidden: number): MixerParameters {
  const { heads, queryRank, kvRank, nopeDim, ropeDim, valueDim, indexer } = mixer;
  const queries = (queryRank === 0 ? hidden : queryRank) * heads * (nopeDim + ropeDim);
  const biases = mixer.bias ? queryRank + kvRank + ropeDim + hidden : 0;
  return {
    sharded: queries + kvRank * heads * (nopeDim + valueDim) + heads * valueDim * hidden,
    perKvHead: 0,
    kvHeads: 1,
    replicated:
      hidden * queryRank +
      hidden * (kvRank + ropeDim) +
      biases +
      (indexer ? indexerWeights(indexer, hidden, queryRank) : 0),
    norms: queryRank + kvRank + (indexer ? 2 * indexer.headDim : 0),
  };
}

function compressedAttention(mixer: CompressedAttention, hidden: number): MixerParameters {
  const { heads, headDim, queryRank, outputGroups, outputRank, compression, indexer } = mixer;
  // An entry of the compressed cache: keys, gates and a bias for each of the `ratio` positions, twice over where entries overlap.
  const compressor = (width: number): number => {
    if (!compression) return 0;
    const made = compression.overlapping ? 2 * width : width;
    return 2 * hidden * made + compression.ratio * made;
  };
  const picked = indexer
    ? queryRank * indexer.heads * indexer.headDim + compressor(indexer.headDim) + hidden * indexer.heads
    : 0;
  return {
    sharded: queryRank * heads * headDim + outputRank * heads * headDim + outputGroups * outputRank * hidden + heads,
    perKvHead: 0,
    kvHeads: 1,
    replicated: hidden * queryRank + hidden * headDim + compressor(headDim) + picked,
    norms: queryRank + headDim + (compression ? headDim : 0) + (indexer ? indexer.headDim : 0),
  };
}

function mamba2(mixer: Mamba2, hidden: number): MixerParameters {
  const { heads, headDim, groups, stateSize, convolution } = mixer;
  const inner = heads * headDim;
  const taps = convolution + (mixer.convolutionBias ? 1 : 0);
  const inputs = hidden + (mixer.projectionBias ? 1 : 0);
  return {
    // In: x, its gate and a time step a head; the convolution over x; decay, skip and time-step bias a head; out.
    sharded: inputs * (2 * inner + heads) + inner * taps + 3 * heads + inner * hidden,
    // B and C of a group, and the convolution over them.
    perKvHead: 2 * stateSize * (inputs + taps),
    kvHeads: groups,
    replicated: mixer.projectionBias ? hidden : 0,
    norms: inner,
  };
}

function mamba1(mixer: Mamba1, hidden: number): MixerParameters {
  const { innerSize, stateSize, convolution, timeStepRank } = mixer;
  const taps = convolution + (mixer.convolutionBias ? 1 : 0);
  const projections =
    (hidden + (mixer.projectionBias ? 1 : 0)) * 2 * innerSize +
    innerSize * (timeStepRank + 2 * stateSize) +
    (timeStepRank + 1) * innerSize +
    innerSize * hidden;
  return {
    sharded: projections + innerSize * taps + innerSize * stateSize + innerSize,
    perKvHead: 0,
    kvHeads: 1,
    replicated: mixer.projectionBias ? hidden : 0,
    norms: mixer.innerNorms ? timeStepRank + 2 * stateSize : 0,
  };
}

/**
 * What tp must divide in a mixer. `heads` must be multiples of tp, each of them; `shared` must be a multiple or a divisor of
 * tp, since a key-value head (a group of Mamba-2) is copied once ranks outnumber them. vLLM asks the same of each kind.
 */
export interface SplitUnits {
  readonly heads: readonly number[];
  readonly shared: readonly number[];
}

export function splitUnits(mixer: Mixer): SplitUnits {
  switch (mixer.kind) {
    case 'attention':
      return { heads: [mixer.heads], shared: [mixer.kvHeads] };
    case 'mla':
      return { heads: [mixer.heads], shared: [] };
    case 'compressed':
      return { heads: [mixer.heads, mixer.outputGroups], shared: [] };
    case 'gdn':
      return { heads: [mixer.keyHeads, mixer.valueHeads], shared: [] };
    case 'mamba2':
      return { heads: [mixer.heads], shared: [mixer.groups] };
    case 'mamba1':
      return { heads: [mixer.innerSize], shared: [] };
    case 'lightning':
      return { heads: [mixer.heads], shared: [] };
  }
}

/** Widths, on one rank of tp, of the dimensions that tp splits in the mixer's matrices: what a block of a number format must divide. */
export function splitWidths(mixer: Mixer, tp: number): readonly number[] {
  switch (mixer.kind) {
    case 'attention': {
      const { heads, kvHeads, headDim, valueDim = headDim } = mixer;
      const own = Math.max(1, kvHeads / tp);
      const kv = mixer.sharesKv ? [] : [own * headDim, own * valueDim];
      return [(heads / tp) * headDim, (heads / tp) * valueDim, ...kv];
    }
    case 'mla': {
      const perRank = mixer.heads / tp;
      const { nopeDim, ropeDim, valueDim } = mixer;
      return [perRank * (nopeDim + ropeDim), perRank * (nopeDim + valueDim), perRank * valueDim];
    }
    case 'compressed':
      return [(mixer.heads / tp) * mixer.headDim, (mixer.outputGroups / tp) * mixer.outputRank];
    case 'gdn':
      return [(mixer.keyHeads / tp) * mixer.keyDim, (mixer.valueHeads / tp) * mixer.valueDim];
    case 'mamba2':
      return [(mixer.heads / tp) * mixer.headDim];
    case 'mamba1':
      return [mixer.innerSize / tp];
    case 'lightning':
      return [(mixer.heads / tp) * mixer.headDim];
  }
}
