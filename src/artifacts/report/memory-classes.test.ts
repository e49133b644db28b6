/** The classes account for every GPU, and the largest is what the answer says of the largest rank. */
import { describe, expect, it } from 'vitest';
import { exampleRequest } from '../../../test/support/examples.ts';
import { planOf } from '../../../test/support/plan-of.ts';
import { servedPlan } from '../../../test/support/served-file.ts';
import { modelNamed, oneWorker, settingOf } from '../../../test/support/serving.ts';
import { engines } from '../../catalog/engines.ts';
import { resolvePlanRequest } from '../../http/resolve.ts';
import type { PlanRequest } from '../../http/schemas/request.ts';
import type { MemoryAccount } from '../../planner/estimate.ts';
import { estimateServing, type ServingStrategyRequest } from '../../planner/serving.ts';
import { batchAccounts, servingAccounts } from './memory-classes.ts';

function batchClasses(request: PlanRequest) {
  const plan = planOf(request);
  const resolved = resolvePlanRequest(request);
  if (resolved.kind === 'invalid' || resolved.workload !== 'batch') throw new Error('no batch');
  return { plan, classes: batchAccounts(resolved.problem, plan).memory };
}

/** As answers name them. */
const asAnswered = (account: MemoryAccount | undefined) =>
  Object.fromEntries(Object.entries(account ?? {}).map(([part, bytes]) => [`${part}Bytes`, bytes]));
const gpusOf = (classes: readonly { readonly gpus: number }[]) => classes.reduce((sum, { gpus }) => sum + gpus, 0);

describe('classes of a batch', () => {
  it('are one where all GPUs hold the same', () => {
    const { plan, classes } = batchClasses(exampleRequest('reference'));
    expect(classes.map(({ label, gpus }) => [label, gpus])).toEqual([['Every GPU', 128]]);
    expect(asAnswered(classes[0]?.account)).toEqual(plan.estimate.memory.perGpu);
  });

  it('tell stages apart, and ranks with a sequence more than others', () => {
    const { cluster, model } = exampleRequest('reference');
    const { plan, classes } = batchClasses({
      cluster,
      model,
      workload: { kind: 'batch', batchSize: 6, sequenceLength: 1024 },
      constraints: { pp: 3, dp: 4, tp: 1, cp: 1, replicas: 1 },
    });
    expect(plan.strategy).toMatchObject({ pp: 3, dp: 4, gpus: 12 });
    expect(gpusOf(classes)).toBe(12);
    expect(classes.map(({ label }) => label)).toContain('Stage 0, 2 sequences each');
    expect(new Set(classes.map(({ label }) => label)).size).toBe(classes.length);
    expect(asAnswered(classes[0]?.account)).toEqual(plan.estimate.memory.perGpu);
    expect(classes.map(({ account }) => account.total)).toEqual(
      classes.map(({ account }) => account.total).sort((a, b) => b - a),
    );
  });
});

describe('classes of a server', () => {
  const setting = settingOf(modelNamed('Qwen3-30B-A3B'), { engine: engines.vllm });
  const accountsOf = (request: ServingStrategyRequest) => {
    const result = estimateServing(setting, request);
    if (result.status !== 'feasible') throw new Error(JSON.stringify(result));
    const plan = servedPlan(setting, { ...result.chosen, modules: result.modules });
    const problem = {
      ...setting,
      objective: 'throughput',
      constraints: { degrees: {}, memoryFree: 0 },
      modes: ['aggregated'],
      top: 5,
    } as const;
    return { plan, accounts: servingAccounts(problem, plan) };
  };

  it('are its stages, by how many requests their ranks run', () => {
    const worker = { ...oneWorker, tp: 2, dp: 2, pp: 2, ep: 4, replicas: 2, maxConcurrency: 18 };
    const { plan, accounts } = accountsOf({ mode: 'aggregated', ...worker });
    const { memory: classes, movedBytes } = accounts;
    expect(movedBytes).toBeUndefined();
    expect(gpusOf(classes)).toBe(16);
    // 18 requests on 4 data-parallel ranks: two have 5, two have 4.
    expect(classes.map(({ label, gpus }) => `${label}: ${gpus}`).sort()).toEqual([
      'Stage 0, 4 requests each: 4',
      'Stage 0, 5 requests each: 4',
      'Stage 1, 4 requests each: 4',
      'Stage 1, 5 requests each: 4',
    ]);
    expect(asAnswered(classes[0]?.account)).toEqual(plan.estimate.memory.perGpu);
  });

  it('are the kinds of worker where prompts and answers are apart, with the bytes of a prompt’s cache', () => {
    const worker = { ...oneWorker, dp: 4, ep: 4 };
    const { plan, accounts } = accountsOf({
      mode: 'disaggregated',
      prefill: { ...worker, maxConcurrency: 4 },
      decode: { ...worker, tp: 2, ep: 8, replicas: 2, maxConcurrency: 16 },
    });
    const of = (role: string) => accounts.memory.find(({ label }) => label.startsWith(role));
    expect(of('Prefill')?.gpus).toBe(4);
    expect(of('Decode')?.gpus).toBe(16);
    expect(asAnswered(of('Prefill')?.account)).toEqual(plan.estimate.halves?.prefill.memory.perGpu);
    expect(asAnswered(of('Decode')?.account)).toEqual(plan.estimate.halves?.decode.memory.perGpu);
    const { kvElementsPerToken } = plan.resolved.model;
    expect(accounts.movedBytes).toBe(setting.workload.inputTokens * kvElementsPerToken * 2);
  });
});
