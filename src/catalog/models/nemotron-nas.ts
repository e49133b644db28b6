/** Llama-Nemotron: models whose layers a search has thinned out one by one, and the smaller hybrid beside them. */
import type { ConfigEntry } from './entry.ts';

/** So many layers alike: query heads to a KV head, and the FFN's multiple of h; null where a layer has neither of one. */
type Run = readonly [count: number, group: number | null, multiple: number | null];

const blocks = (runs: readonly Run[]): readonly object[] =>
  runs.flatMap(([count, group, multiple]) =>
    Array.from({ length: count }, () => ({
      attention: { n_heads_in_group: group, no_op: group === null },
      ffn: { ffn_mult: multiple, no_op: multiple === null },
    })),
  );

const nemo = 'as kept by NVIDIA/NeMo, nemo/collections/llm/gpt/model/llama_nemotron_config.py @58d2b1bd';

const superRuns: readonly Run[] = [
  [1, 8, 2.625],
  [5, 8, 5.25],
  [2, null, 2.625],
  [3, 8, 5.25],
  [1, null, 3.28125],
  [30, 8, 5.25],
  [1, null, 1.3125],
  [2, null, 2.625],
  [1, null, 1.3125],
  [1, null, 5.25],
  [1, null, 1.3125],
  [1, null, 2.625],
  [3, null, 1.3125],
  [1, 8, 5.25],
  [1, null, 1.3125],
  [2, null, 1],
  [1, null, 1.3125],
  [3, null, 1],
  [2, null, 1.3125],
  [2, null, 0.5],
  [2, null, 1],
  [2, null, 0.5],
  [1, null, 1],
  [2, null, 0.5],
  [9, 8, 5.25],
];

/** Four layers that do all there is, then five that do nothing: what most of the middle is. */
const fourOfNine: readonly Run[] = [
  [4, 16, 4.875],
  [5, null, null],
];

const ultraRuns: readonly Run[] = [
  [1, 16, 0.4875],
  [1, 16, 0.975],
  [6, 16, 1.4625],
  [1, 16, 1.95],
  [4, null, null],
  [3, 16, 1.95],
  [2, 16, 4.875],
  [6, null, null],
  [3, 16, 4.875],
  [5, null, null],
  [3, 16, 4.875],
  [1, 16, 2.4375],
  [3, null, null],
  [3, 16, 1.95],
  [1, null, 1.95],
  [1, 16, 4.875],
  [1, null, 4.875],
  [5, null, null],
  ...fourOfNine,
  ...fourOfNine,
  ...fourOfNine,
  ...fourOfNine,
  [1, 16, 4.875],
  [3, 16, 3.4125],
  [2, null, null],
  [1, 16, 2.925],
  [3, 16, 2.4375],
  [2, null, 2.4375],
  [1, 16, 2.4375],
  [1, null, null],
  [7, null, 2.4375],
  [1, 16, 2.4375],
  [5, null, null],
  [1, 16, 2.925],
  [1, 16, 4.875],
  [1, null, 4.875],
  [1, 16, 4.875],
  [8, null, null],
  [1, null, 36.5625],
  [8, null, null],
  [1, null, 39],
  [8, null, null],
  [1, null, 31.40625],
  [5, null, null],
  [1, null, 27.5625],
  [1, null, 1.95],
  [1, 16, 1.95],
  [1, 16, 2.4375],
  [1, null, null],
  [2, 16, 2.4375],
  [1, 16, 3.4125],
  [4, 16, 4.875],
  [1, 16, 2.4375],
];

export const nemotronNasModels: readonly ConfigEntry[] = [
  {
    name: 'Llama-3.3-Nemotron-Super-49B',
    aliases: ['Llama-3_3-Nemotron-Super-49B-v1', 'Llama-3_3-Nemotron-Super-49B-v1_5', 'Nemotron-Super-49B'],
    source: `config.json of nvidia/Llama-3_3-Nemotron-Super-49B-v1, ${nemo}`,
    repository: 'nvidia/Llama-3_3-Nemotron-Super-49B-v1',
    config: {
      model_type: 'nemotron-nas',
      hidden_size: 8192,
      num_hidden_layers: 80,
      num_attention_heads: 64,
      block_configs: blocks(superRuns),
      tie_word_embeddings: false,
      torch_dtype: 'bfloat16',
      vocab_size: 128256,
    },
  },
  {
    name: 'Llama-3.1-Nemotron-Ultra-253B',
    aliases: ['Llama-3_1-Nemotron-Ultra-253B-v1', 'Nemotron-Ultra-253B'],
    source: `config.json of nvidia/Llama-3_1-Nemotron-Ultra-253B-v1, ${nemo}`,
    repository: 'nvidia/Llama-3_1-Nemotron-Ultra-253B-v1',
    config: {
      model_type: 'nemotron-nas',
      hidden_size: 16384,
      num_hidden_layers: 162,
      num_attention_heads: 128,
      block_configs: blocks(ultraRuns),
      tie_word_embeddings: false,
      torch_dtype: 'bfloat16',
      vocab_size: 128256,
    },
  },
];
