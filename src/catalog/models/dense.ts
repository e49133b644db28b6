/** Dense decoders that public benchmarks serve: the fields of each config.json that shape the model, a line a model. */
import { dense } from './dense-shape.ts';
import { type ConfigEntry, kept, transformers } from './entry.ts';

const qwen25 = dense('qwen2', 'Qwen', `${kept.litGpt}; embeddings tied up to 3B: ${kept.mlc}`);
const qwen3 = dense('qwen3', 'Qwen', `${kept.litGpt}; embeddings of 4B tied: ${kept.mlc}`);
const llama = dense('llama', 'meta-llama', `${kept.litGpt}; embeddings tied: ${kept.mlc}`);
const llama1 = dense('llama', 'huggyllama', 'Lightning-AI/lit-llama lit_llama/model.py @06dbda9f');
const codeLlama = dense('llama', 'codellama', kept.litGpt);
const yi = dense(
  'llama',
  '01-ai',
  'NVIDIA/Megatron-LM examples/multimodal/nvlm/pretrain_yi_34b_internvit_6b.sh @7f2bc4ff',
);
const mistral = (source: string) => dense('mistral', 'mistralai', source);
const gemma3 = dense(
  'gemma3_text',
  'google',
  `${kept.litGpt}; vocabulary, and embeddings tied: ${transformers('gemma3', '008f5c8c')}`,
);
const phi = (source: string) => dense('phi3', 'microsoft', source);

const wide = { vocabulary: 152064 };
const noWindow = { sliding_window: null };

export const denseModels: readonly ConfigEntry[] = [
  qwen25('Qwen2.5-0.5B', ['Qwen2-0.5B'], {
    hidden: 896,
    layers: 24,
    heads: 14,
    kvHeads: 2,
    intermediate: 4864,
    vocabulary: 151936,
    tied: true,
  }),
  qwen25('Qwen2.5-1.5B', ['Qwen2-1.5B', 'DeepSeek-R1-Distill-Qwen-1.5B'], {
    hidden: 1536,
    layers: 28,
    heads: 12,
    kvHeads: 2,
    intermediate: 8960,
    vocabulary: 151936,
    tied: true,
  }),
  qwen25('Qwen2.5-3B', [], {
    hidden: 2048,
    layers: 36,
    heads: 16,
    kvHeads: 2,
    intermediate: 11008,
    vocabulary: 151936,
    tied: true,
  }),
  qwen25('Qwen2.5-7B', ['Qwen2-7B', 'Qwen2.5-Coder-7B', 'Qwen2.5-Math-7B', 'DeepSeek-R1-Distill-Qwen-7B'], {
    hidden: 3584,
    layers: 28,
    heads: 28,
    kvHeads: 4,
    intermediate: 18944,
    ...wide,
  }),
  qwen25('Qwen2.5-14B', ['Qwen2.5-Coder-14B', 'DeepSeek-R1-Distill-Qwen-14B'], {
    hidden: 5120,
    layers: 48,
    heads: 40,
    kvHeads: 8,
    intermediate: 13824,
    ...wide,
  }),
  qwen25('Qwen2.5-32B', ['Qwen2.5-Coder-32B', 'QwQ-32B', 'DeepSeek-R1-Distill-Qwen-32B'], {
    hidden: 5120,
    layers: 64,
    heads: 40,
    kvHeads: 8,
    intermediate: 27648,
    ...wide,
  }),
  qwen25('Qwen2.5-72B', ['Qwen2-72B', 'Qwen2.5-Math-72B', 'Qwen2.5-VL-72B'], {
    hidden: 8192,
    layers: 80,
    heads: 64,
    kvHeads: 8,
    intermediate: 29568,
    ...wide,
  }),
  qwen3('Qwen3-4B', [], {
    hidden: 2560,
    layers: 36,
    heads: 32,
    kvHeads: 8,
    headDim: 128,
    intermediate: 9728,
    vocabulary: 151936,
    tied: true,
  }),
  qwen3('Qwen3-14B', [], { hidden: 5120, layers: 40, heads: 40, kvHeads: 8, intermediate: 17408, vocabulary: 151936 }),
  llama('Llama-3.2-1B', [], {
    hidden: 2048,
    layers: 16,
    heads: 32,
    kvHeads: 8,
    intermediate: 8192,
    vocabulary: 128256,
    tied: true,
  }),
  llama('Llama-3.2-3B', [], {
    hidden: 3072,
    layers: 28,
    heads: 24,
    kvHeads: 8,
    intermediate: 8192,
    vocabulary: 128256,
    tied: true,
  }),
  llama1(
    'LLaMA-30B',
    ['LLaMA-33B'],
    { hidden: 6656, layers: 60, heads: 52, kvHeads: 52, intermediate: 17920, vocabulary: 32000 },
    'llama-30b',
  ),
  llama1(
    'LLaMA-65B',
    [],
    { hidden: 8192, layers: 80, heads: 64, kvHeads: 64, intermediate: 22016, vocabulary: 32000 },
    'llama-65b',
  ),
  codeLlama(
    'CodeLlama-34B',
    ['Code-Llama-34B'],
    { hidden: 8192, layers: 48, heads: 64, kvHeads: 8, intermediate: 22016, vocabulary: 32000 },
    'CodeLlama-34b-hf',
  ),
  yi('Yi-34B', ['Yi-1.5-34B'], {
    hidden: 7168,
    layers: 60,
    heads: 56,
    kvHeads: 8,
    intermediate: 20480,
    vocabulary: 64000,
  }),
  mistral('kevinstephano/thunder_model_blocks thunder_model_blocks/mistral/mistral_config.py @a23dd8fe')(
    'Mistral-Nemo-12B',
    ['Mistral-Nemo', 'Mistral-Nemo-2407'],
    {
      hidden: 5120,
      layers: 40,
      heads: 32,
      kvHeads: 8,
      headDim: 128,
      intermediate: 14336,
      vocabulary: 131072,
      rest: noWindow,
    },
    'Mistral-Nemo-Instruct-2407',
  ),
  mistral(
    'abhibambhaniya/GenZ-LLM-Analyzer GenZ/Models/Model_sets/mistral.py @13ebfb84: Mistral Small 2409, of the same shape',
  )(
    'Codestral-22B',
    ['Mistral-Small-22B', 'Codestral-22B-v0.1'],
    { hidden: 6144, layers: 56, heads: 48, kvHeads: 8, intermediate: 16384, vocabulary: 32768, rest: noWindow },
    'Codestral-22B-v0.1',
  ),
  mistral('NVIDIA-NeMo/Megatron-Bridge src/megatron/bridge/models/mistral/mistral_provider.py @2afd2d34')(
    'Mistral-Small-24B',
    [
      'Mistral-Small-3',
      'Mistral-Small-3.1-24B',
      'Mistral-Small-3.2-24B',
      'Devstral-Small',
      'Devstral',
      'Magistral-Small',
    ],
    {
      hidden: 5120,
      layers: 40,
      heads: 32,
      kvHeads: 8,
      headDim: 128,
      intermediate: 32768,
      vocabulary: 131072,
      rest: noWindow,
    },
    'Mistral-Small-24B-Instruct-2501',
  ),
  mistral(kept.litGpt)(
    'Mistral-Large-2',
    ['Mistral-Large-123B', 'Mistral-Large', 'Mistral-Large-Instruct-2407', 'Mistral-Large-Instruct-2411'],
    { hidden: 12288, layers: 88, heads: 96, kvHeads: 8, intermediate: 28672, vocabulary: 32768, rest: noWindow },
    'Mistral-Large-Instruct-2407',
  ),
  gemma3(
    'Gemma-3-4B',
    [],
    {
      hidden: 2560,
      layers: 34,
      heads: 8,
      kvHeads: 4,
      headDim: 256,
      intermediate: 10240,
      vocabulary: 262208,
      tied: true,
      rest: { sliding_window: 1024, sliding_window_pattern: 6 },
    },
    'gemma-3-4b-it',
  ),
  gemma3(
    'Gemma-3-12B',
    [],
    {
      hidden: 3840,
      layers: 48,
      heads: 16,
      kvHeads: 8,
      headDim: 256,
      intermediate: 15360,
      vocabulary: 262208,
      tied: true,
      rest: { sliding_window: 1024, sliding_window_pattern: 6 },
    },
    'gemma-3-12b-it',
  ),
  gemma3(
    'Gemma-3-27B',
    [],
    {
      hidden: 5376,
      layers: 62,
      heads: 32,
      kvHeads: 16,
      headDim: 128,
      intermediate: 21504,
      vocabulary: 262208,
      tied: true,
      rest: { sliding_window: 1024, sliding_window_pattern: 6 },
    },
    'gemma-3-27b-it',
  ),
  phi(kept.litGpt)(
    'Phi-3-mini',
    ['Phi-3-mini-4k', 'Phi-3-mini-128k', 'Phi-3.5-mini'],
    { hidden: 3072, layers: 32, heads: 32, kvHeads: 32, intermediate: 8192, vocabulary: 32064, rest: noWindow },
    'Phi-3-mini-128k-instruct',
  ),
  phi('abhibambhaniya/GenZ-LLM-Analyzer GenZ/Models/Model_sets/microsoft.py @13ebfb84')(
    'Phi-3-medium',
    ['Phi-3-medium-4k', 'Phi-3-medium-128k', 'Phi-3-medium-14B'],
    { hidden: 5120, layers: 40, heads: 40, kvHeads: 10, intermediate: 17920, vocabulary: 32064, rest: noWindow },
    'Phi-3-medium-128k-instruct',
  ),
  phi(kept.litGpt)(
    'Phi-4',
    ['Phi-4-14B'],
    { hidden: 5120, layers: 40, heads: 40, kvHeads: 10, intermediate: 17920, vocabulary: 100352, rest: noWindow },
    'phi-4',
  ),
];
