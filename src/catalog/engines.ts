/** Serving engines as data: rules of batching and memory from their sources, seconds fitted to served runs. */
import type { Engine, EngineName, EngineTimes } from '../planner/engine.ts';
import { rankLayouts } from '../planner/placement.ts';

const gib = 2 ** 30;

const times: EngineTimes = {
  floorShare: 0.35,
  promptSlowdown: 1.06,
  stepOverhead: 0.00092,
  passOverhead: 0.003,
  perSequence: 7.5e-6,
  requestOverhead: 0.006,
  latentOverhead: 0.15,
  prefillWait: 1,
  burst: 1.3,
  scatter: 0.1,
};

export const engines: Readonly<Record<EngineName | 'generic', Engine>> = {
  vllm: {
    name: 'vllm',
    rankLayout: rankLayouts.vllm,
    memory: {
      basis: 'total',
      fraction: 0.92,
      overheadAlone: 0.27 * gib,
      overheadWithCollectives: 2.17 * gib,
      logitBytes: 15.5,
      blockTokens: 16,
      outputReserve: 0.6,
    },
    batchTokens: 8192,
    maxSequences: 1024,
    nativeFp8Cache: false,
    exchange: 'allgather',
    times: {
      ...times,
      stepOverhead: 0.0012,
      requestOverhead: 0.022,
      prefillWait: 0.2,
    },
  },
  sglang: {
    name: 'sglang',
    rankLayout: rankLayouts.sglang,
    memory: {
      basis: 'static',
      fraction: 0.88,
      overheadAlone: 0.27 * gib,
      overheadWithCollectives: 2.17 * gib,
      logitBytes: 6,
      blockTokens: 1,
      outputReserve: 0.6,
    },
    batchTokens: 8192,
    maxSequences: 2048,
    nativeFp8Cache: false,
    exchange: 'deepep',
    times: {
      ...times,
      stepOverhead: 0.0022,
      requestOverhead: 0.12,
    },
  },
  'tensorrt-llm': {
    name: 'tensorrt-llm',
    rankLayout: rankLayouts['tensorrt-llm'],
    memory: {
      basis: 'free',
      fraction: 0.9,
      overheadAlone: 2 * gib,
      overheadWithCollectives: 3 * gib,
      logitBytes: 6,
      blockTokens: 32,
      outputReserve: 1,
    },
    batchTokens: 8192,
    maxSequences: 2048,
    nativeFp8Cache: true,
    exchange: 'deepep',
    times,
  },
  generic: {
    name: 'generic',
    rankLayout: rankLayouts.megatron,
    memory: {
      basis: 'total',
      fraction: 0.9,
      overheadAlone: 0.27 * gib,
      overheadWithCollectives: 2.17 * gib,
      logitBytes: 6,
      blockTokens: 16,
      outputReserve: 0.6,
    },
    batchTokens: 8192,
    maxSequences: 2048,
    nativeFp8Cache: true,
    exchange: 'deepep',
    times,
  },
};
