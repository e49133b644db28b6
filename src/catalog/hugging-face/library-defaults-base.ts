/** What several families' defaults start from. */
import type { Defaults } from './fields.ts';

export const llamaDefaults: Defaults = {
  vocab_size: 32000,
  hidden_size: 4096,
  intermediate_size: 11008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
};

export const graniteDefaults: Defaults = { ...llamaDefaults, num_local_experts: 8 };
