/**
 * The matrices of every kind of mixer, each with the way it is cut. Shapes: docs/accounting.md, "Weights of a rank"; a bias is one
 * more row of its matrix, and a convolution of w taps is w rows.
 */
import type {
  Attention,
  CompressedAttention,
  GatedDeltaNet,
  LatentAttention,
  Mamba1,
  Mamba2,
  Mixer,
} from '../planner/mixer.ts';
import type { Tensor } from './tensors.ts';

const weightClass = 'attention';
const split = (along: number, across: number): Tensor => ({ weightClass, cut: 'tp', along, across });
const byHead = (along: number, across: number): Tensor => ({ weightClass, cut: 'kv', along, across });
const whole = (along: number, across = 1): Tensor => ({ weightClass, cut: 'whole', along, across });
const norm = (elements: number): Tensor => ({ weightClass: 'norm', cut: 'whole', along: elements, across: 1 });

function attention(mixer: Attention, hidden: number): readonly Tensor[] {
  const { heads, kvHeads, headDim, valueDim = headDim } = mixer;
  const rows = hidden + (mixer.bias ? 1 : 0);
  const queries = heads * headDim;
  const found = [split(mixer.outputGate ? 2 * queries : queries, rows), split(heads * valueDim, hidden)];
  if (!mixer.sharesKv) {
    found.push(byHead(kvHeads, rows * headDim));
    if (!mixer.valuesFromKeys) found.push(byHead(kvHeads, rows * valueDim));
  }
  if (mixer.bias === 'qkvo') found.push(whole(hidden));
  if (mixer.sinks) found.push(split(heads, 1));
  if (!mixer.qkNorm) return found;
  const [ofQueries, ofKeys] = mixer.qkNorm === 'head' ? [headDim, headDim] : [queries, kvHeads * headDim];
  return [...found, norm(ofQueries), ...(mixer.sharesKv ? [] : [norm(ofKeys)])];
}

function latent(mixer: LatentAttention, hidden: number): readonly Tensor[] {
  const { heads, queryRank, kvRank, nopeDim, ropeDim, valueDim, indexer } = mixer;
  const queries = heads * (nopeDim + ropeDim);
  const found = [
    split(queries, queryRank > 0 ? queryRank : hidden),
    whole(hidden, queryRank),
    whole(hidden, kvRank),
    whole(hidden, ropeDim),
    split(heads * nopeDim, kvRank),
    split(heads * valueDim, kvRank),
    split(heads * valueDim, hidden),
    norm(queryRank),
    norm(kvRank),
  ];
  if (mixer.bias) found.push(whole(queryRank), whole(kvRank + ropeDim), whole(hidden));
  if (indexer) {
    found.push(whole(indexer.heads * indexer.headDim, queryRank), whole(hidden, indexer.headDim));
    // The norm of its keys has a weight and a bias.
    found.push(whole(hidden, indexer.heads), norm(indexer.headDim), norm(indexer.headDim));
  }
  return found;
}

function compressed(mixer: CompressedAttention, hidden: number): readonly Tensor[] {
  const { heads, headDim, queryRank, outputGroups, outputRank, compression, indexer } = mixer;
  /** Two projections of the tokens, and where each stands among the tokens of its entry. */
  const compressor = (width: number): readonly Tensor[] => {
    if (!compression) return [];
    const columns = compression.overlapping ? 2 * width : width;
    return [whole(hidden, columns), whole(hidden, columns), whole(compression.ratio, columns)];
  };
  const found = [
    whole(hidden, queryRank),
    norm(queryRank),
    split(heads * headDim, queryRank),
    whole(hidden, headDim),
    norm(headDim),
    split(heads * headDim, outputRank),
    split(outputGroups * outputRank, hidden),
    split(heads, 1),
    ...compressor(headDim),
  ];
  if (compression) found.push(norm(headDim));
  if (indexer) {
    found.push(whole(indexer.heads * indexer.headDim, queryRank), whole(hidden, indexer.heads), norm(indexer.headDim));
    found.push(...compressor(indexer.headDim));
  }
  return found;
}

function gatedDeltaNet(mixer: GatedDeltaNet, hidden: number): readonly Tensor[] {
  const { keyHeads, valueHeads, keyDim, valueDim, convolution } = mixer;
  const keys = split(keyHeads * keyDim, hidden + convolution);
  const values = valueHeads * valueDim;
  return [
    keys,
    { ...keys },
    split(values, hidden + convolution),
    split(values, hidden),
    split(values, hidden),
    // Of each value head: what decay and write strength are projected by, and two numbers of its own.
    split(valueHeads, 2 * hidden),
    split(valueHeads, 2),
    norm(valueDim),
  ];
}

function mamba2(mixer: Mamba2, hidden: number): readonly Tensor[] {
  const { heads, headDim, groups, stateSize } = mixer;
  const rows = hidden + (mixer.projectionBias ? 1 : 0);
  const taps = mixer.convolution + (mixer.convolutionBias ? 1 : 0);
  const inner = heads * headDim;
  return [
    split(inner, rows),
    split(inner, rows + taps),
    // B and C of each group.
    byHead(groups, 2 * stateSize * (rows + taps)),
    split(heads, rows),
    split(heads, 3),
    split(inner, hidden),
    ...(mixer.projectionBias ? [whole(hidden)] : []),
    norm(inner),
  ];
}

function mamba1(mixer: Mamba1, hidden: number): readonly Tensor[] {
  const { innerSize, stateSize, timeStepRank } = mixer;
  const rows = hidden + (mixer.projectionBias ? 1 : 0);
  return [
    split(innerSize, 2 * rows),
    split(innerSize, mixer.convolution + (mixer.convolutionBias ? 1 : 0)),
    split(innerSize, timeStepRank + 2 * stateSize),
    split(innerSize, timeStepRank + 1),
    // A, and the share of the input that passes by.
    split(innerSize, stateSize + 1),
    split(innerSize, hidden),
    ...(mixer.projectionBias ? [whole(hidden)] : []),
    ...(mixer.innerNorms ? [norm(timeStepRank), norm(stateSize), norm(stateSize)] : []),
  ];
}

export function mixerTensors(mixer: Mixer, hidden: number): readonly Tensor[] {
  switch (mixer.kind) {
    case 'attention':
      return attention(mixer, hidden);
    case 'mla':
      return latent(mixer, hidden);
    case 'compressed':
      return compressed(mixer, hidden);
    case 'gdn':
      return gatedDeltaNet(mixer, hidden);
    case 'mamba2':
      return mamba2(mixer, hidden);
    case 'mamba1':
      return mamba1(mixer, hidden);
    case 'lightning': {
      const width = mixer.heads * mixer.headDim;
      // Queries, keys, values, the gate and the output.
      return [...Array.from({ length: 5 }, () => split(width, hidden)), norm(width)];
    }
  }
}
