import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../support/api.ts';
import { givenStrategy } from '../support/given-strategy.ts';

const dense = {
  cluster: { nodes: 1, gpusPerNode: 8, gpu: 'h100-sxm' },
  model: { catalog: 'llama-3.1-70b', precision: 'fp8' },
  engine: 'vllm',
  workload: { kind: 'serving', inputTokens: 1000, outputTokens: 500, concurrency: 64 },
};
const moe = {
  cluster: { nodes: 4, gpusPerNode: 8, gpu: 'h200-sxm' },
  model: 'deepseek-v3',
  engine: 'sglang',
  workload: { kind: 'serving', inputTokens: 4000, outputTokens: 500, concurrency: 256 },
};
const requests = {
  aggregated: { ...dense, strategy: { tp: 4, replicas: 2 } },
  'one with experts': { ...moe, strategy: { tp: 1, dp: 16, ep: 16, replicas: 2 } },
  disaggregated: {
    ...moe,
    strategy: {
      mode: 'disaggregated',
      prefill: { workers: 2, strategy: { tp: 8, ep: 8 } },
      decode: { workers: 1, strategy: { dp: 16, ep: 16 } },
    },
  },
} as const;
const names = Object.keys(requests) as (keyof typeof requests)[];

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

async function estimated(body: object) {
  const { status, json } = await api.call('POST', '/estimates', { body });
  expect(status, JSON.stringify(json)).toBe(200);
  return json;
}

describe('POST /estimates of serving', () => {
  it.each(names)('answers %s in the contract’s words', async (name) => {
    const { status, estimate, modules } = await estimated(requests[name]);
    expect(status).toBe('feasible');
    const { memory, time, throughput, load } = estimate;
    const { perGpu } = memory;
    expect(perGpu.totalBytes).toBe(
      Object.entries<number>(perGpu).reduce(
        (sum, [part, bytes]) => (/^(total|runtimeReserve)/.test(part) ? sum : sum + bytes),
        0,
      ),
    );
    expect(memory.accounting).toBe('physical');
    expect(memory.kvPoolBytes).toBeGreaterThan(0);
    expect(memory.kvCacheTokens).toBeGreaterThan(0);
    expect(time.ttftMs).toBe(time.ttft.meanMs);
    expect(time.tpotMs).toBe(time.tpot.meanMs);
    for (const { meanMs, p50Ms, p95Ms, intervalMs } of [time.ttft, time.tpot]) {
      expect(p95Ms).toBeGreaterThanOrEqual(p50Ms);
      expect(intervalMs[0]).toBeLessThan(meanMs);
      expect(intervalMs[1]).toBeGreaterThan(meanMs);
    }
    const parts = time.breakdown.reduce((sum: number, { ms }: { ms: number }) => sum + ms, 0);
    expect(parts / time.stepMs).toBeCloseTo(1, 9);
    expect(throughput.tokensPerSecondPerUser).toBeCloseTo(1000 / time.tpotMs, 6);
    const { outputTokens } = requests[name].workload;
    expect(throughput.tokensPerSecond / throughput.requestsPerSecond).toBeCloseTo(outputTokens, 6);
    expect(throughput.interval[0]).toBeLessThan(throughput.tokensPerSecond);
    expect(throughput.interval[1]).toBeGreaterThan(throughput.tokensPerSecond);
    expect(load.sequences).toBeGreaterThan(0);
    expect(load.contextTokens).toBeGreaterThan(requests[name].workload.inputTokens);
    expect(modules.count).toBeGreaterThan(0);
  });

  it.each(names)('takes the strategy that it answers of %s as a request’s', async (name) => {
    const first = await estimated(requests[name]);
    const again = await estimated({ ...requests[name], strategy: givenStrategy(first.strategy) });
    expect(again.strategy).toEqual(first.strategy);
    expect(again.estimate).toEqual(first.estimate);
    expect(again.assumptions.filter(({ path }: { path: string }) => path.startsWith('/strategy'))).toEqual([]);
  });

  it.each(names)('resolves %s to what resolves to the same again', async (name) => {
    const { resolved, ...first } = await estimated(requests[name]);
    const { workload, engine } = resolved;
    const engineSettings = {
      memoryFraction: engine.memory.memoryFraction,
      maxBatchTokens: engine.maxBatchTokens,
      maxSequences: engine.maxSequences,
    };
    const again = await estimated({ ...requests[name], workload, engine: engine.name, engineSettings });
    expect(again.resolved).toEqual(resolved);
    expect(again.estimate).toEqual(first.estimate);
    expect(again.assumptions.some(({ path }: { path: string }) => /^\/(workload|engine)/.test(path))).toBe(false);
  });

  it('names both kinds of worker, and tells their halves', async () => {
    const { strategy, estimate } = await estimated(requests.disaggregated);
    expect(strategy).toMatchObject({
      name: 'EP8_TP8_ETP1x2+EP16x1',
      mode: 'disaggregated',
      gpus: 32,
      prefill: { workers: 2, strategy: { name: 'EP8_TP8_ETP1', tp: 8, ep: 8, etp: 1, edp: 1, gpus: 8 } },
      decode: { workers: 1, strategy: { name: 'EP16', dp: 16, ep: 16, gpus: 16 } },
    });
    const { prefill, decode } = estimate.halves;
    expect(prefill.load).toMatchObject({ sequences: 0, promptTokens: 4000 });
    expect(decode.load.promptTokens).toBe(0);
    expect(prefill.time.prefillMs).toBe(estimate.time.prefillMs);
    expect(decode.time.decodeStepMs).toBe(estimate.time.decodeStepMs);
  });

  it('lists the concurrency that it worked out, and takes one that is given', async () => {
    const path = '/strategy/maxConcurrency';
    const free = await estimated(requests.aggregated);
    expect(free.assumptions).toContainEqual(expect.objectContaining({ path, value: 64 }));
    const pinned = { ...requests.aggregated, strategy: { ...requests.aggregated.strategy, maxConcurrency: 16 } };
    const { strategy, assumptions, estimate } = await estimated(pinned);
    expect(strategy.maxConcurrency).toBe(16);
    expect(assumptions.some((assumption: { path: string }) => assumption.path === path)).toBe(false);
    expect(estimate.time.tpotMs).toBeLessThan(free.estimate.time.tpotMs);
    expect(estimate.time.queueingMs).toBeGreaterThan(free.estimate.time.queueingMs);
  });

  const batch = (staticBatch: number) => ({
    ...dense,
    workload: { kind: 'serving', inputTokens: 64, outputTokens: 64, staticBatch },
    strategy: { tp: 8 },
  });

  it('runs a static batch whole, with the engine told so', async () => {
    const { strategy, estimate, warnings, resolved } = await estimated(batch(3000));
    expect(strategy.maxConcurrency).toBe(3000);
    expect(resolved.engine.maxSequences).toBe(3000);
    expect(warnings).toContainEqual(expect.stringContaining('raised to 3000'));
    expect(estimate.memory.freeBytes).toBeGreaterThanOrEqual(0);
    const { json } = await api.call('POST', '/verifications', { body: { ...batch(3000), claims: estimate } });
    expect(json.verification.verdict).toBe('valid');
    expect(json.warnings).toEqual(warnings);
  });

  it.each([
    ['a static batch', batch(400_000)],
    ['a concurrency that is given', { ...dense, strategy: { tp: 4, maxConcurrency: 20_000 } }],
  ])('does not run %s that the KV pool does not hold', async (_, body) => {
    const { status, reasons } = await estimated(body);
    expect(status).toBe('infeasible');
    expect(reasons[0].reason).toMatch(/^memory\./);
  });

  it('moves as what it is asked moves', async () => {
    const of = async (change: object) =>
      (await estimated({ ...dense, strategy: { tp: 4 }, workload: { ...dense.workload, ...change } })).estimate;
    const usual = await of({});
    const cached = await of({ prefixCacheHitRate: 0.5 });
    const equal = await of({ lengthSpread: 0 });
    const guessed = await of({ speculative: { tokens: 2, acceptance: 0.9 } });
    const longer = await of({ inputTokens: 8000 });
    expect(cached.time.ttftMs).toBeLessThan(usual.time.ttftMs);
    expect(equal.time.ttftMs).toBeGreaterThan(1.5 * usual.time.ttftMs);
    expect(guessed.time.tpotMs).toBeLessThan(usual.time.tpotMs);
    expect(longer.time.tpotMs).toBeGreaterThan(usual.time.tpotMs);
    expect(longer.memory.maxConcurrency).toBeLessThan(usual.memory.maxConcurrency);
  });

  it('cuts long prompts over cp: the first token comes sooner, the next ones about as soon', async () => {
    const { engine: _, ...setting } = {
      ...dense,
      workload: { ...dense.workload, inputTokens: 60_000, concurrency: 1 },
    };
    const of = (cp: number) => estimated({ ...setting, strategy: { tp: 4, cp } });
    const [whole, cut] = [await of(1), await of(2)];
    expect(cut.strategy).toMatchObject({ name: 'TP4_CP2', tp: 4, cp: 2, gpus: 8 });
    const ratio = (figure: 'ttftMs' | 'tpotMs') => cut.estimate.time[figure] / whole.estimate.time[figure];
    expect(ratio('ttftMs')).toBeLessThan(0.65);
    expect(ratio('tpotMs')).toBeGreaterThan(0.9);
    expect(ratio('tpotMs')).toBeLessThan(1.1);
    const kv = cut.estimate.communication.perCollective.find((use: { group: string }) => use.group === 'cp');
    expect(kv).toMatchObject({ groupSize: 2, crossesNodes: false });
    expect(cut.estimate.time.breakdown.map(({ part }: { part: string }) => part)).toContain(
      'context-parallel collectives',
    );
  });

  it.each(['vllm', 'sglang', 'tensorrt-llm'])('says that %s cannot cut prompts of this model', async (engine) => {
    const { status, reasons } = await estimated({ ...dense, engine, strategy: { tp: 4, cp: 2 } });
    expect(status).toBe('infeasible');
    expect(reasons[0]).toMatchObject({ reason: 'engine-not-expressible' });
    expect(reasons[0].explanation).toMatch(/cp = 2; the nearest is TP8/);
  });

  it('gives the KV pool what the engine’s own knob leaves', async () => {
    const poolOf = async (engine: string, memoryFraction: number) =>
      (await estimated({ ...requests.aggregated, engine, engineSettings: { memoryFraction } })).estimate.memory
        .kvPoolBytes;
    for (const engine of ['vllm', 'sglang', 'tensorrt-llm'])
      expect(await poolOf(engine, 0.8)).toBeLessThan(await poolOf(engine, 0.9));
  });

  it.each([
    ['no engine at all', { engine: undefined }],
    ['one prompt at a time', { workload: { ...dense.workload, concurrency: 1 } }],
    ['one token of an answer', { workload: { ...dense.workload, outputTokens: 1 } }],
    ['a static batch', { workload: { kind: 'serving', inputTokens: 128, outputTokens: 128, staticBatch: 8 } }],
    ['saturation', { workload: { kind: 'serving', inputTokens: 128, outputTokens: 128, saturated: true } }],
    [
      'a fraction of a request',
      { workload: { kind: 'serving', inputTokens: 9, outputTokens: 9, requestsPerSecond: 0.5 } },
    ],
  ])('answers %s', async (_, change) => {
    const { status } = await estimated({ ...requests.aggregated, ...change });
    expect(status).toBe('feasible');
  });

  it('costs shards that end within a block, and says as a verification does that engines refuse them', async () => {
    const body = { ...moe, strategy: { tp: 32, ep: 32 } };
    const { status, warnings } = await estimated(body);
    expect(status).toBe('feasible');
    const told = warnings.find((text: string) => /padded/.test(text));
    expect(told).toMatch(/POST \/verifications calls it invalid/);
    const { json } = await api.call('POST', '/verifications', { body });
    expect(json.verification.verdict).toBe('invalid');
    expect(json.warnings).toContain(told);
    const failed = json.verification.checks.filter(({ status }: { status: string }) => status === 'fail');
    expect(failed.map(({ id }: { id: string }) => id)).toEqual(['divisibility', 'overall']);
    const pinned = await api.call('POST', '/plans', { body: { ...moe, constraints: { tp: 32, dp: 1, pp: 1 } } });
    expect(pinned.json.rejected['quantisation-block']).toBeGreaterThan(0);
  });

  it('says what speculation leaves out', async () => {
    const speculative = { tokens: 2, acceptance: 0.8 };
    const { warnings } = await estimated({ ...requests.aggregated, workload: { ...dense.workload, speculative } });
    expect(warnings.join()).toMatch(/no module of its own.*draft/);
    expect((await estimated(requests.aggregated)).warnings).toEqual([]);
  });

  it('counts the modules of a model that guesses by itself', async () => {
    const asked = { ...requests.disaggregated, model: 'deepseek-v3' };
    const { estimate: plain, resolved: without } = await estimated(asked);
    const speculative = { tokens: 2, acceptance: 0.8 };
    const workload = { ...asked.workload, speculative };
    const { estimate, resolved, warnings } = await estimated({ ...asked, workload });
    expect(warnings.join()).toMatch(
      /1 of the model’s own modules for multi-token prediction, the last of which guesses 1 more/,
    );
    expect(without.model.mtp).toBeUndefined();
    expect(resolved.model.mtp).toMatchObject({ modules: 1, layers: [{ count: 1, mixer: { kind: 'mla' } }] });
    expect(estimate.memory.perGpu.normWeightBytes).toBeGreaterThan(
      plain.memory.perGpu.normWeightBytes + 2 * 7168 * 7168,
    );
    const purposes = estimate.halves.decode.communication.perCollective.map(
      ({ purpose }: { purpose: string }) => purpose,
    );
    expect(purposes).toContain('dispatch (draft)');
    // Two guesses that are right four times of five gain 2.44 tokens a step, at best.
    const gain = plain.time.tpotMs / estimate.time.tpotMs;
    expect(gain).toBeGreaterThan(1);
    expect(gain).toBeLessThan(2.44);
    const { json } = await api.call('POST', '/verifications', { body: { ...asked, workload, claims: estimate } });
    expect(json.verification.verdict).toBe('valid');
  });

  it('answers memory that does not hold the weights with why', async () => {
    const json = await estimated({ ...requests.aggregated, strategy: { tp: 1 }, model: 'llama-3.1-70b' });
    expect(json.status).toBe('infeasible');
    expect(json.reasons[0]).toMatchObject({ reason: expect.stringMatching(/^memory\./) });
    expect(json.strategy.mode).toBe('aggregated');
  });
});

describe('a request for serving that is wrong', () => {
  it('is told everything at once, as serving', async () => {
    const { concurrency: _, ...workload } = dense.workload;
    const { status, json } = await api.call('POST', '/estimates', {
      body: {
        ...dense,
        engine: 'vlm',
        workload: { ...workload, batchSize: 3, slo: { ttft: 1 } },
        strategy: { tpp: 2 },
        engineSettings: { memoryFraction: 2 },
      },
    });
    expect(status).toBe(400);
    expect(json.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      '/engine',
      '/engineSettings/memoryFraction',
      '/strategy/tpp',
      '/workload',
      '/workload/batchSize',
      '/workload/slo/ttft',
    ]);
  });

  it('is told its contradictions, with pointers', async () => {
    const { status, json } = await api.call('POST', '/estimates', {
      body: {
        ...moe,
        workload: { ...moe.workload, routing: { loads: [1] } },
        strategy: { mode: 'disaggregated', prefill: { strategy: { tp: 3 } }, decode: { strategy: { ep: 2, dp: 3 } } },
      },
    });
    expect(status).toBe(422);
    expect(json.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(
      expect.arrayContaining([
        '/workload/routing/loads',
        '/strategy/prefill/strategy/tp',
        '/strategy/decode/strategy/ep',
      ]),
    );
  });

  it('is told that a batch’s strategy is none of serving', async () => {
    const strategy = { tp: 8, microBatchSize: 1 };
    const { status, json } = await api.call('POST', '/estimates', { body: { ...dense, strategy } });
    expect(status).toBe(422);
    expect(json.errors).toEqual([expect.objectContaining({ pointer: '/strategy/microBatchSize' })]);
  });
});

describe('POST /verifications of serving', () => {
  it.each(names)('finds %s valid, with or without our own figures claimed', async (name) => {
    const { estimate, strategy } = await estimated(requests[name]);
    for (const claims of [undefined, estimate]) {
      const body = { ...requests[name], strategy: givenStrategy(strategy), claims };
      const { status, json } = await api.call('POST', '/verifications', { body });
      expect(status).toBe(200);
      expect(json.verification.checks.filter((check: { status: string }) => check.status === 'fail')).toEqual([]);
      expect(json.verification.verdict).toBe('valid');
      expect(json.strategy).toEqual(strategy);
    }
  });

  it.each([
    [{ memory: { kvPoolBytes: 1 } }],
    [{ memory: { maxConcurrency: 1e6 } }],
    [{ memory: { perGpu: { kvCacheBytes: 1 } } }],
    [{ compute: { flopsPerGpu: 1 } }],
    [{ time: { stepMs: 1e-9 } }],
    [{ throughput: { tokensPerSecondPerGpu: 1e9 } }],
  ])('finds %j wrong', async (claims) => {
    const { status, json } = await api.call('POST', '/verifications', { body: { ...requests.aggregated, claims } });
    expect(status).toBe(200);
    expect(json.verification.verdict).toBe('invalid');
  });

  it('takes a mean that is claimed in two places by the worse of the two', async () => {
    const { estimate } = await estimated(requests.aggregated);
    for (const time of [
      { ...estimate.time, tpotMs: estimate.time.tpotMs / 100 },
      { ...estimate.time, tpot: { ...estimate.time.tpot, meanMs: estimate.time.tpotMs / 100 } },
    ]) {
      const body = { ...requests.aggregated, claims: { ...estimate, time } };
      const { json } = await api.call('POST', '/verifications', { body });
      expect(json.verification.verdict).toBe('invalid');
    }
  });
});
