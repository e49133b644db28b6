import { describe, expect, it } from 'vitest';
import { referenceModel, referenceProblem, uniformPrecision } from '../../../test/support/problems.ts';
import type { Model } from '../model.ts';
import { kvElementsPerToken, parameterTotals } from '../parameters.ts';
import type { Strategy } from '../strategy.ts';
import { batchCost } from './batch.ts';

const mib = 2 ** 20;
const one: Strategy = { tp: 1, cp: 1, dp: 1, pp: 1, ep: 1, etp: 1, replicas: 1, microBatchSize: 1 };

/** meta-llama/Llama-3.1-8B config.json. */
const llama: Model = {
  name: 'Llama-3.1-8B',
  hiddenSize: 4096,
  layers: [
    {
      count: 32,
      mixer: { kind: 'attention', heads: 32, kvHeads: 8, headDim: 128 },
      dense: { intermediateSize: 14336, matrices: 3 },
    },
  ],
  vocabulary: { size: 128256, tied: false },
  precision: uniformPrecision('bf16'),
};

const mla = {
  kind: 'mla',
  heads: 128,
  queryRank: 1536,
  kvRank: 512,
  nopeDim: 128,
  ropeDim: 64,
  valueDim: 128,
} as const;
/** deepseek-ai/DeepSeek-V3 config.json, without its MTP layer. The latents' norms (61 · (1536 + 512)) are left out of a bare spec. */
const deepseek: Model = {
  name: 'DeepSeek-V3',
  hiddenSize: 7168,
  layers: [
    { count: 3, mixer: mla, dense: { intermediateSize: 18432, matrices: 3 } },
    {
      count: 58,
      mixer: mla,
      moe: { experts: 256, expertsPerToken: 8, intermediateSize: 2048, matrices: 3, sharedIntermediateSize: 2048 },
    },
  ],
  vocabulary: { size: 129280, tied: false },
  precision: uniformPrecision('fp8'),
};

describe('memory of the reference strategy', () => {
  const strategy: Strategy = { ...one, tp: 2, dp: 64, ep: 64, etp: 2, microBatchSize: 2 };
  const { account } = batchCost(referenceProblem).memory(strategy);

  it('has the physical account of its weights and cache: 32 MiB each of attention, experts and KV', () => {
    expect(account.attentionWeight).toBe(32 * mib);
    expect(account.expertWeight).toBe(32 * mib);
    expect(account.kvCache).toBe(32 * mib);
    expect(account.routerWeight).toBe(1 * mib);
  });

  it('peaks in attention: residual share 2 MiB, and t·(h + 2·1536 + 2·512 + 2·1024) = 14 MiB', () => {
    expect(account.activation).toBe(16 * mib);
  });

  it('stages dispatch and combine in 1024 · 1024 · (1 + 2) bytes', () => {
    expect(account.messageBuffer).toBe(3 * mib);
  });

  it('adds up', () => {
    const { total, runtimeReserve: _, ...parts } = account;
    expect(total).toBe(Object.values(parts).reduce((sum, part) => sum + part, 0));
  });
});

describe('parameters', () => {
  it('of Llama-3.1-8B are 8,030,261,248, and its cache 65,536 elements a token', () => {
    expect(parameterTotals(llama).total).toBe(8_030_261_248);
    expect(parameterTotals(llama).active).toBe(8_030_261_248);
    expect(kvElementsPerToken(llama)).toBe(65_536);
  });

  it('of DeepSeek-V3 are 671.03 B, 37.55 B of them active, and its cache 35,136 elements a token', () => {
    expect(parameterTotals(deepseek).total / 1e9).toBeCloseTo(671.03, 2);
    expect(parameterTotals(deepseek).active / 1e9).toBeCloseTo(37.55, 2);
    expect(kvElementsPerToken(deepseek)).toBe(35_136);
  });
});

describe('memory per rank', () => {
  const problem = {
    ...referenceProblem,
    model: llama,
    workload: { kind: 'batch' as const, batchSize: 8, sequenceLength: 2048 },
  };

  it('copies KV heads once tp exceeds them', () => {
    const at = (tp: number) => batchCost(problem).memory({ ...one, tp, microBatchSize: 8 }).account;
    expect(at(16).kvCache).toBe(at(8).kvCache);
    expect(at(8).kvCache).toBe(at(4).kvCache / 2);
  });

  it('puts the embedding on the first stage and the LM head on the last', () => {
    const cost = batchCost(problem);
    const table = 128256 * 4096 * 2;
    const whole = cost.memory({ ...one, microBatchSize: 8 }).account;
    expect(whole.embeddingWeight).toBe(2 * table);
    expect(cost.memory({ ...one, pp: 2 }).account.embeddingWeight).toBe(table);
  });

  it('keeps a tied table once on one stage, and on both ends of a pipeline', () => {
    const tied = { ...problem, model: { ...llama, vocabulary: { size: 128256, tied: true } } };
    const cost = batchCost(tied);
    const table = 128256 * 4096 * 2;
    expect(cost.memory({ ...one, microBatchSize: 8 }).account.embeddingWeight).toBe(table);
    const last = cost.memory({ ...one, pp: 2 });
    expect(last.account.embeddingWeight).toBe(table);
    // The last stage has the final norm beside its copy, so it is the largest.
    expect(last.stage).toBe(1);
  });

  it('keeps an MLA latent whole on every TP rank', () => {
    const latent = { ...problem, model: deepseek };
    const at = (tp: number) =>
      batchCost(latent).memory({ ...one, tp, ep: 1, etp: tp, microBatchSize: 8 }).account.kvCache;
    expect(at(8)).toBe(at(1));
    expect(at(1)).toBe(8 * 2048 * 35_136);
  });

  it('names the largest of uneven stages: 16 layers over 3 stages are 6, 5 and 5', () => {
    const cost = batchCost({ ...referenceProblem, model: referenceModel });
    const { account, stage } = cost.memory({ ...one, pp: 3, dp: 2, microBatchSize: 1 });
    expect(stage).toBe(0);
    expect(account.expertWeight).toBe(6 * 64 * 2 * 1024 * 2048);
  });
});
