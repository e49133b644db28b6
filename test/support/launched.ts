/** Plans with a given strategy, their launch files, and what the verifier expects of them. */

import { launchFiles } from '../../src/artifacts/launch/launch-files.ts';
import { type Launch, launchesOf } from '../../src/artifacts/launch/make-launch.ts';
import { curvesFor } from '../../src/catalog/calibrations.ts';
import { engines } from '../../src/catalog/engines.ts';
import { findGpu } from '../../src/catalog/gpus.ts';
import { findModel } from '../../src/catalog/models.ts';
import type { FeasibleServingPlan } from '../../src/http/schemas/serving-answer.ts';
import type { Cluster } from '../../src/planner/cluster.ts';
import type { EngineName } from '../../src/planner/engine.ts';
import { estimateServing, type ServingStrategyRequest } from '../../src/planner/serving.ts';
import type { ServingWorkload } from '../../src/planner/workload.ts';
import { type ExpectedLaunch, servingExpectation } from '../../src/verifier/launch/expectation.ts';
import type { ReadableFile } from '../../src/verifier/launch/readable-file.ts';
import { servedPlan } from './served-file.ts';
import { chat, gib, hopper, modelNamed, oneWorker, settingOf } from './serving.ts';

export interface LaunchCase {
  readonly engine: keyof typeof engines;
  readonly model: string;
  readonly request: ServingStrategyRequest;
  readonly cluster?: Cluster;
  readonly workload?: Partial<ServingWorkload>;
  /** In place of the checkpoint's own. */
  readonly precision?: 'fp8' | 'fp4';
}

export const h200: Cluster = { ...hopper, gpu: { ...hopper.gpu, name: 'H200', memoryBytes: 140.4 * gib } };

function blackwellGpu(): Cluster['gpu'] {
  const spec = findGpu('B200');
  if (!spec) throw new Error('B200 is not in the catalog');
  const peakFlops = { bf16: 2.25e15, fp8: 4.5e15, fp4: 9e15, int8: 4.5e15 };
  return { name: spec.name, memoryBytes: 179 * gib, memoryBandwidth: 8e12, peakFlops, curves: curvesFor(spec) };
}

/** Its GPUs have several kinds of kernels for experts. */
export const blackwell: Cluster = { ...hopper, gpu: blackwellGpu() };

export interface Launched {
  readonly plan: FeasibleServingPlan;
  readonly launches: readonly Launch[];
  readonly files: readonly ReadableFile[];
  readonly expected: (engine: EngineName) => ExpectedLaunch;
}

/** @throws where the strategy does not fit. */
export function launched({ engine, model, request, cluster = h200, workload, precision }: LaunchCase): Launched {
  const known = precision ? findModel(model, precision)?.model : modelNamed(model);
  if (!known) throw new Error(`${model} is not in the catalog`);
  const asked = settingOf(known, {
    engine: engines[engine],
    cluster,
    workload: { ...chat, ...workload },
  });
  const result = estimateServing(asked, request);
  if (result.status !== 'feasible') throw new Error(JSON.stringify(result.rejections));
  const setting = result.engine ? { ...asked, engine: result.engine } : asked;
  const plan = servedPlan(setting, { ...result.chosen, modules: result.modules });
  const launches = launchesOf(plan);
  return {
    plan,
    launches,
    files: launchFiles(launches).map(({ name, content }) => ({ name, content: content() })),
    expected: (name) => servingExpectation(setting, result.chosen, { planId: plan.id, engine: name }),
  };
}

const one = oneWorker;

/** Without the engine: each of the three is given each of them that it can express. */
export const launchCases: Readonly<Record<string, Omit<LaunchCase, 'engine'>>> = {
  'deepseek-v3-on-32': {
    model: 'deepseek-v3',
    request: { mode: 'aggregated', ...one, dp: 32, ep: 32, maxConcurrency: 256, redundantExperts: 32 },
  },
  'llama-70b-on-8': {
    model: 'llama-3.1-70b',
    request: { mode: 'aggregated', ...one, tp: 8, maxConcurrency: 64 },
  },
  'llama-405b-tp8-pp2': {
    model: 'llama-3.1-405b',
    request: { mode: 'aggregated', ...one, tp: 8, pp: 2, replicas: 2, maxConcurrency: 16 },
    cluster: hopper,
  },
  'llama-405b-uneven-stages': {
    model: 'llama-3.1-405b',
    request: { mode: 'aggregated', ...one, tp: 8, pp: 4, maxConcurrency: 8 },
  },
  'parts-of-a-node': {
    model: 'llama-3.1-70b',
    request: { mode: 'aggregated', ...one, tp: 2, replicas: 6, maxConcurrency: 24 },
  },
  disaggregated: {
    model: 'qwen3-30b-a3b',
    request: {
      mode: 'disaggregated',
      prefill: { ...one, dp: 4, ep: 4, maxConcurrency: 4 },
      decode: { ...one, dp: 4, ep: 4, replicas: 3, maxConcurrency: 48 },
    },
    workload: { prefixCacheHitRate: 0.25 },
  },
  'deepseek-v3-disaggregated': {
    model: 'deepseek-v3',
    request: {
      mode: 'disaggregated',
      prefill: { ...one, dp: 8, ep: 8, replicas: 2, maxConcurrency: 16 },
      decode: { ...one, dp: 16, ep: 16, maxConcurrency: 128 },
    },
    workload: { speculation: { tokens: 1, acceptance: 0.8 } },
  },
  'deepseek-v3-on-8-blackwell': {
    model: 'deepseek-v3',
    request: { mode: 'aggregated', ...one, dp: 8, ep: 8, maxConcurrency: 64 },
    cluster: blackwell,
  },
};

export const engineCases: readonly (readonly [name: string, engine: EngineName])[] = Object.keys(launchCases).flatMap(
  (name) => (['vllm', 'sglang', 'tensorrt-llm'] as const).map((engine) => [name, engine] as const),
);

/** @throws where there is no such case. */
export function launchCase(name: string, engine: LaunchCase['engine']): Launched {
  const found = launchCases[name];
  if (!found) throw new Error(`no case ${name}`);
  return launched({ ...found, engine });
}
