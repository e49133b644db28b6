/** Each engine's own rules broken one by one, halves told apart, and what the steady state must not claim. */
import { describe, expect, it } from 'vitest';
import { chat, modelNamed, oneWorker, settingOf } from '../../../test/support/serving.ts';
import { engines } from '../../catalog/engines.ts';
import type { EngineName } from '../../planner/engine.ts';
import { estimateServing } from '../../planner/serving.ts';
import type { WorkerStrategy } from '../../planner/strategy.ts';
import type { ServingWorkload } from '../../planner/workload.ts';
import { type ServingClaim, type ServingVerifierSetting, verifyServing } from './verify.ts';

const dense = modelNamed('Llama-3.1-8B');
const moe = modelNamed('Qwen3-30B-A3B');

function failing(setting: ServingVerifierSetting, claim: ServingClaim): readonly string[] {
  const { verdict, checks } = verifyServing(setting, claim, { provedBest: true });
  const failed = checks.filter(({ status }) => status !== 'pass').map(({ id }) => id);
  expect(verdict).toBe(failed.length === 0 ? 'optimal' : 'invalid');
  return failed.filter((id) => id !== 'overall');
}

function asked(name: EngineName | 'generic', strategy: Partial<WorkerStrategy>, model = moe): readonly string[] {
  const setting = settingOf(model, { engine: engines[name] });
  return failing(setting, { strategy: { mode: 'aggregated', ...oneWorker, ...strategy } });
}

describe('what an engine can be told', () => {
  it.each([
    ['vllm', { tp: 2, dp: 2, ep: 4 }],
    ['vllm', { tp: 2, dp: 2, etp: 4 }],
    ['vllm', { tp: 2, dp: 2, ep: 4, redundantExperts: 4 }],
    ['sglang', { tp: 2, dp: 2, ep: 2, etp: 2 }],
    ['tensorrt-llm', { tp: 4, ep: 2, etp: 2 }],
    ['tensorrt-llm', { dp: 4, ep: 4 }],
    ['generic', { tp: 2, dp: 2, ep: 2, etp: 2 }],
  ] as const)('%s takes %j', (name, strategy) => {
    expect(asked(name, strategy)).toEqual([]);
  });

  it.each([
    ['vllm', { tp: 2, dp: 2, ep: 2, etp: 2 }],
    ['vllm', { tp: 2, dp: 2, ep: 2 }],
    ['vllm', { tp: 4, etp: 4, redundantExperts: 4 }],
    ['sglang', { tp: 4, ep: 2 }],
    ['tensorrt-llm', { tp: 2, dp: 2, ep: 4 }],
    ['tensorrt-llm', { tp: 2, etp: 2, redundantExperts: 2 }],
    ['generic', { tp: 4, ep: 2 }],
    ['vllm', { maxConcurrency: engines.vllm.maxSequences + 1 }],
  ] as const)('%s refuses %j', (name, strategy) => {
    expect(asked(name, strategy)).toContain('engine-rules');
  });

  it.each(['vllm', 'sglang', 'tensorrt-llm'] as const)('%s serves a dense model by replicas alone', (name) => {
    expect(asked(name, { replicas: 2, maxConcurrency: 32 }, dense)).toEqual([]);
    expect(asked(name, { dp: 2 }, dense)).toContain('engine-rules');
  });

  it('takes no context parallelism under sglang, no experts without a mixture, and whole slots alone', () => {
    expect(asked('sglang', { cp: 2, etp: 2 })).toContain('engine-rules');
    expect(asked('generic', { redundantExperts: 1 }, dense)).toContain('engine-rules');
    expect(asked('vllm', { dp: 8, ep: 8, redundantExperts: 1 })).toContain('divisibility');
  });
});

describe('two kinds of worker', () => {
  const setting = settingOf(moe, { engine: engines.sglang });
  const worker = { ...oneWorker, dp: 4, ep: 4 };
  const result = estimateServing(setting, {
    mode: 'disaggregated',
    prefill: { ...worker, maxConcurrency: 4 },
    decode: { ...worker, tp: 2, ep: 8, replicas: 2 },
  });
  if (result.status !== 'feasible') throw new Error(JSON.stringify(result));
  const { strategy, estimate } = result.chosen;

  it('pass, each told with its half', () => {
    expect(failing(setting, { strategy, estimate, modules: result.modules })).toEqual([]);
    const { checks } = verifyServing(setting, { strategy, estimate }, { provedBest: false });
    const memory = checks.find(({ id }) => id === 'memory-efficiency');
    expect(memory?.explanation).toMatch(/Prefill workers: .*Decode workers: /s);
    expect(checks.find(({ id }) => id === 'gpu-count')).toMatchObject({ expected: 20, actual: 20 });
  });

  it('share no GPU, and stay in the cluster', () => {
    const one = { ...setting, cluster: { ...setting.cluster, nodes: 2 } };
    expect(failing(one, { strategy })).toContain('gpu-count');
    // The decode workers start on GPU 4: prefill workers have 0 to 3.
    const placements = { decode: { gpus: Array.from({ length: 16 }, (_, rank) => rank) } };
    expect(failing(setting, { strategy, placements })).toContain('gpu-count');
  });

  it('fail where one half does, or where the whole is not what the halves are', () => {
    const { halves } = estimate;
    if (!halves) throw new Error('no halves');
    const { prefill } = halves;
    const perGpu = { ...prefill.memory.perGpu, kvCache: prefill.memory.perGpu.kvCache + 1 };
    const wrong = {
      ...estimate,
      halves: { ...halves, prefill: { ...prefill, memory: { ...prefill.memory, perGpu } } },
    };
    expect(failing(setting, { strategy, estimate: wrong })).toEqual(['memory-efficiency']);
    const load = { ...estimate.load, sequences: estimate.load.sequences * 2 };
    expect(failing(setting, { strategy, estimate: { ...estimate, load } })).toEqual(['steady-state']);
  });
});

describe('the steady state', () => {
  const setting = settingOf(dense);
  const result = estimateServing(setting, { mode: 'aggregated', ...oneWorker });
  if (result.status !== 'feasible') throw new Error(JSON.stringify(result));
  const { strategy, estimate } = result.chosen;
  const { time, throughput } = estimate;
  const claiming = (change: object, slo = {}) =>
    failing({ ...setting, workload: { ...chat, slo } }, { strategy, estimate: { ...estimate, ...change } });

  it('passes as it is, and within its objective', () => {
    expect(claiming({})).toEqual([]);
    expect(claiming({}, { ttft: time.ttft.mean, tpot: time.tpot.mean })).toEqual([]);
  });

  it('keeps to Little’s law, to rates and to the objective', () => {
    const { requestsPerSecond, tokensPerSecond } = throughput;
    const twice = { ...throughput, requestsPerSecond: 2 * requestsPerSecond, tokensPerSecond: 2 * tokensPerSecond };
    expect(claiming({ throughput: twice })).toEqual(['steady-state']);
    expect(claiming({ throughput: { ...throughput, tokensPerSecondPerUser: 1 } })).toEqual(['steady-state']);
    expect(claiming({}, { ttft: time.ttft.mean / 2 })).toEqual(['steady-state']);
    expect(claiming({}, { tpot: time.tpot.mean / 2 })).toEqual(['steady-state']);
  });

  it('is none where requests come faster than they are answered', () => {
    const workload: ServingWorkload = { ...chat, load: { kind: 'rate', requestsPerSecond: 1000 } };
    const full = estimateServing({ ...setting, workload }, { mode: 'aggregated', ...oneWorker });
    if (full.status !== 'feasible') throw new Error(JSON.stringify(full));
    expect(full.warnings.join()).toContain('faster than this strategy answers them');
    const { checks } = verifyServing({ ...setting, workload }, full.chosen, { provedBest: false });
    const failed = checks.filter(({ status }) => status !== 'pass');
    expect(failed.map(({ id }) => id)).toEqual(['steady-state', 'overall']);
    expect(failed[0]?.explanation).toMatch(/^1000 requests come a second, and .* are answered, .* % of them/);
  });

  it('is none where prompts come faster than prefill workers read them', () => {
    const workload: ServingWorkload = { ...chat, load: { kind: 'rate', requestsPerSecond: 1 } };
    const halves = { prefill: oneWorker, decode: oneWorker };
    const found = estimateServing({ ...setting, workload }, { mode: 'disaggregated', ...halves });
    if (found.status !== 'feasible') throw new Error(JSON.stringify(found));
    const { strategy: both, estimate: kept } = found.chosen;
    expect(failing({ ...setting, workload }, { strategy: both, estimate: kept })).toEqual([]);
    const { prefill, decode } = kept.halves ?? {};
    const slow = { ...prefill, time: { ...prefill?.time, step: 1.1 } };
    const claim = { strategy: both, estimate: { ...kept, halves: { prefill: slow, ...(decode && { decode }) } } };
    const { checks } = verifyServing({ ...setting, workload }, claim, { provedBest: false });
    const check = checks.find(({ id }) => id === 'steady-state');
    expect(check?.status).toBe('fail');
    expect(check?.explanation).toContain('that the prefill workers read');
  });

  it('is no faster than weights can be read', () => {
    // 16 GB at 3.35 TB/s are 4.8 ms.
    const tpot = { ...time.tpot, mean: 0.004, interval: [0, 1] as const };
    const { checks } = verifyServing(setting, { strategy, estimate: { time: { tpot } } }, { provedBest: false });
    expect(checks.find(({ id }) => id === 'steady-state')?.explanation).toContain('A TPOT of 4 ms is shorter');
  });
});
