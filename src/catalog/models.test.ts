import { describe, expect, it } from 'vitest';
import {
  findModel,
  listModel,
  modelNames,
  modelOfGguf,
  modelSpelling,
  precisionInName,
  suggestModels,
} from './models.ts';

describe('the catalog of models', () => {
  it.each(modelNames.map((name) => [name]))('reads %s', (name) => {
    const listing = listModel(name);
    expect(listing?.name).toBe(name);
    expect(listing?.source).not.toBe('');
    const { total = 0, active = 0 } = listing?.parameters ?? {};
    expect(total).toBeGreaterThan(1e8);
    expect(active).toBeLessThanOrEqual(total);
    expect(findModel(name)?.model.name).toBe(name);
  });

  it('has at least forty, each once', () => {
    expect(modelNames.length).toBeGreaterThanOrEqual(40);
    expect(new Set(modelNames.map((name) => name.toLowerCase())).size).toBe(modelNames.length);
  });

  it.each([
    ['deepseek-v3', 'DeepSeek-V3'],
    ['DEEPSEEKV3', 'DeepSeek-V3'],
    ['deepseek-ai/DeepSeek-R1-0528', 'DeepSeek-R1'],
    ['meta-llama/Meta-Llama-3.1-70B-Instruct', 'Llama-3.1-70B'],
    ['LLAMA3_70B', 'Llama-3.1-70B'],
    ['GPT OSS 120B', 'gpt-oss-120b'],
    ['Qwen3_235B_a22B', 'Qwen3-235B-A22B'],
    ['Qwen/Qwen3-235B-A22B-Instruct-2507', 'Qwen3-235B-A22B'],
    ['mistralai/Mixtral-8x7B-v0.1', 'Mixtral-8x7B'],
    ['Falcon 180B', 'Falcon-180B'],
    ['deepseek-ai/DeepSeek-V3-0324', 'DeepSeek-V3'],
    ['nvidia/DeepSeek-R1-0528-FP4-v2', 'DeepSeek-R1'],
    ['nvidia/Llama-3.3-70B-Instruct-FP4', 'Llama-3.1-70B'],
    ['RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8-dynamic', 'Llama-3.1-8B'],
    ['meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8', 'Llama-4-Maverick'],
    ['Qwen/Qwen3-235B-A22B-Thinking-2507-FP8', 'Qwen3-235B-A22B'],
    ['moonshotai/Kimi-K2-Thinking', 'Kimi-K2.5'],
    ['moonshotai/Kimi-K2-Instruct-0905', 'Kimi-K2'],
    ['zai-org/GLM-4.6-FP8', 'GLM-4.5'],
    ['NVIDIA-Nemotron-3-Nano-30B-A3B-BF16', 'Nemotron-3-Nano-30B-A3B'],
    ['Qwen/Qwen2.5-7B-Instruct', 'Qwen2.5-7B'],
    ['lmsys/vicuna-13b', 'Llama-2-13B'],
    ['amd/Llama-3.3-70B-Instruct-FP8-KV', 'Llama-3.1-70B'],
    ['RedHatAI/Meta-Llama-3.1-8B-Instruct-quantized.w8a8', 'Llama-3.1-8B'],
    ['Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4', 'Qwen2.5-7B'],
    ['unsloth/Llama-3.2-3B-Instruct-unsloth-bnb-4bit', 'Llama-3.2-3B'],
    ['deepseek-ai/DeepSeek-V2-FP8', 'DeepSeek-V2'],
    ['CohereLabs/c4ai-command-a-03-2025', 'Command-A'],
    ['nvidia/Llama-3_3-Nemotron-Super-49B-v1_5-FP8', 'Llama-3.3-Nemotron-Super-49B'],
    ['Llama-3.1-Nemotron-Ultra-253B-v1', 'Llama-3.1-Nemotron-Ultra-253B'],
    ['nvidia/NVIDIA-Nemotron-Nano-9B-v2', 'Nemotron-Nano-9B-v2'],
    ['inclusionAI/Ring-1T-FP8', 'Ling-1T'],
    ['Qwen/Qwen3-Omni-30B-A3B-Instruct', 'Qwen3-Omni-30B-A3B'],
  ])('knows %s as %s', (asked, name) => {
    expect(findModel(asked)?.model.name).toBe(name);
  });

  // Published figures, to three digits: data sheets round and leave out embeddings in their own ways.
  it.each([
    ['GPT3-175B', 174.575],
    ['BLOOM-176B', 176.234],
    ['Falcon-180B', 178.552],
    ['PaLM-540B', 540.354],
    ['Grok-1', 315.683],
    ['Nemotron-4-340B', 341.022],
    ['DBRX', 131.596],
    ['DeepSeek-V2', 235.741],
    ['Mixtral-8x22B-G8T8', 140.639],
    ['Qwen2-57B-A14B', 57.408],
    ['Nemotron-H-56B', 56.324],
    ['Nemotron-3-Super-120B-A12B', 120.669],
    // The cards' own figures, of the language model alone.
    ['Qwen2.5-0.5B', 0.494],
    ['Qwen2.5-1.5B', 1.544],
    ['Qwen2.5-3B', 3.086],
    ['Qwen2.5-7B', 7.616],
    ['Qwen2.5-14B', 14.77],
    ['Qwen2.5-32B', 32.764],
    ['Qwen2.5-72B', 72.706],
    ['Qwen3-4B', 4.022],
    ['Qwen3-14B', 14.768],
    ['Llama-3.2-1B', 1.236],
    ['Llama-3.2-3B', 3.213],
    ['LLaMA-30B', 32.529],
    ['LLaMA-65B', 65.286],
    ['CodeLlama-34B', 33.744],
    ['Yi-34B', 34.389],
    ['Mistral-Nemo-12B', 12.248],
    ['Codestral-22B', 22.247],
    ['Mistral-Small-24B', 23.572],
    ['Mistral-Large-2', 122.61],
    ['Gemma-3-27B', 27.009],
    ['Phi-3-mini', 3.821],
    ['Phi-3-medium', 13.96],
    ['Phi-4', 14.66],
    ['DeepSeek-V2-Lite', 15.706],
    ['GLM-4.5-Air', 106.852],
    ['MiniMax-Text-01', 456.09],
    ['Command-R-Plus', 103.811],
    ['Gemma-2-9B', 9.241],
    ['Gemma-2-27B', 27.227],
    ['OPT-66B', 65.694],
    ['Falcon-40B', 41.302],
    ['GPT-NeoX-20B', 20.552],
    ['Llama-3.3-Nemotron-Super-49B', 49.867],
    ['Llama-3.1-Nemotron-Ultra-253B', 253.401],
    ['Nemotron-Nano-9B-v2', 8.888],
    ['Nemotron-Nano-12B-v2', 12.31],
    ['AFM-4.5B', 4.619],
    ['Apertus-8B', 8.053],
    ['Apertus-70B', 70.6],
    ['Baichuan2-7B', 7.506],
    ['Baichuan2-13B', 13.897],
    ['ChatGLM3-6B', 6.244],
    ['Command-A', 111.058],
    ['EXAONE-4.0-32B', 32.003],
    ['Granite-3.1-8B', 8.171],
    ['InternLM2-20B', 19.861],
    ['InternLM3-8B', 8.804],
    ['Ministral-8B', 8.02],
    ['OLMo-2-32B', 32.234],
    ['Phi-4-mini', 3.836],
    ['Seed-OSS-36B', 36.151],
    ['SmolLM3-3B', 3.075],
    ['SOLAR-10.7B', 10.732],
    ['StarCoder2-15B', 15.958],
    ['TinyLlama-1.1B', 1.1],
    ['Snowflake-Arctic', 478.585],
    ['dots.llm1', 142.774],
    ['ERNIE-4.5-21B-A3B', 21.825],
    ['ERNIE-4.5-300B-A47B', 299.484],
    ['Hunyuan-A13B', 80.393],
    ['Hunyuan-Large', 388.701],
    ['Ling-1T', 999.705],
    ['Ling-flash-2.0', 102.89],
    ['Trinity-Large', 398.635],
    ['Qwen3-Omni-30B-A3B', 30.533],
    ['Granite-4.0-H-Small', 32.207],
    ['Jamba-1.5-Large', 398.555],
    ['Jamba-1.5-Mini', 51.57],
    ['Mamba2-2.7B', 2.703],
    ['Mamba-Codestral-7B', 7.285],
  ])('counts %s as %d billion', (name, total) => {
    expect((listModel(name)?.parameters.total ?? 0) / 1e9).toBeCloseTo(total, 2);
  });

  it('takes a precision in place of the model’s own', () => {
    expect(findModel('llama-3.1-8b')?.model.precision.weights.dense.dtype).toBe('bf16');
    expect(findModel('llama-3.1-8b', 'fp8')?.model.precision.weights.dense.dtype).toBe('fp8');
    expect(findModel('gpt3-175b', { weights: 'fp8', kvCache: 'bf16' })?.model.precision.kvCache).toBe('bf16');
  });

  it('takes a precision out of a checkpoint’s name, and none out of a model’s own', () => {
    expect(precisionInName('meta-llama/Llama-3.3-70B-Instruct-FP8')).toBe('fp8');
    expect(precisionInName('nvidia/DeepSeek-R1-0528-NVFP4-v2')).toBe('fp4');
    expect(precisionInName('Qwen/Qwen2.5-7B-Instruct-AWQ')).toBe('int4');
    expect(precisionInName('Qwen/Qwen2.5-7B-Instruct')).toBeUndefined();
    expect(precisionInName('deepseek-v3')).toBeUndefined();
    expect(precisionInName('-fp8'.repeat(100))).toBeUndefined();
    expect(precisionInName('Qwen/Qwen2.5-7B-Instruct-GPTQ-Int8')).toBe('int8');
    expect(precisionInName('amd/DeepSeek-R1-0528-MXFP4')).toBe('mxfp4');
    expect(precisionInName('RedHatAI/Qwen2.5-7B-Instruct-quantized.w4a16')).toBe('int4');
    expect(precisionInName('Llama-3.1-8B-Instruct-W8A8')).toEqual({ weights: 'int8', activations: 'int8' });
    expect(precisionInName('amd/Llama-3.3-70B-Instruct-FP8-KV')).toEqual({ weights: 'fp8', kvCache: 'fp8' });
    expect(precisionInName('RedHatAI/Qwen3-32B-NVFP4A16')).toEqual({ weights: 'fp4', activations: 'bf16' });
  });

  it('spells a name in one way, with what it says of the numbers', () => {
    expect(modelSpelling('deepseek-ai/DeepSeek-V3-0324')).toBe('DeepSeek-V3');
    for (const name of ['amd/Llama-3.3-70B-Instruct-FP8-KV', 'RedHatAI/Meta-Llama-3.1-8B-Instruct-quantized.w8a8']) {
      const spelt = modelSpelling(name) ?? '';
      expect([findModel(spelt)?.model.name, precisionInName(spelt)]).toEqual([
        findModel(name)?.model.name,
        precisionInName(name),
      ]);
      expect(modelSpelling(spelt)).toBe(spelt);
    }
    expect(modelSpelling('amd/Llama-3.3-70B-Instruct-FP8-KV')).toBe('Llama-3.1-70B-FP8-KV');
    expect(modelSpelling('nobody-knows')).toBeUndefined();
  });

  it('knows the model of a GGUF file, and does not take it for one', () => {
    for (const name of ['bartowski/Llama-3.3-70B-Instruct-GGUF', 'Llama-3.1-70B-Instruct-Q4_K_M.gguf']) {
      expect(findModel(name), name).toBeUndefined();
      expect(modelOfGguf(name), name).toBe('Llama-3.1-70B');
    }
    expect(modelOfGguf('unsloth/DeepSeek-R1-GGUF:Q4_K_M')).toBe('DeepSeek-R1');
    expect(modelOfGguf('nobody/knows-this-GGUF')).toBeUndefined();
    expect(modelOfGguf('deepseek-v3')).toBeUndefined();
  });

  it('does not know what nobody listed, and says what is near', () => {
    expect(findModel('__proto__')).toBeUndefined();
    expect(findModel('x'.repeat(1e6))).toBeUndefined();
    expect(suggestModels('deepsek-v3')[0]).toBe('DeepSeek-V3');
    expect(suggestModels('lama-3.1-70b')[0]).toBe('Llama-3.1-70B');
    expect(suggestModels('zzzz')).toEqual([]);
    expect(suggestModels('deepseek-ai/DeepSeek-V4')).toEqual(['DeepSeek-V4-Flash', 'DeepSeek-V4-Pro']);
    expect(suggestModels('lama-3.1-70b-instruct-fp8')[0]).toBe('Llama-3.1-70B');
  });

  it('reads fp8 of Qwen3 as its publisher’s checkpoints have it: in blocks, but for experts', () => {
    const formats = (name: string) => findModel(name, 'fp8')?.model.precision.weights;
    expect(formats('qwen3-32b')?.dense).toEqual({ dtype: 'fp8', bytesPerParameter: 1 + 4 / 128 ** 2, block: 128 });
    expect(formats('qwen3-30b-a3b')?.attention.block).toBe(128);
    expect(formats('qwen3-30b-a3b')?.expert.block).toBeUndefined();
    expect(formats('llama-3.1-70b')?.dense.block).toBeUndefined();
    expect(formats('glm-5')?.expert).toEqual({ dtype: 'fp8', bytesPerParameter: 1 + 4 / 128 ** 2, block: 128 });
  });
});
