/** Decoders of before 2025 by their dimensions, which published serving figures are still of: biases left out. */
import { type Dimensions, type DimensionsEntry, kept, transformers } from './entry.ts';

interface Shape {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads?: number;
  readonly headDim?: number;
  readonly intermediate?: number;
  readonly vocabulary: number;
  readonly tied?: boolean;
}

/** An FFN of 4h in two matrices unless it says its own size, which is gated then. */
function entry(name: string, aliases: readonly string[], shape: Shape, source: string): DimensionsEntry {
  const { layers, hidden, heads, intermediate, vocabulary } = shape;
  const dimensions: Dimensions = {
    layers,
    hidden,
    heads,
    kvHeads: shape.kvHeads ?? heads,
    headDim: shape.headDim ?? hidden / heads,
    intermediateSize: intermediate ?? 4 * hidden,
    matrices: intermediate === undefined ? 2 : 3,
    vocabulary,
    tied: shape.tied ?? true,
  };
  return { name, aliases, source: `${source}; biases and norms of embeddings left out`, dimensions };
}

const flexiGen = 'FMInference/FlexiGen flexgen/opt_config.py @1b9e9bd0';
const gemma2 = `${kept.litGpt}; embeddings tied: ${transformers('gemma2', '008e5743')}`;
const opt = (layers: number, hidden: number, heads: number) => ({ layers, hidden, heads, vocabulary: 50272 });
const command = { heads: 96, kvHeads: 8, hidden: 12288, layers: 64, vocabulary: 256000 };

export const olderModels: readonly DimensionsEntry[] = [
  entry('OPT-6.7B', [], opt(32, 4096, 32), flexiGen),
  entry('OPT-13B', [], opt(40, 5120, 40), flexiGen),
  entry('OPT-30B', [], opt(48, 7168, 56), flexiGen),
  entry('OPT-66B', [], opt(64, 9216, 72), flexiGen),
  entry('OPT-175B', [], opt(96, 12288, 96), flexiGen),
  entry(
    'GPT-NeoX-20B',
    [],
    { layers: 44, hidden: 6144, heads: 64, vocabulary: 50432, tied: false },
    transformers('gpt_neox', '008e5743'),
  ),
  entry('Falcon-7B', [], { layers: 32, hidden: 4544, heads: 71, kvHeads: 1, vocabulary: 65024 }, kept.litGpt),
  entry('Falcon-40B', [], { layers: 60, hidden: 8192, heads: 128, kvHeads: 8, vocabulary: 65024 }, kept.litGpt),
  entry(
    'Command-R-35B',
    ['Command-R', 'c4ai-command-r', 'c4ai-command-r-v01'],
    {
      layers: 40,
      hidden: 8192,
      heads: 64,
      intermediate: 22528,
      vocabulary: 256000,
    },
    transformers('cohere', '008e5743'),
  ),
  entry(
    'Command-R-Plus',
    ['c4ai-command-r-plus', 'Command-R-Plus-104B', 'Command-R+'],
    {
      ...command,
      intermediate: 33792,
    },
    'dimensions as the publisher’s config.json has them, from memory; vocabulary and tied embeddings as Command R',
  ),
  entry(
    'Gemma-2-9B',
    [],
    {
      layers: 42,
      hidden: 3584,
      heads: 16,
      kvHeads: 8,
      headDim: 256,
      intermediate: 14336,
      vocabulary: 256000,
    },
    gemma2,
  ),
  entry(
    'Gemma-2-27B',
    [],
    {
      layers: 46,
      hidden: 4608,
      heads: 32,
      kvHeads: 16,
      headDim: 128,
      intermediate: 36864,
      vocabulary: 256000,
    },
    gemma2,
  ),
];
