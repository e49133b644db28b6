/** Models from before config.json, or never published as one: their dimensions. */
import { type Dimensions, type DimensionsEntry, kept } from './entry.ts';

const published = 'dimensions as commonly published; no stored copy of the config was found';
const megatron =
  'NVIDIA/dgxc-benchmarking: layers, hidden size and vocabulary as printed, the rest as commonly published';
const foundry = 'mosaicml/llm-foundry, scripts/train/yamls/pretrain';

/** The shape that GPT-2 set: one KV head a head, an FFN of 4h in two matrices, the head tied to the embedding. */
function gpt({
  layers,
  hidden,
  heads,
  vocabulary,
}: Pick<Dimensions, 'layers' | 'hidden' | 'heads' | 'vocabulary'>): Dimensions {
  const headDim = hidden / heads;
  const intermediateSize = 4 * hidden;
  return { layers, hidden, heads, kvHeads: heads, headDim, intermediateSize, matrices: 2, vocabulary, tied: true };
}

const mpt = (layers: number, hidden: number, heads: number): Dimensions =>
  gpt({ layers, hidden, heads, vocabulary: 50368 });

export const dimensionModels: readonly DimensionsEntry[] = [
  {
    name: 'BLOOM-176B',
    aliases: ['bloom'],
    source: published,
    dimensions: gpt({ layers: 70, hidden: 14336, heads: 112, vocabulary: 250880 }),
  },
  {
    name: 'Falcon-180B',
    aliases: ['Falcon 180B'],
    source: kept.litGpt,
    dimensions: { ...gpt({ layers: 80, hidden: 14848, heads: 232, vocabulary: 65024 }), kvHeads: 8 },
  },
  {
    name: 'GPT-J-6B',
    aliases: ['GPT-J 6B', 'gpt-j'],
    source: 'NVIDIA TensorRT-LLM v0.9.0, docs/source/performance/perf-overview.md',
    dimensions: { ...gpt({ layers: 28, hidden: 4096, heads: 16, vocabulary: 50400 }), tied: false },
  },
  {
    name: 'GPT3-175B',
    aliases: ['gpt-3', 'GPT-3-175B'],
    source: 'NVIDIA/dgxc-benchmarking, nemo_megatron/README_175b.md; arXiv 2005.14165',
    dimensions: gpt({ layers: 96, hidden: 12288, heads: 96, vocabulary: 51200 }),
  },
  {
    name: 'GPT3-20B',
    aliases: ['GPT-3-20B'],
    source: published,
    dimensions: gpt({ layers: 44, hidden: 6144, heads: 48, vocabulary: 51200 }),
  },
  {
    name: 'GPT3-5B',
    aliases: ['GPT-3-5B'],
    source: 'NVIDIA/dgxc-benchmarking, paxml/README_5b.md',
    dimensions: gpt({ layers: 24, hidden: 4096, heads: 32, vocabulary: 51200 }),
  },
  {
    name: 'Grok-1',
    aliases: [],
    source: 'xai-org/grok-1, run.py; the FFN is widening 8 by two thirds, rounded up to 32768',
    dimensions: {
      layers: 64,
      hidden: 6144,
      heads: 48,
      kvHeads: 8,
      headDim: 128,
      intermediateSize: 32768,
      matrices: 3,
      experts: 8,
      expertsPerToken: 2,
      vocabulary: 131072,
      tied: true,
    },
  },
  {
    name: 'Megatron-GPT-7B-golden',
    aliases: [],
    source: 'NVIDIA/Megatron-LM, tests/functional_tests golden values @d98e8a64',
    dimensions: { ...gpt({ layers: 32, hidden: 4096, heads: 32, vocabulary: 131073 }), kvHeads: 8, tied: false },
  },
  { name: 'MPT-1b', aliases: [], source: `${foundry}/mpt-1b.yaml`, dimensions: mpt(24, 2048, 16) },
  { name: 'MPT-3b', aliases: [], source: `${foundry}/mpt-3b.yaml`, dimensions: mpt(32, 2560, 20) },
  { name: 'MPT-7b', aliases: [], source: `${foundry}/mpt-7b.yaml`, dimensions: mpt(32, 4096, 32) },
  { name: 'MPT-13b', aliases: [], source: `${foundry}/mpt-13b.yaml`, dimensions: mpt(40, 5120, 40) },
  { name: 'MPT-30b', aliases: [], source: `${foundry}/mpt-30b.yaml`, dimensions: mpt(48, 7168, 56) },
  { name: 'MPT-70b', aliases: [], source: `${foundry}/mpt-70b.yaml`, dimensions: mpt(80, 8192, 64) },
  {
    name: 'Nemotron-3-8B',
    aliases: ['Nemotron-8B'],
    source: published,
    dimensions: { ...gpt({ layers: 32, hidden: 4096, heads: 32, vocabulary: 256000 }), tied: false },
  },
  {
    name: 'Nemotron-3-22B',
    aliases: ['Nemotron-22B'],
    source: published,
    dimensions: { ...gpt({ layers: 40, hidden: 6144, heads: 48, vocabulary: 256000 }), tied: false },
  },
  {
    name: 'Nemotron-4-15B',
    aliases: [],
    source: megatron,
    dimensions: { ...gpt({ layers: 32, hidden: 6144, heads: 48, vocabulary: 256000 }), kvHeads: 8, tied: false },
  },
  {
    name: 'Nemotron-4-340B',
    aliases: ['Nemotron-340B'],
    source: megatron,
    dimensions: { ...gpt({ layers: 96, hidden: 18432, heads: 96, vocabulary: 256000 }), kvHeads: 8, tied: false },
  },
  {
    name: 'PaLM-540B',
    aliases: ['palm'],
    source: 'arXiv 2204.02311',
    dimensions: {
      ...gpt({ layers: 118, hidden: 18432, heads: 48, vocabulary: 256000 }),
      kvHeads: 1,
      headDim: 256,
      matrices: 3,
    },
  },
];
