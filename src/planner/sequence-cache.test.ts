import { describe, expect, it } from 'vitest';
import { findModel } from '../catalog/models.ts';
import { stateBytesPerSequence } from './parameters.ts';
import { sequenceCache } from './sequence-cache.ts';

const cacheOf = (name: string, options: { tokens: number; tp?: number; hybridCache?: boolean }) => {
  const model = findModel(name)?.model;
  if (!model) throw new Error(name);
  return { model, ...sequenceCache(model, { tp: 1, hybridCache: true, ...options }) };
};

describe('what a sequence keeps', () => {
  it('is K and V of every token for plain attention, split by tp', () => {
    expect(cacheOf('llama-3.1-8b', { tokens: 1000 }).kvBytes).toBe(65_536 * 2 * 1000);
    expect(cacheOf('llama-3.1-8b', { tokens: 1000, tp: 4 }).kvBytes).toBe((65_536 * 2 * 1000) / 4);
  });

  it('is the latent, whole on each rank, and the indexer’s keys beside it', () => {
    const cache = cacheOf('deepseek-v3.2', { tokens: 1000, tp: 8 });
    expect(cache.kvBytes).toBe(35_136 * 2 * 1000);
    // vLLM and DeepSeek keep 128 FP8 numbers and an fp32 scale: 132 bytes a token and layer.
    expect(cache.indexerBytes).toBe(61 * 132 * 1000);
  });

  it('stops at the window', () => {
    const full = 18 * 1024 * 2 * 32_768;
    expect(cacheOf('gpt-oss-120b', { tokens: 32_768 }).kvBytes).toBe(full + 18 * 1024 * 2 * 128);
    expect(cacheOf('gpt-oss-120b', { tokens: 32_768, hybridCache: false }).kvBytes).toBe(2 * full);
  });

  it('is a state of fixed size for recurrent layers', () => {
    const short = cacheOf('Qwen3.5-397B-A17B', { tokens: 1 });
    const long = cacheOf('Qwen3.5-397B-A17B', { tokens: 100_000, tp: 2 });
    expect(short.stateBytes).toBe(stateBytesPerSequence(short.model));
    expect(long.stateBytes).toBe(short.stateBytes / 2);
  });

  it('has an entry for each `ratio` tokens where it is compressed, beside a short window', () => {
    const { kvBytes } = cacheOf('DeepSeek-V4-Flash', { tokens: 12_800 });
    expect(kvBytes).toBe((43 * 128 * 512 + 21 * 3200 * 512 + 20 * 100 * 512) * 2);
  });
});
