import { describe, expect, it } from 'vitest';
import { chat, modelNamed, oneWorker, settingOf } from '../../../../test/support/serving.ts';
import { engines } from '../../../catalog/engines.ts';
import { estimateServing } from '../../serving.ts';
import type { ServingSetting } from '../../serving-result.ts';
import type { WorkerStrategy } from '../../strategy.ts';
import { cacheShares, gatheredPassBytes, partialBytes, stepRows } from './context-parallel.ts';
import { workerCosts } from './cost.ts';

const llama = modelNamed('llama-3.1-70b');
const generic = engines.generic;

function estimated(setting: ServingSetting, degrees: Partial<WorkerStrategy>) {
  const { maxConcurrency: _, ...worker } = { ...oneWorker, ...degrees };
  const result = estimateServing(setting, { mode: 'aggregated', ...worker });
  if (result.status !== 'feasible') throw new Error(JSON.stringify(result.rejections));
  return result.chosen.estimate;
}

describe('the parts of a cache', () => {
  it('are as many as cp without an engine', () => {
    expect(cacheShares({ engine: generic, model: llama }, 4)).toBe(4);
    expect(cacheShares({ engine: generic, model: llama }, 1)).toBe(1);
  });

  it('are one in vLLM, but for layers of sparse latent attention', () => {
    expect(cacheShares({ engine: engines.vllm, model: modelNamed('deepseek-v3') }, 2)).toBe(1);
    expect(cacheShares({ engine: engines.vllm, model: modelNamed('deepseek-v3.2') }, 2)).toBe(2);
  });
});

describe('what a pass over a prompt gathers', () => {
  const mixer = { kind: 'attention', heads: 64, kvHeads: 8, headDim: 128 } as const;
  const pass = { tokens: 100, prompts: 1, history: 50, tp: 8 };

  it('is its own tokens where each rank has the history, and the history too where it is shared out', () => {
    // One KV head of 8 on a rank: 2 · 128 elements a token, of two bytes.
    expect(gatheredPassBytes(mixer, llama, { ...pass, shares: 1 })).toBe(100 * 256 * 2);
    expect(gatheredPassBytes(mixer, llama, { ...pass, shares: 2 })).toBe(150 * 256 * 2);
  });

  it('is no more of the history than a window', () => {
    expect(gatheredPassBytes({ ...mixer, window: 20 }, llama, { ...pass, shares: 2 })).toBe(120 * 256 * 2);
  });

  it('is nothing of a layer that has no cache of its own', () => {
    expect(gatheredPassBytes({ ...mixer, sharesKv: true }, llama, { ...pass, shares: 2 })).toBe(0);
  });
});

describe('what decoding puts together', () => {
  it('is a log-sum-exp of each part and one sum of outputs, for each token and head', () => {
    const mixer = { kind: 'attention', heads: 64, kvHeads: 8, headDim: 128 } as const;
    // 3 tokens on 8 heads.
    expect(partialBytes(mixer, { tokens: 3, tp: 8, shares: 2 })).toEqual({
      logSumExps: 2 * 24 * 4,
      outputs: 24 * 128 * 2,
    });
    expect(partialBytes(mixer, { tokens: 3, tp: 8, shares: 1 })).toBeUndefined();
  });

  it('is in the latent space where MLA is absorbed', () => {
    const mixer = modelNamed('deepseek-v3.2').layers[0]?.mixer;
    if (mixer?.kind !== 'mla') throw new Error('no latent attention');
    // 128 heads over 8 ranks, a latent of 512.
    expect(partialBytes(mixer, { tokens: 1, tp: 8, shares: 4 })).toEqual({
      logSumExps: 4 * 16 * 4,
      outputs: 16 * 512 * 2,
    });
  });
});

it('a step has all that decodes on each cp rank, and a part of the prompts', () => {
  const engine = { batchTokens: 8192, maxSequences: 1024 };
  expect(stepRows(engine, 1)).toBe(8192);
  expect(stepRows(engine, 2)).toBe(1024 + 3584);
  expect(stepRows(engine, 3)).toBe(1024 + 2390);
  expect(stepRows({ batchTokens: 512, maxSequences: 1024 }, 4)).toBe(512);
});

describe('a worker of TP4 and CP2', () => {
  const setting = settingOf(llama, { engine: generic });
  const capacity = (degrees: Partial<WorkerStrategy>) =>
    workerCosts(setting).capacity({ ...oneWorker, ...degrees, replicas: 1 }, 'both');

  it('has half of each sequence on a rank, in as many whole pages as the other half', () => {
    // 2000 + ⌈0.6 · 500⌉ = 2300 tokens: 144 pages of 16 alone, 72 of 32 shared. 80 layers, 2 KV heads of 8, 2 · 128 elements, 2 bytes.
    expect(capacity({ tp: 4 }).bytesPerSequence).toBe(144 * 16 * 80 * 2 * 256 * 2);
    expect(capacity({ tp: 4, cp: 2 }).bytesPerSequence).toBe(72 * 16 * 80 * 2 * 256 * 2);
  });

  it('gathers KV, and works in fewer rows', () => {
    const [alone] = workerCosts(setting)
      .of({ ...oneWorker, tp: 4 })
      .memory('both');
    const [shared] = workerCosts(setting)
      .of({ ...oneWorker, tp: 4, cp: 2 })
      .memory('both');
    expect(alone?.account.messageBuffer).toBe(0);
    // A step of 8192 tokens; the only pass of a prompt has no history. 2 KV heads, 2 · 128 elements, 2 bytes.
    expect(shared?.account.messageBuffer).toBe(8192 * 2 * 256 * 2);
    expect(shared?.account.attentionWeight).toBe(alone?.account.attentionWeight);
    // 2048 of 8192 decode, and 3072 are half of the others: the residual of h 8192; what logits take, 6 bytes each, is the largest phase.
    const logits = 2048 * (2 * 8192 + 6 * 128256);
    expect([alone, shared].map((stage) => stage?.account.activation)).toEqual([
      8192 * 8192 * 2 + logits,
      5120 * 8192 * 2 + logits,
    ]);
  });

  it('does half of a prompt, and all of its own head', () => {
    const reading = { ...setting, workload: { ...chat, outputTokens: 1 } };
    const alone = estimated(reading, { tp: 4 }).compute.flopsPerGpu;
    const shared = estimated(reading, { tp: 4, cp: 2 }).compute.flopsPerGpu;
    const head = (2 * 8192 * 128256) / 4;
    expect(shared).toBeCloseTo((alone - head) / 2 + head, -4);
  });

  it('sends KV once a layer and pass, and what decoding read once a layer and step', () => {
    const { communication, load } = estimated(setting, { tp: 4, cp: 2 });
    const overCp = communication.perCollective.filter(({ group }) => group === 'cp');
    const told = overCp.map(({ op, purpose, messageBytes, calls }) => ({ op, purpose, messageBytes, calls }));
    const n = load.sequences;
    expect(told).toEqual([
      { op: 'allGather', purpose: 'log-sum-exps (decode)', messageBytes: 2 * n * 16 * 4, calls: 80 },
      { op: 'allReduce', purpose: 'partial attention (decode)', messageBytes: n * 16 * 128 * 2, calls: 80 },
      {
        op: 'allGather',
        purpose: 'kv (prefill)',
        messageBytes: 2000 * 2 * 256 * 2,
        calls: 80 * (load.promptTokens / 2000),
      },
    ]);
    const bytesOf = (purpose: string) =>
      communication.perCollective.find((use) => use.purpose === purpose && use.group === 'tp')?.messageBytes;
    expect(bytesOf('attention (decode)')).toBe(n * 8192 * 2);
    expect(bytesOf('attention (prefill)')).toBe(1000 * 8192 * 2);
  });

  it('reads prompts of 120,000 tokens in 6 of 10 of the time, and writes no slower', () => {
    const workload = { ...chat, inputTokens: 120_000, load: { kind: 'concurrency', concurrency: 1 } as const };
    const long = settingOf(llama, { engine: generic, workload });
    const alone = estimated(long, { tp: 4 }).time;
    const shared = estimated(long, { tp: 4, cp: 2 }).time;
    expect(shared.ttft.mean / alone.ttft.mean).toBeGreaterThan(0.5);
    expect(shared.ttft.mean / alone.ttft.mean).toBeLessThan(0.65);
    expect(shared.tpot.mean / alone.tpot.mean).toBeGreaterThan(0.9);
    expect(shared.tpot.mean / alone.tpot.mean).toBeLessThan(1.05);
  });
});

describe('experts of DeepSeek-V3 on TP4 and CP2', () => {
  const model = modelNamed('deepseek-v3');
  const cluster = { ...settingOf(model).cluster, gpu: { ...settingOf(model).cluster.gpu, memoryBytes: 141 * 1e9 } };
  const setting = settingOf(model, { cluster });
  const { communication, load } = estimated(setting, { tp: 4, cp: 2, ep: 8 });
  const rowsOf = (flow: string) =>
    communication.perCollective
      .filter(({ purpose }) => /dispatch|combine|experts|shared/.test(purpose) && purpose.endsWith(`(${flow})`))
      .map(({ op, group, purpose, messageBytes }) => [op, group, purpose.split(' ')[0], messageBytes]);

  it('are summed where all ranks have the tokens: over tp and over cp', () => {
    const bytes = load.sequences * 7168 * 2;
    expect(rowsOf('decode')).toEqual([
      ['allReduce', 'cp', 'experts', bytes],
      ['allReduce', 'tp', 'experts', bytes],
    ]);
  });

  it('get the tokens of a prompt, which lie in two parts, by an exchange', () => {
    // Each of the 8 ranks has an eighth of 2000 tokens to send, and gathers all: FP8 there, BF16 back.
    expect(rowsOf('prefill')).toEqual([
      ['allReduce', 'tp', 'shared', 1000 * 7168 * 2],
      ['allGather', 'ep', 'dispatch', 2000 * 7168],
      ['reduceScatter', 'ep', 'combine', 2000 * 7168 * 2],
    ]);
  });
});
