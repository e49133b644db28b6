import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Api, startApi } from '../support/api.ts';
import { exampleRequest, servingExampleNames } from '../support/examples.ts';
import { givenStrategy } from '../support/given-strategy.ts';

const small = {
  cluster: { nodes: 1, gpusPerNode: 4, gpu: 'h100-sxm' },
  model: 'llama-3.1-8b',
  engine: 'vllm',
  workload: { kind: 'serving', inputTokens: 1000, outputTokens: 200, concurrency: 32 },
  objective: 'throughput',
};

let api: Api;
const plans = new Map<string, Answer>();
beforeAll(async () => {
  api = await startApi();
  for (const name of servingExampleNames)
    plans.set(name, await api.call('POST', '/plans', { body: exampleRequest(name) }));
}, 60_000);
afterAll(() => api.close());

const planOf = (name: string) => plans.get(name)?.json;

describe.each(servingExampleNames)('the plan of examples/%s.json', (name) => {
  const { objective: _o, constraints: _c, options: _p, ...setting } = exampleRequest(name);
  const estimated = async (strategy: object) =>
    (await api.call('POST', '/estimates', { body: { ...setting, strategy: givenStrategy(strategy) } })).json;

  it('is made, checked by the verifier, and known the next time', async () => {
    expect(plans.get(name)?.status).toBe(201);
    const { id, status, verification, search } = planOf(name);
    expect(status).toBe('feasible');
    expect(search.exhaustive).toBe(true);
    expect(verification.checks.filter((check: { status: string }) => check.status === 'fail')).toEqual([]);
    expect(verification.verdict).toBe('optimal');
    expect((await api.call('GET', `/plans/${id}`)).text).toBe(plans.get(name)?.text);
  });

  it('says of its strategies what POST /estimates says of them', async () => {
    const { strategy, estimate, modules, alternatives, bestOfMode } = planOf(name);
    const again = await estimated(strategy);
    expect(again).toMatchObject({ status: 'feasible', strategy, estimate, modules });
    expect(alternatives.length).toBeGreaterThan(0);
    for (const other of [...alternatives, ...bestOfMode]) {
      const { status, ...told } = await estimated(other.strategy);
      expect(status).toBe('feasible');
      expect(told).toMatchObject({ strategy: other.strategy, estimate: other.estimate });
    }
  });

  it('meets the SLO, and so does whatever else it recommends', () => {
    const { workload } = exampleRequest(name);
    const slo = workload.kind === 'serving' ? (workload.slo ?? {}) : {};
    const { estimate, alternatives, bestOfMode } = planOf(name);
    for (const { time } of [estimate, ...[...alternatives, ...bestOfMode].map((other) => other.estimate)]) {
      expect(time.ttftMs).toBeLessThanOrEqual(slo.ttftMs ?? Number.POSITIVE_INFINITY);
      expect(time.tpotMs).toBeLessThanOrEqual(slo.tpotMs ?? Number.POSITIVE_INFINITY);
    }
  });

  it('has a frontier on which more of the one is less of the other', async () => {
    const { frontier, alternatives, bestOfMode } = planOf(name);
    // One point is one strategy that nothing else beats in either.
    const [only, ...others] = frontier;
    for (const { estimate } of others.length > 0 ? [] : [...alternatives, ...bestOfMode]) {
      expect(estimate.throughput.tokensPerSecondPerGpu).toBeLessThanOrEqual(only?.tokensPerSecondPerGpu ?? 0);
      expect(estimate.throughput.tokensPerSecondPerUser).toBeLessThanOrEqual(only?.tokensPerSecondPerUser ?? 0);
    }
    expect(frontier.length).toBeGreaterThan(name === 'serving-long-prompts' ? 0 : 1);
    for (const [i, point] of frontier.entries()) {
      const next = frontier[i + 1];
      if (next) {
        expect(next.tokensPerSecondPerGpu).toBeLessThan(point.tokensPerSecondPerGpu);
        expect(next.tokensPerSecondPerUser).toBeGreaterThan(point.tokensPerSecondPerUser);
      }
      const { throughput, time } = (await estimated(point.strategy)).estimate;
      expect(throughput.tokensPerSecondPerGpu).toBeCloseTo(point.tokensPerSecondPerGpu, 6);
      expect(throughput.tokensPerSecondPerUser).toBeCloseTo(point.tokensPerSecondPerUser, 6);
      expect(time.ttftMs).toBeCloseTo(point.ttftMs, 6);
    }
  });

  it('says what each bound of the SLO costs', () => {
    const bounds = planOf(name).sloPrices.map(({ bound }: { bound: string }) => bound);
    expect(new Set(bounds)).toEqual(new Set(['ttftMs', 'tpotMs']));
  });
});

describe('POST /plans of serving', () => {
  it('can serve Llama-3.1-405B in BF16 on 32 H100 with TP8 and PP2', async () => {
    const body = {
      ...exampleRequest('serving-405b'),
      constraints: { tp: 8, pp: 2 },
      options: { modes: ['aggregated'] },
    };
    const { json } = await api.call('POST', '/plans', { body });
    expect(json.status).toBe('feasible');
    expect(json.strategy).toMatchObject({ name: 'TP8_PP2_x2', tp: 8, pp: 2, gpus: 32 });
  });

  it('lets only the modes compete that are asked for', async () => {
    for (const mode of ['aggregated', 'disaggregated']) {
      const { json } = await api.call('POST', '/plans', { body: { ...small, options: { modes: [mode] } } });
      expect(json.strategy.mode).toBe(mode);
      expect(json.bestOfMode.map((best: { mode: string }) => best.mode)).toEqual([mode]);
    }
  });

  it('has one id for one question', async () => {
    const of = async (change: object) => (await api.call('POST', '/plans', { body: { ...small, ...change } })).json.id;
    const both = await of({ options: { modes: ['aggregated', 'disaggregated'] } });
    expect(await of({ options: { modes: ['disaggregated', 'aggregated'] }, constraints: {} })).toBe(both);
    expect(await of({ options: { modes: ['aggregated'] } })).not.toBe(both);
    expect(await of({ engine: 'sglang' })).not.toBe(await of({}));
  });

  it('keeps to constraints on a worker, and on how many there are', async () => {
    const constraints = { tp: 2, replicas: { max: 1 }, gpus: { max: 2 } };
    const { json } = await api.call('POST', '/plans', {
      body: { ...small, constraints, options: { modes: ['aggregated'] } },
    });
    expect(json.strategy).toMatchObject({ tp: 2, replicas: 1, gpus: 2 });
  });

  it('keeps bounds as probably as asked, by the verifier’s reckoning too, and says how probably', async () => {
    const of = async (slo: object) => {
      const workload = { ...small.workload, concurrency: 256, slo };
      return (await api.call('POST', '/plans', { body: { ...small, workload } })).json;
    };
    const { estimate, resolved, verification, sloPrices } = await of({ tpotMs: 12, confidence: 0.9 });
    expect(verification.verdict).toBe('optimal');
    expect(estimate.time.tpot.boundKeptPercent).toBeGreaterThanOrEqual(90 - 1e-9);
    expect(estimate.time.ttft).not.toHaveProperty('boundKeptPercent');
    expect(estimate.time.tpotMs).toBeLessThanOrEqual(12 / 1.14);
    expect(resolved.workload.slo).toEqual({
      tpotMs: 12,
      confidence: 0.9,
      means: { tpotMs: expect.closeTo(12 / 1.14, 9) },
    });
    expect(sloPrices[0].fromMs).toBeCloseTo(12, 9);
    const byMean = await of({ tpotMs: 12 });
    expect(byMean.estimate.time.tpot.boundKeptPercent).toBeGreaterThanOrEqual(50 - 1e-9);
    expect(byMean.estimate.throughput.tokensPerSecond).toBeGreaterThan(estimate.throughput.tokensPerSecond);
    // What keeps the bound by its mean alone does not keep it so probably.
    const claim = {
      ...small,
      workload: { ...small.workload, concurrency: 256, slo: { tpotMs: 12, confidence: 0.9 } },
      strategy: givenStrategy(byMean.strategy),
    };
    const { objective: _, ...asked } = claim;
    const judged = (await api.call('POST', '/verifications', { body: asked })).json.verification;
    expect(judged.verdict).toBe('invalid');
    expect(JSON.stringify(judged.checks)).toMatch(/with a probability of [\d.]+ %, and 90 % are asked for/);
  });

  it.each([
    ['an SLO that nothing meets', { workload: { ...small.workload, slo: { tpotMs: 0.01 } } }, 'slo.tpot'],
    ['memory that holds no worker', { model: 'deepseek-v3' }, 'memory.weights'],
    [
      'a rate that nothing keeps up with',
      { workload: { kind: 'serving', inputTokens: 1000, outputTokens: 200, requestsPerSecond: 1e5 } },
      'rate-not-reached',
    ],
  ])('answers %s with why', async (_, change, reason) => {
    const { status, json } = await api.call('POST', '/plans', { body: { ...small, ...change } });
    expect(status).toBe(200);
    expect(json.status).toBe('infeasible');
    expect(json.rejected[reason]).toBeGreaterThan(0);
  });
});
