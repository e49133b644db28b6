/**
 * What vLLM 0.19.0 printed of its KV pool on an H100 of 79.19 GiB at --gpu-memory-utilization 0.95, max-model-len 8192: llm-d-incubation/llm-d-planner
 * accuracy/accuracy_report.md @875a4fd6. `parts` marks a pool that is not printed and is here put together of parts that are: the pool's base of
 * 75.23 GiB less weights, peak activation and non-torch overhead.
 */
export interface KvPool {
  readonly model: string;
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  readonly kvCache: 'bf16' | 'fp8';
  readonly tp: number;
  readonly pp: number;
  /** GiB on the GPU with least room, and tokens that the engine says it holds. */
  readonly poolGiB: number;
  readonly tokens?: number;
  readonly parts?: { readonly weightsGiB: number; readonly activationGiB: number; readonly overheadGiB: number };
}

export const memoryFraction = 0.95;
/** The length that concurrency is counted at: the engine prints tokens / max-model-len. */
export const maxModelLength = 8192;

/** Qwen/Qwen2.5-7B-Instruct/config.json, as far as sizes follow from it. */
const qwen25 = {
  architectures: 'Qwen2ForCausalLM',
  model_type: 'qwen2',
  hidden_size: 3584,
  intermediate_size: 18944,
  num_hidden_layers: 28,
  num_attention_heads: 28,
  num_key_value_heads: 4,
  vocab_size: 152064,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
} as const;

const base = 75.23;

function fromParts(weightsGiB: number, activationGiB: number, overheadGiB: number): Pick<KvPool, 'poolGiB' | 'parts'> {
  return {
    poolGiB: base - weightsGiB - activationGiB - overheadGiB,
    parts: { weightsGiB, activationGiB, overheadGiB },
  };
}

const llama = { model: 'Llama-3.1-8B', kvCache: 'bf16' } as const;
const qwen = { model: 'Qwen2.5-7B', config: qwen25, kvCache: 'bf16' } as const;

export const kvPools: readonly KvPool[] = [
  { ...llama, tp: 1, pp: 1, poolGiB: 58.11, tokens: 476_016 },
  { ...llama, kvCache: 'fp8', tp: 1, pp: 1, poolGiB: 58.11, tokens: 952_032 },
  { ...llama, tp: 2, pp: 1, ...fromParts(7.51, 1.89, 2.07) },
  { ...llama, tp: 4, pp: 1, ...fromParts(3.77, 1.89, 2.13) },
  { ...llama, tp: 1, pp: 2, ...fromParts(7.51, 1.1, 0.07) },
  { ...llama, tp: 1, pp: 4, ...fromParts(4.26, 1.05, 0.07) },
  { ...qwen, tp: 1, pp: 1, poolGiB: 58.53, tokens: 1_096_000 },
  { ...qwen, kvCache: 'fp8', tp: 1, pp: 1, poolGiB: 58.53, tokens: 2_192_000 },
  { ...qwen, tp: 2, pp: 1, ...fromParts(7.12, 2.21, 2.06) },
  { ...qwen, tp: 4, pp: 1, ...fromParts(3.55, 2.21, 2.13) },
];
