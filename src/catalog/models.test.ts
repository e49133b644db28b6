import { describe, expect, it } from 'vitest';
import { findModel, listModel, modelNames, suggestModels } from './models.ts';

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
  ])('counts %s as %d billion', (name, total) => {
    expect((listModel(name)?.parameters.total ?? 0) / 1e9).toBeCloseTo(total, 2);
  });

  it('takes a precision in place of the model’s own', () => {
    expect(findModel('llama-3.1-8b')?.model.precision.weights.dense.dtype).toBe('bf16');
    expect(findModel('llama-3.1-8b', 'fp8')?.model.precision.weights.dense.dtype).toBe('fp8');
    expect(findModel('gpt3-175b', { weights: 'fp8', kvCache: 'bf16' })?.model.precision.kvCache).toBe('bf16');
  });

  it('does not know what nobody listed, and says what is near', () => {
    expect(findModel('__proto__')).toBeUndefined();
    expect(findModel('x'.repeat(1e6))).toBeUndefined();
    expect(suggestModels('deepsek-v3')[0]).toBe('DeepSeek-V3');
    expect(suggestModels('lama-3.1-70b')[0]).toBe('Llama-3.1-70B');
    expect(suggestModels('zzzz')).toEqual([]);
  });

  it('reads fp8 of Qwen3 as its publisher’s checkpoints have it: in blocks, but for experts', () => {
    const formats = (name: string) => findModel(name, 'fp8')?.model.precision.weights;
    expect(formats('qwen3-32b')?.dense).toEqual({ dtype: 'fp8', bytesPerParameter: 1 + 4 / 128 ** 2, block: 128 });
    expect(formats('qwen3-30b-a3b')?.attention.block).toBe(128);
    expect(formats('qwen3-30b-a3b')?.expert.block).toBeUndefined();
    expect(formats('llama-3.1-70b')?.dense.block).toBeUndefined();
  });
});
