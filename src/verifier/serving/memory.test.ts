/** Bytes of one worker, computed on paper from docs/accounting.md, and what vLLM itself reports. */
import { describe, expect, it } from 'vitest';
import { gib, modelNamed, oneWorker, settingOf } from '../../../test/support/serving.ts';
import { engines } from '../../catalog/engines.ts';
import type { EngineMemory } from '../../planner/engine.ts';
import type { WorkerStrategy } from '../../planner/strategy.ts';
import type { ServingVerifierSetting } from './claim.ts';
import { deriveWorker, tightest } from './derive.ts';
import { workersOf } from './worker.ts';

function workerIn(setting: ServingVerifierSetting, strategy: WorkerStrategy = oneWorker) {
  const [worker] = workersOf(setting, { strategy: { mode: 'aggregated', ...strategy } });
  if (!worker) throw new Error('no worker');
  return deriveWorker(worker);
}

function poolOf(setting: ServingVerifierSetting, strategy?: WorkerStrategy): number {
  return tightest(workerIn(setting, strategy))?.pool ?? Number.NaN;
}

const { vllm } = engines;
const withMemory = (change: Partial<EngineMemory>) => ({ ...vllm, memory: { ...vllm.memory, ...change } });
/** The knobs of the measured run, whatever the catalog's defaults are. */
const measured = {
  ...withMemory({
    basis: 'total',
    fraction: 0.95,
    overheadAlone: 0.27 * gib,
    logitBytes: 15.5,
    blockTokens: 16,
    outputReserve: 0.6,
  }),
  batchTokens: 8192,
  maxSequences: 1024,
};
const llama = settingOf(modelNamed('Llama-3.1-8B'), { engine: measured });

describe('Llama-3.1-8B in bf16 on one H100 under vllm', () => {
  it('has the weights, activations and cache that the formulas give on paper', () => {
    const { memory } = workerIn(llama).derived.largest;
    const weights = 8_030_261_248 * 2;
    const residual = 8192 * 4096 * 2;
    const logits = 1024 * (2 * 4096 + 15.5 * 128_256);
    // 32 layers of 8 heads of 128, keys and values, in bf16; 2000 and six tenths of 500 tokens are 144 pages of 16.
    const kvCache = 16 * 2304 * 32 * 8 * 2 * 128 * 2;
    expect(memory.activation).toBe(residual + logits);
    expect(memory.messageBuffer).toBe(0);
    expect(memory.kvCache).toBe(kvCache);
    expect(memory.total).toBe(weights + residual + logits + kvCache);
    const pool = 0.95 * 79.19 * gib - 0.27 * gib - weights - residual - logits;
    expect(Math.abs(poolOf(llama) - pool)).toBeLessThan(1);
    expect(memory.runtimeReserve).toBe(Math.ceil(79.19 * gib - weights - residual - logits - pool));
  });

  it('has the KV pool that vLLM reports, 58.11 GiB and 476,016 tokens, within 3 %', () => {
    const pool = poolOf(llama);
    expect(pool / gib / 58.11).toBeGreaterThan(0.97);
    expect(pool / gib / 58.11).toBeLessThan(1.03);
    const tokens = pool / (32 * 8 * 2 * 128 * 2);
    expect(tokens / 476_016).toBeGreaterThan(0.97);
    expect(tokens / 476_016).toBeLessThan(1.03);
  });
});

describe('the memory knob', () => {
  const all = 79.19 * gib;
  const weights = 8_030_261_248 * 2;
  const step = workerIn(llama).derived.largest.memory.activation;

  it.each([
    ['total', 0.9 * all - 0.27 * gib - weights - step],
    ['static', Math.min(0.9 * all - weights, all - 0.27 * gib - weights - step)],
    ['free', 0.9 * (all - 0.27 * gib - weights - step)],
  ] as const)('is a share of another base for %s', (basis, pool) => {
    const engine = { ...measured, memory: { ...measured.memory, basis, fraction: 0.9 } };
    expect(Math.abs(poolOf({ ...llama, engine }) - pool)).toBeLessThan(1);
  });

  it('leaves less where something is to stay free', () => {
    const constraints = { degrees: {}, memoryFree: gib };
    expect(poolOf(llama) - poolOf({ ...llama, constraints })).toBeCloseTo(gib, 0);
  });

  it('counts the collectives’ buffers as soon as there are any, but not for stages alone', () => {
    const inGib = (strategy: Partial<WorkerStrategy>) => {
      const given = workerIn(llama, { ...oneWorker, ...strategy });
      const [first] = given.memories;
      const { account, pool } = first ?? { account: undefined, pool: 0 };
      if (!account) throw new Error('no stage');
      return (0.95 * all - (account.total - account.kvCache) - pool) / gib;
    };
    expect(inGib({ tp: 2 })).toBeCloseTo(2.17, 9);
    expect(inGib({ pp: 2 })).toBeCloseTo(0.27, 9);
  });
});

describe('a worker of experts', () => {
  it('holds redundant slots, and pads a vocabulary that does not divide', () => {
    const model = modelNamed('Qwen3-30B-A3B');
    const spare = { ...oneWorker, dp: 4, ep: 4, redundantExperts: 4 };
    const plain = workerIn(settingOf(model), { ...spare, redundantExperts: 0 }).derived.largest.memory;
    const redundant = workerIn(settingOf(model), spare).derived.largest.memory;
    expect(redundant.expertWeight / plain.expertWeight).toBeCloseTo(132 / 128, 12);
    const odd = { ...model, vocabulary: { size: 1001, tied: false } };
    const padded = workerIn(settingOf(odd), { ...oneWorker, tp: 2, etp: 2 }).derived.largest.memory;
    // 1001 is padded to 1024: 512 rows of the table and of the head on each of two ranks.
    expect(padded.embeddingWeight).toBe(2 * 512 * model.hiddenSize * 2);
  });
});
