/** Plans of many shapes with what their launch files have to say, for tests of whoever writes or reads those files. */

import type { LaunchPlan } from '../../src/artifacts/launch/launch-plan.ts';
import { type Launch, launchesOf } from '../../src/artifacts/launch/make-launch.ts';
import { engines } from '../../src/catalog/engines.ts';
import type { Cluster } from '../../src/planner/cluster.ts';
import type { EngineName } from '../../src/planner/engine.ts';
import { estimateServing, type ServingStrategyRequest } from '../../src/planner/serving.ts';
import type { ServingWorkload } from '../../src/planner/workload.ts';
import { type ExpectedLaunch, servingExpectation } from '../../src/verifier/launch/expectation.ts';
import { servedPlan } from './served-file.ts';
import { chat, hopper, modelNamed, oneWorker, settingOf } from './serving.ts';

export interface LaunchedPlan {
  readonly what: string;
  readonly launch: Launch;
  readonly expected: ExpectedLaunch;
}

const id = '5eed'.repeat(16);

interface Asked {
  readonly engine: EngineName;
  readonly model?: string;
  readonly cluster?: Partial<Cluster>;
  readonly workload?: Partial<ServingWorkload>;
  readonly strategy: ServingStrategyRequest;
}

function launched(what: string, { engine, model = 'Qwen3-30B-A3B', cluster, workload, strategy }: Asked): LaunchedPlan {
  const setting = settingOf(modelNamed(model), {
    engine: engines[engine],
    cluster: { ...hopper, ...cluster },
    workload: { ...chat, ...workload },
  });
  const result = estimateServing(setting, strategy);
  if (result.status !== 'feasible') throw new Error(`${what}: ${JSON.stringify(result)}`);
  const plan = { ...servedPlan(setting, { ...result.chosen, modules: result.modules }), id };
  const launch = launchesOf(plan).find((each) => each.engine === engine);
  if (!launch) throw new Error(`${what}: no launch under ${engine}`);
  return { what, launch, expected: servingExpectation(setting, result.chosen.strategy, { planId: id, engine }) };
}

const together = (strategy: Partial<typeof oneWorker>) => ({ mode: 'aggregated', ...oneWorker, ...strategy }) as const;
const apart = (prefill: Partial<typeof oneWorker>, decode: Partial<typeof oneWorker>) =>
  ({ mode: 'disaggregated', prefill: { ...oneWorker, ...prefill }, decode: { ...oneWorker, ...decode } }) as const;

/** Every way in which a worker can lie on nodes, under every engine that has it. */
export function launchedPlans(): readonly LaunchedPlan[] {
  const whole = { tp: 2, dp: 4, ep: 8 };
  const llama = { model: 'Llama-3.1-70B' } as const;
  return [
    launched('vLLM, two workers of one node', { engine: 'vllm', strategy: together({ ...whole, replicas: 2 }) }),
    launched('vLLM, data-parallel ranks on two nodes', { engine: 'vllm', strategy: together({ dp: 16, ep: 16 }) }),
    launched('vLLM, a stage on each of two nodes', { engine: 'vllm', ...llama, strategy: together({ tp: 8, pp: 2 }) }),
    launched('vLLM, four stages on each of two nodes', {
      engine: 'vllm',
      ...llama,
      strategy: together({ tp: 2, pp: 8 }),
    }),
    launched('vLLM, two ranks of two nodes each', {
      engine: 'vllm',
      strategy: together({ tp: 4, pp: 4, dp: 2, ep: 8 }),
    }),
    launched('vLLM, parts of a node', { engine: 'vllm', strategy: together({ tp: 2, ep: 2, replicas: 6 }) }),
    launched('vLLM, prefill beside decode', {
      engine: 'vllm',
      strategy: apart({ ...whole, replicas: 2 }, { dp: 16, ep: 16 }),
    }),
    launched('vLLM, small workers of both kinds', {
      engine: 'vllm',
      strategy: apart({ tp: 2, ep: 2, replicas: 3 }, { tp: 4, ep: 4, replicas: 2 }),
    }),
    launched('vLLM, tokens guessed by a draft', {
      engine: 'vllm',
      ...llama,
      workload: { speculation: { tokens: 3, acceptance: 0.7 } },
      strategy: together({ tp: 8 }),
    }),
    launched('SGLang, two workers of two nodes', {
      engine: 'sglang',
      strategy: together({ dp: 16, ep: 16, replicas: 2 }),
    }),
    launched('SGLang, prefill beside decode', {
      engine: 'sglang',
      strategy: apart({ dp: 4, ep: 4, replicas: 2 }, { tp: 2, dp: 4, ep: 8, replicas: 2 }),
    }),
    launched('SGLang, parts of a node', { engine: 'sglang', strategy: together({ tp: 4, ep: 4, replicas: 4 }) }),
    launched('TensorRT-LLM, one node', { engine: 'tensorrt-llm', strategy: together({ dp: 8, ep: 8 }) }),
    launched('TensorRT-LLM, two nodes', { engine: 'tensorrt-llm', strategy: together({ dp: 16, ep: 16 }) }),
    launched('TensorRT-LLM, prefill beside decode', {
      engine: 'tensorrt-llm',
      strategy: apart({ dp: 4, ep: 4, replicas: 2 }, { dp: 8, ep: 8, replicas: 2 }),
    }),
    launched('SGLang, a domain of 18 nodes', {
      engine: 'sglang',
      model: 'DeepSeek-V3',
      cluster: { nodes: 18, gpusPerNode: 4, domainGpus: 72 },
      strategy: together({ dp: 64, ep: 64, maxConcurrency: 256 }),
    }),
  ];
}

/** The object that files are written from. */
export function launchPlanOf({ what, launch }: LaunchedPlan): LaunchPlan {
  if (!launch.expressible) throw new Error(`${what}: ${launch.why}`);
  return launch.plan;
}
