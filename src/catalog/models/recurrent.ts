/** Models of state-space layers, alone or among attention: the fields of each config.json that shape the model. */
import type { ConfigEntry } from './entry.ts';

const held = 'the parameter count is held against the model card';
const fromMemory = `dimensions as the publisher’s config.json has them, from memory; ${held}`;
const genz = (name: string): string =>
  `abhibambhaniya/GenZ-LLM-Analyzer, GenZ/Models/Model_sets/misc.py @13ebfb84 (${name}), which cites the publisher’s config.json`;

const bridge = (provider: string): string =>
  `NVIDIA-NeMo/Megatron-Bridge, src/megatron/bridge/models/nemotronh/nemotron_h_provider.py @160ccccb (${provider}); what it takes from its base, from memory; ${held}`;

const jamba = {
  model_type: 'jamba',
  attn_layer_period: 8,
  attn_layer_offset: 4,
  expert_layer_period: 2,
  expert_layer_offset: 1,
  mamba_d_conv: 4,
  mamba_d_state: 16,
  mamba_expand: 2,
  mamba_conv_bias: true,
  mamba_proj_bias: false,
  num_experts: 16,
  num_experts_per_tok: 2,
  vocab_size: 65536,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
} as const;

const mamba2 = {
  model_type: 'mamba2',
  num_hidden_layers: 64,
  head_dim: 64,
  state_size: 128,
  expand: 2,
  conv_kernel: 4,
  use_conv_bias: true,
  use_bias: false,
  torch_dtype: 'bfloat16',
} as const;

/** What both sizes of Nemotron Nano v2 have alike. */
const nano = {
  model_type: 'nemotron_h',
  num_attention_heads: 40,
  num_key_value_heads: 8,
  head_dim: 128,
  mamba_num_heads: 128,
  mamba_head_dim: 80,
  mamba_ssm_cache_dtype: 'float32',
  n_groups: 8,
  ssm_state_size: 128,
  conv_kernel: 4,
  use_conv_bias: true,
  vocab_size: 131072,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
} as const;

export const recurrentModels: readonly ConfigEntry[] = [
  {
    name: 'Granite-4.0-H-Small',
    aliases: ['Granite-4.0-H-Small-32B-A9B'],
    source: fromMemory,
    repository: 'ibm-granite/granite-4.0-h-small',
    config: {
      model_type: 'granitemoehybrid',
      hidden_size: 4096,
      num_hidden_layers: 40,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      intermediate_size: 768,
      shared_intermediate_size: 1536,
      num_local_experts: 72,
      num_experts_per_tok: 10,
      mamba_n_heads: 128,
      mamba_d_head: 64,
      mamba_d_state: 128,
      mamba_n_groups: 1,
      mamba_d_conv: 4,
      mamba_expand: 2,
      mamba_conv_bias: true,
      mamba_proj_bias: false,
      layer_types: Array.from({ length: 40 }, (_, layer) => (layer % 10 === 5 ? 'attention' : 'mamba')),
      vocab_size: 100352,
      tie_word_embeddings: true,
      torch_dtype: 'bfloat16',
    },
  },
  {
    name: 'Jamba-1.5-Large',
    aliases: ['AI21-Jamba-1.5-Large', 'AI21-Jamba-Large-1.5', 'AI21-Jamba-Large-1.6', 'AI21-Jamba-Large-1.7'],
    source: genz('jamba_1_5_large_config'),
    repository: 'ai21labs/AI21-Jamba-1.5-Large',
    config: {
      ...jamba,
      hidden_size: 8192,
      num_hidden_layers: 72,
      num_attention_heads: 64,
      num_key_value_heads: 8,
      intermediate_size: 24576,
      mamba_dt_rank: 512,
    },
  },
  {
    name: 'Jamba-1.5-Mini',
    aliases: ['AI21-Jamba-1.5-Mini', 'AI21-Jamba-Mini-1.5', 'Jamba-v0.1'],
    source: genz('jamba_1_5_mini_config'),
    repository: 'ai21labs/AI21-Jamba-1.5-Mini',
    config: {
      ...jamba,
      hidden_size: 4096,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      intermediate_size: 14336,
      mamba_dt_rank: 256,
    },
  },
  {
    name: 'Mamba2-2.7B',
    aliases: ['Mamba-2', 'Mamba-2-2.7B'],
    source: fromMemory,
    config: { ...mamba2, hidden_size: 2560, num_heads: 80, n_groups: 1, vocab_size: 50288, tie_word_embeddings: true },
  },
  {
    name: 'Mamba-Codestral-7B',
    aliases: ['Mamba-Codestral-7B-v0.1'],
    source: fromMemory,
    repository: 'mistralai/Mamba-Codestral-7B-v0.1',
    config: {
      ...mamba2,
      hidden_size: 4096,
      num_heads: 128,
      n_groups: 8,
      vocab_size: 32768,
      tie_word_embeddings: false,
    },
  },
  {
    name: 'Nemotron-Nano-9B-v2',
    aliases: ['NVIDIA-Nemotron-Nano-9B-v2', 'Nemotron-Nano-v2-9B'],
    source: bridge('NemotronNanoModelProvider9Bv2'),
    repository: 'nvidia/NVIDIA-Nemotron-Nano-9B-v2',
    config: {
      ...nano,
      hidden_size: 4480,
      num_hidden_layers: 56,
      hybrid_override_pattern: 'M-M-M-MM-M-M-M*-M-M-M*-M-M-M-M*-M-M-M-M*-M-MM-M-M-M-M-M-',
      intermediate_size: 15680,
    },
  },
  {
    name: 'Nemotron-Nano-12B-v2',
    aliases: ['NVIDIA-Nemotron-Nano-12B-v2', 'Nemotron-Nano-v2-12B'],
    source: bridge('NemotronNanoModelProvider12Bv2'),
    repository: 'nvidia/NVIDIA-Nemotron-Nano-12B-v2',
    config: {
      ...nano,
      hidden_size: 5120,
      num_hidden_layers: 62,
      hybrid_override_pattern: 'M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M-',
      intermediate_size: 20480,
    },
  },
];
