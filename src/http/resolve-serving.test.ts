import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { usualLengthSpread } from '../planner/workload.ts';
import { resolveEstimateRequest, resolvePlanRequest, resolveVerificationRequest } from './resolve.ts';
import { EstimateRequest, PlanRequest, VerificationRequest } from './schemas/request.ts';

const isPlan = Compile(PlanRequest);
const isEstimate = Compile(EstimateRequest);
const isVerification = Compile(VerificationRequest);

const workload = { kind: 'serving', inputTokens: 4000, outputTokens: 500, concurrency: 64 };
const dense = {
  cluster: { nodes: 1, gpusPerNode: 8, gpu: 'h100-sxm' },
  model: { catalog: 'llama-3.1-70b', precision: 'fp8' },
  workload,
};
const moe = { ...dense, cluster: { nodes: 4, gpusPerNode: 8, gpu: 'h200-sxm' }, model: 'deepseek-v3' };
const batch = { ...dense, workload: { kind: 'batch', batchSize: 8, sequenceLength: 1024 } };
const apart = { mode: 'disaggregated', prefill: { strategy: { tp: 8 } }, decode: { strategy: { tp: 8 } } };

const planOf = (change: object) => resolvePlanRequest(isPlan.Parse({ ...dense, ...change }));
const estimateOf = (change: object) => resolveEstimateRequest(isEstimate.Parse({ ...dense, strategy: {}, ...change }));

function servingPlan(change: object) {
  const result = planOf(change);
  if (result.kind === 'invalid' || result.workload === 'batch') throw new Error(JSON.stringify(result));
  return { ...result, assumed: Object.fromEntries(result.assumptions.map(({ path, value }) => [path, value])) };
}

function servingStrategy(change: object) {
  const result = estimateOf(change);
  if (result.kind === 'invalid' || result.workload === 'batch') throw new Error(JSON.stringify(result));
  return { ...result, assumed: Object.fromEntries(result.assumptions.map(({ path, value }) => [path, value])) };
}

const faultsOf = (result: {
  readonly kind: string;
  readonly errors?: readonly { pointer: string; detail: string }[];
}) => result.errors ?? [];

describe('a workload for serving', () => {
  it.each([
    [{ concurrency: 64 }, { kind: 'concurrency', concurrency: 64 }],
    [{ requestsPerSecond: 2.5 }, { kind: 'rate', requestsPerSecond: 2.5 }],
    [{ saturated: true }, { kind: 'saturated' }],
    [{ staticBatch: 16 }, { kind: 'static', batch: 16 }],
  ])('%j is one kind of load', (load, expected) => {
    const { problem } = servingPlan({ workload: { kind: 'serving', inputTokens: 1000, outputTokens: 100, ...load } });
    expect(problem.workload.load).toEqual(expected);
  });

  it('comes out in SI, what it leaves out filled in and listed', () => {
    const { problem, assumed } = servingPlan({
      ...moe,
      workload: { ...workload, slo: { ttftMs: 4000, tpotMs: 60 }, speculative: { tokens: 2, acceptance: 0.8 } },
    });
    expect(problem.workload).toEqual({
      kind: 'serving',
      inputTokens: 4000,
      outputTokens: 500,
      lengthSpread: usualLengthSpread,
      load: { kind: 'concurrency', concurrency: 64 },
      slo: { ttft: 4, tpot: 0.06 },
      prefixCacheHitRate: 0,
      speculation: { tokens: 2, acceptance: 0.8 },
      routing: { kind: 'usual' },
    });
    expect(assumed).toMatchObject({
      '/workload/lengthSpread': usualLengthSpread,
      '/workload/prefixCacheHitRate': 0,
      '/workload/routing': 'usual',
      '/engine': 'generic',
      '/engineSettings/memoryFraction': 0.9,
      '/engineSettings/maxBatchTokens': 8192,
      '/engineSettings/maxSequences': 2048,
      '/objective': 'balance',
      '/options/modes': 'aggregated, disaggregated',
      '/options/top': 5,
      '/constraints/memoryFreeGiB': 0,
    });
  });

  it('assumes how far lengths differ where somebody waits for others, and nothing where nobody does', () => {
    const { concurrency: _, ...lengths } = workload;
    const of = (load: object) => {
      const { problem, assumed } = servingPlan({ ...dense, workload: { ...lengths, ...load } });
      return [problem.workload.lengthSpread, assumed['/workload/lengthSpread']];
    };
    expect(of({ concurrency: 8 })).toEqual([usualLengthSpread, usualLengthSpread]);
    expect(of({ requestsPerSecond: 1 })).toEqual([0, 0]);
    expect(of({ saturated: true })).toEqual([0, undefined]);
    expect(of({ staticBatch: 8 })).toEqual([0, undefined]);
    expect(of({ requestsPerSecond: 1, lengthSpread: 0.3 })).toEqual([0.3, undefined]);
  });

  it('takes a confidence where there is a bound to be sure of', () => {
    const of = (slo: object) => planOf({ ...dense, workload: { ...workload, slo } });
    const { problem } = servingPlan({ ...dense, workload: { ...workload, slo: { tpotMs: 25, confidence: 0.9 } } });
    expect(problem.workload.slo).toEqual({ tpot: 0.025, confidence: 0.9 });
    expect(faultsOf(of({ confidence: 0.9 }))).toEqual([
      { pointer: '/workload/slo/confidence', detail: expect.stringMatching(/no bound to be sure of/) },
    ]);
    expect(faultsOf(of({ ttftMs: 900, confidence: 0.9 }))).toEqual([]);
  });

  it('refuses a static batch of lengths that differ', () => {
    const { concurrency: _, ...lengths } = workload;
    const faults = (lengthSpread: number) =>
      faultsOf(planOf({ ...dense, workload: { ...lengths, staticBatch: 8, lengthSpread } }));
    expect(faults(0.1)).toEqual([
      { pointer: '/workload/lengthSpread', detail: expect.stringMatching(/contradicts staticBatch/), allowed: [0] },
    ]);
    expect(faults(0)).toEqual([]);
  });

  it('lists nothing that the request says', () => {
    const { assumed } = servingPlan({
      ...moe,
      workload: { ...workload, lengthSpread: 0, prefixCacheHitRate: 0.5, routing: { zipf: 1 } },
      engine: 'vllm',
      engineSettings: { memoryFraction: 0.8, maxBatchTokens: 2048, maxSequences: 256 },
      options: { modes: ['aggregated'], top: 1 },
    });
    const paths = Object.keys(assumed);
    expect(paths.filter((path) => /^\/(workload|engine|engineSettings|options)/.test(path))).toEqual([]);
  });

  it.each([
    [{ loads: [1, 2] }, moe, '/workload/routing/loads', /2 numbers for the 256 experts/],
    [{ loads: Array.from({ length: 256 }, () => 0) }, moe, '/workload/routing/loads', /all 0/],
    [{ zipf: 1 }, dense, '/workload/routing', /which is dense/],
  ])('routing %j contradicts the model', (routing, request, pointer, detail) => {
    const faults = faultsOf(planOf({ ...request, workload: { ...workload, routing } }));
    expect(faults).toEqual([expect.objectContaining({ pointer, detail: expect.stringMatching(detail) })]);
  });

  it('takes one load an expert', () => {
    const loads = Array.from({ length: 256 }, (_, i) => i);
    const { problem } = servingPlan({ ...moe, workload: { ...workload, routing: { loads } } });
    expect(problem.workload.routing).toEqual({ kind: 'loads', loads });
  });

  it('is refused where its bytes cannot be counted', () => {
    const huge = { ...workload, inputTokens: 1e7, concurrency: 1e7 };
    expect(faultsOf(planOf({ workload: huge }))[0]).toMatchObject({ pointer: '/workload' });
  });
});

describe('an engine', () => {
  it.each(['vllm', 'sglang', 'tensorrt-llm'])('%s brings its own rank order and memory knob', (engine) => {
    const { problem, assumptions } = servingPlan({ engine, engineSettings: { memoryFraction: 0.5 } });
    expect(problem.engine).toMatchObject({ name: engine, memory: { fraction: 0.5 } });
    const why = assumptions.find(({ path }) => path === '/engineSettings/maxSequences')?.why;
    expect(why).toContain(`the default of ${engine}`);
  });

  it('goes with serving alone, as its settings and modes do', () => {
    const faults = faultsOf(
      planOf({ ...batch, engine: 'vllm', engineSettings: {}, options: { modes: ['aggregated'] } }),
    );
    expect(faults.map(({ pointer }) => pointer)).toEqual(['/engine', '/engineSettings', '/options/modes']);
  });
});

describe('modes', () => {
  it('are those asked for, once and in one order', () => {
    const modes = ['disaggregated', 'aggregated'];
    expect(servingPlan({ options: { modes } }).problem.modes).toEqual(['aggregated', 'disaggregated']);
    expect(servingPlan({ options: { modes: ['disaggregated'] } }).problem.modes).toEqual(['disaggregated']);
  });

  it.each([
    ['one GPU', { cluster: { nodes: 1, gpusPerNode: 1, gpu: 'h100-sxm' } }],
    ['one token', { workload: { ...workload, outputTokens: 1 } }],
  ])('%s leaves one of them', (_, change) => {
    expect(servingPlan(change).problem.modes).toEqual(['aggregated']);
    expect(faultsOf(planOf({ ...change, options: { modes: ['disaggregated'] } }))).toEqual([
      expect.objectContaining({ pointer: '/options/modes', allowed: ['aggregated'] }),
    ]);
  });
});

describe('constraints of serving', () => {
  it('take what only a batch contradicts', () => {
    const { problem } = servingPlan({
      ...moe,
      constraints: { replicas: { min: 2 }, dp: 16, ep: 16, gpus: { min: 32 } },
    });
    expect(problem.constraints.degrees).toMatchObject({ replicas: { min: 2 }, dp: { min: 16, max: 16 } });
  });

  it.each([
    [{ tp: 7 }, '/constraints/tp'],
    [{ pp: 81 }, '/constraints/pp'],
    [{ ep: 2 }, '/constraints/ep'],
    [{ tp: 8, replicas: 2 }, '/constraints'],
    [{ tp: 2, dp: 1, cp: 1, pp: 1, replicas: 1, gpus: { min: 5 } }, '/constraints/gpus'],
  ])('%j contradict the request on any hardware', (constraints, pointer) => {
    expect(faultsOf(planOf({ constraints })).map((fault) => fault.pointer)).toContain(pointer);
  });

  it('bound two kinds of worker', () => {
    const bounds = { tp: 4, dp: 1, cp: 1, pp: 1, replicas: 1 };
    expect(faultsOf(planOf({ constraints: { ...bounds, gpus: { min: 8 } } }))).toEqual([]);
  });
});

describe('a strategy for serving', () => {
  it('has one copy of each expert unless it says otherwise', () => {
    const { strategy, assumed } = servingStrategy({ ...moe, strategy: { tp: 2, dp: 8, ep: 8 } });
    expect(strategy).toEqual({
      mode: 'aggregated',
      ...{ tp: 2, cp: 1, dp: 8, pp: 1, ep: 8, etp: 2, replicas: 1 },
      redundantExperts: 0,
    });
    expect(assumed).toMatchObject({ '/strategy/etp': 2, '/strategy/redundantExperts': 0, '/strategy/replicas': 1 });
    expect(servingStrategy({ strategy: { tp: 8 } }).strategy).toMatchObject({ tp: 8, ep: 1, etp: 1 });
  });

  it('may have two kinds of worker', () => {
    const strategy = {
      mode: 'disaggregated',
      prefill: { workers: 2, strategy: { tp: 8 } },
      decode: { strategy: { dp: 16, ep: 16, redundantExperts: 32, maxConcurrency: 512 } },
    };
    const { strategy: resolved, assumed } = servingStrategy({ ...moe, strategy });
    expect(resolved).toMatchObject({
      mode: 'disaggregated',
      prefill: { tp: 8, etp: 8, replicas: 2, redundantExperts: 0 },
      decode: { dp: 16, ep: 16, etp: 1, replicas: 1, redundantExperts: 32, maxConcurrency: 512 },
    });
    expect(assumed).toMatchObject({ '/strategy/decode/workers': 1, '/strategy/prefill/strategy/etp': 8 });
  });

  it('may have an ep that only redundant experts make even', () => {
    const strategy = { dp: 24, ep: 24, redundantExperts: 8 };
    expect(servingStrategy({ ...moe, strategy }).strategy).toMatchObject({ ep: 24, redundantExperts: 8 });
    // Not said: the fewest with which every rank holds as many.
    const bare = servingStrategy({ ...moe, strategy: { dp: 24, ep: 24 } });
    expect(bare.strategy).toMatchObject({ ep: 24, redundantExperts: 8 });
    expect(bare.assumed['/strategy/redundantExperts']).toBe(8);
    expect(faultsOf(estimateOf({ ...moe, strategy: { ...strategy, redundantExperts: 0 } }))).toEqual([
      expect.objectContaining({ pointer: '/strategy/ep' }),
    ]);
  });

  it.each([
    [dense, { tp: 7 }, '/strategy/tp', /does not divide the 64 heads/],
    [dense, { tp: 8, replicas: 2 }, '/strategy', /at least 16 GPUs/],
    [dense, { microBatchSize: 1 }, '/strategy/microBatchSize', /workload.kind "batch"/],
    [dense, { redundantExperts: 2 }, '/strategy/redundantExperts', /dense/],
    [dense, { ep: 2, dp: 2 }, '/strategy/ep', /no experts/],
    [dense, apart, '/strategy', /need 8 \+ 8 GPUs, and the cluster has 8/],
    [moe, { dp: 8, ep: 16 }, '/strategy/ep', /8 GPUs, which is no multiple of ep·etp = 16/],
    [moe, { ...apart, prefill: { strategy: { tp: 3 } } }, '/strategy/prefill/strategy/tp', /128 heads/],
    [{ ...moe, workload: { ...workload, outputTokens: 1 } }, apart, '/strategy/decode', /nothing to do/],
    [batch, apart, '/strategy/mode', /workload.kind "serving"/],
    [batch, { maxConcurrency: 8 }, '/strategy/maxConcurrency', /workload.kind "serving"/],
    [batch, { mode: 'aggregated' }, '/strategy/mode', /workload.kind "serving"/],
  ])('%#: %j, %j contradict each other', (request, strategy, pointer, detail) => {
    expect(faultsOf(estimateOf({ ...request, strategy }))).toContainEqual(
      expect.objectContaining({ pointer, detail: expect.stringMatching(detail) }),
    );
  });

  it('is not told in the published table’s words', () => {
    const options = { memoryAccounting: 'published-summary' };
    expect(faultsOf(estimateOf({ options }))[0]?.pointer).toBe('/options/memoryAccounting');
    expect(faultsOf(planOf({ options }))[0]?.pointer).toBe('/options/memoryAccounting');
    expect(faultsOf(estimateOf({ options: { memoryAccounting: 'physical' } }))).toEqual([]);
  });
});

describe('claims', () => {
  const verificationOf = (change: object) =>
    resolveVerificationRequest(isVerification.Parse({ ...dense, strategy: {}, ...change }));

  it('of serving are none of a batch', () => {
    const claims = {
      memory: { kvPoolBytes: 1, perGpu: { totalBytes: 1 } },
      time: { stepMs: 1, ttftMs: 1 },
      throughput: { tokensPerSecond: 1, requestsPerSecond: 1 },
      load: { sequences: 1 },
    };
    expect(verificationOf({ claims }).kind).toBe('resolved');
    expect(faultsOf(verificationOf({ ...batch, claims })).map(({ pointer }) => pointer)).toEqual([
      '/claims/memory/kvPoolBytes',
      '/claims/time/ttftMs',
      '/claims/throughput/requestsPerSecond',
      '/claims/load',
    ]);
  });

  it('of halves are of a disaggregated strategy', () => {
    const claims = { halves: { prefill: { time: { stepMs: 1 } } } };
    expect(faultsOf(verificationOf({ claims })).map(({ pointer }) => pointer)).toEqual(['/claims/halves']);
    expect(verificationOf({ ...moe, strategy: apart, claims }).kind).toBe('resolved');
  });
});
