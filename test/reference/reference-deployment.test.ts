/** The published deployment: what the service has to come to, and the page that sets it beside ours. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { referenceDeployment } from '../../bench/reference-deployment.ts';
import { exampleRequest } from '../support/examples.ts';
import { planOf } from '../support/plan-of.ts';

describe('the published summary "EP64_TP2 Hybrid Parallel Strategy"', () => {
  const plan = planOf(exampleRequest('reference'));

  it('is what balance answers', () => {
    expect(plan.strategy).toMatchObject({ name: 'EP64_TP2', gpus: 128, tp: 2, ep: 64, etp: 2, pp: 1, dp: 64, edp: 1 });
    expect(plan.modules).toEqual({ count: 64, gpusPerModule: 2, expertsPerGpuPerLayer: 1, balancePercent: 100 });
    expect(plan.estimate.balance).toMatchObject({
      expertVariancePercent: 0,
      computeVariancePercent: 0,
      memoryVariancePercent: 0,
    });
  });

  it('passes its seven checks, and is optimal', () => {
    const named = [
      'gpu-count',
      'expert-balance',
      'memory-efficiency',
      'compute-efficiency',
      'load-balance',
      'communication',
      'overall',
    ];
    const status = new Map(plan.verification.checks.map((check) => [check.id, check.status]));
    expect(named.map((id) => [id, status.get(id)])).toEqual(named.map((id) => [id, 'pass']));
    expect(plan.verification.verdict).toBe('optimal');
  });

  it('has its memory and compute figures under its own convention, labelled as one', () => {
    const { estimate, warnings } = planOf({
      ...exampleRequest('reference'),
      options: { memoryAccounting: 'published-summary' },
    });
    const MiB = 2 ** 20;
    expect(estimate.memory.perGpu).toEqual({
      attentionWeightBytes: 1 * MiB,
      expertWeightBytes: 64 * MiB,
      activationBytes: 64 * MiB,
      totalBytes: 129 * MiB,
    });
    expect(estimate.memory.utilizationPercent).toBeCloseTo(0.197, 3);
    expect(estimate.compute.publishedUtilizationPercent).toBeCloseTo(0.0215, 4);
    expect(estimate.memory.accounting).toBe('published-summary');
    expect(warnings.join()).toMatch(/convention/);
  });

  it('is not the fastest: latency and throughput answer what is', () => {
    for (const objective of ['latency', 'throughput'] as const) {
      const other = planOf({ ...exampleRequest('reference'), objective });
      expect(other.strategy.name).not.toBe('EP64_TP2');
      expect(other.estimate.time.stepMs).toBeLessThan(plan.estimate.time.stepMs);
    }
  });
});

it('has a page in step with the code: `npm run docs` writes it', () => {
  const page = readFileSync(new URL('../../docs/reference-deployment.md', import.meta.url), 'utf8');
  expect(page).toBe(referenceDeployment());
});
