import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../support/api.ts';
import { exampleNames, exampleRequest, referenceRequest } from '../support/examples.ts';

const { objective: _, ...reference } = referenceRequest();
const strategy = { tp: 2, dp: 64, ep: 64 };
let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('POST /estimates', () => {
  it('says of a strategy what the plan that chose it says', async () => {
    const plan = await api.call('POST', '/plans', { body: { ...reference, objective: 'balance' } });
    const { status, json, headers } = await api.call('POST', '/estimates', { body: { ...reference, strategy } });
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(json).toMatchObject({
      status: 'feasible',
      strategy: plan.json.strategy,
      modules: plan.json.modules,
      estimate: plan.json.estimate,
    });
    expect(json.assumptions).toContainEqual(expect.objectContaining({ path: '/strategy/etp', value: 2 }));
    expect(json.assumptions).toContainEqual(expect.objectContaining({ path: '/strategy/microBatchSize' }));
  });

  it('is a result when it does not fit', async () => {
    const gpu = { ...reference.cluster.gpu, memoryGiB: 1 };
    const body = { ...reference, cluster: { ...reference.cluster, gpu }, strategy };
    const { status, json } = await api.call('POST', '/estimates', { body });
    expect(status).toBe(200);
    expect(json.status).toBe('infeasible');
    expect(json.reasons[0]).toMatchObject({ reason: expect.stringMatching(/^memory\./) });
  });

  it('can be told in the published summary’s words, labelled as such', async () => {
    const body = { ...reference, strategy, options: { memoryAccounting: 'published-summary' } };
    const { json } = await api.call('POST', '/estimates', { body });
    const { memory, compute } = json.estimate;
    expect(memory).toMatchObject({
      accounting: 'published-summary',
      perGpu: {
        attentionWeightBytes: 2 ** 20,
        expertWeightBytes: 64 * 2 ** 20,
        activationBytes: 64 * 2 ** 20,
        totalBytes: 129 * 2 ** 20,
      },
    });
    expect(memory.utilizationPercent).toBeCloseTo(0.197, 3);
    expect(compute.publishedUtilizationPercent).toBeCloseTo(0.0215, 4);
    expect(json.warnings[0]).toMatch(/convention and not physics/);
  });
});

describe('options.memoryAccounting of a plan', () => {
  it('changes words, not the choice', async () => {
    const plain = await api.call('POST', '/plans', { body: reference });
    const told = await api.call('POST', '/plans', {
      body: { ...reference, options: { memoryAccounting: 'published-summary' } },
    });
    expect(told.status).toBe(201);
    expect(told.json.strategy).toEqual(plain.json.strategy);
    expect(told.json.estimate.time).toEqual(plain.json.estimate.time);
    expect(told.json.verification.verdict).toBe('optimal');
    expect(told.json.estimate.memory).toMatchObject({
      accounting: 'published-summary',
      perGpu: { totalBytes: 129 * 2 ** 20 },
    });
    expect(told.json.warnings[0]).toMatch(/convention and not physics/);
  });
});

describe('POST /verifications', () => {
  it('finds a right strategy valid, with or without our own figures claimed', async () => {
    for (const name of exampleNames) {
      const { objective, ...request } = exampleRequest(name);
      const plan = await api.call('POST', '/plans', { body: { ...request, objective } });
      const { tp, cp, dp, pp, ep, etp, replicas, microBatchSize } = plan.json.strategy;
      const given = { tp, cp, dp, pp, ep, etp, replicas, microBatchSize };
      for (const claims of [undefined, plan.json.estimate]) {
        const { status, json } = await api.call('POST', '/verifications', {
          body: { ...request, strategy: given, claims },
        });
        expect(status).toBe(200);
        expect(json.verification.checks.filter((check: { status: string }) => check.status === 'fail')).toEqual([]);
        expect(json.verification.verdict).toBe('valid');
      }
    }
  });

  it.each([
    [{ memory: { perGpu: { kvCacheBytes: 1 } } }, 'memory-efficiency'],
    [{ memory: { utilizationPercent: 50 } }, 'memory-efficiency'],
    [{ compute: { flopsPerGpu: 1 } }, 'compute-efficiency'],
    [{ balance: { expertVariancePercent: 3 } }, 'load-balance'],
    [{ time: { stepMs: 1e-9 } }, 'time'],
    [{ throughput: { tokensPerSecond: 1e15 } }, 'time'],
  ])('finds %j wrong', async (claims, id) => {
    const { status, json } = await api.call('POST', '/verifications', { body: { ...reference, strategy, claims } });
    expect(status).toBe(200);
    expect(json.verification.verdict).toBe('invalid');
    const failed = json.verification.checks.filter((check: { status: string }) => check.status === 'fail');
    expect(failed.map((check: { id: string }) => check.id)).toContain(id);
  });

  it('finds a strategy that does not fit invalid', async () => {
    const gpu = { ...reference.cluster.gpu, memoryGiB: 1 };
    const { status, json } = await api.call('POST', '/verifications', {
      body: { ...reference, cluster: { ...reference.cluster, gpu }, strategy },
    });
    expect(status).toBe(200);
    expect(json.verification.verdict).toBe('invalid');
  });
});
