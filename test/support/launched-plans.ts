/** Plans of many shapes with what their launch files have to say, for tests of whoever writes or reads those files. */

import type { LaunchPlan } from '../../src/artifacts/launch/launch-plan.ts';
import { type PlatformName, platformNames, platforms } from '../../src/artifacts/launch/platforms/platform-files.ts';
import type { EngineName } from '../../src/planner/engine.ts';
import type { ExpectedLaunch } from '../../src/verifier/launch/expectation.ts';
import { type LaunchCase, launched } from './launched.ts';
import { hopper, oneWorker } from './serving.ts';

export interface LaunchedPlan {
  readonly what: string;
  readonly plan: LaunchPlan;
  readonly expected: ExpectedLaunch;
}

const planId = '5eed'.repeat(16);

type Asked = Partial<LaunchCase> & { readonly engine: EngineName; readonly request: LaunchCase['request'] };

export function planned(what: string, asked: Asked): LaunchedPlan {
  const { launches, expected } = launched({ model: 'qwen3-30b-a3b', cluster: hopper, ...asked });
  const [launch] = launches;
  if (!launch?.expressible) throw new Error(`${what}: ${launch?.why ?? 'no launch'}`);
  return { what, plan: { ...launch.plan, planId }, expected: { ...expected(asked.engine), planId } };
}

export const together = (request: Partial<typeof oneWorker>) =>
  ({ mode: 'aggregated', ...oneWorker, ...request }) as const;
const apart = (prefill: Partial<typeof oneWorker>, decode: Partial<typeof oneWorker>) =>
  ({ mode: 'disaggregated', prefill: { ...oneWorker, ...prefill }, decode: { ...oneWorker, ...decode } }) as const;

/** Every way in which a worker can lie on nodes, under every engine that has it. */
export function launchedPlans(): readonly LaunchedPlan[] {
  const whole = { tp: 2, dp: 4, ep: 8 };
  const llama = { model: 'llama-3.1-70b' } as const;
  return [
    planned('vLLM, two workers of one node', { engine: 'vllm', request: together({ ...whole, replicas: 2 }) }),
    planned('vLLM, data-parallel ranks on two nodes', { engine: 'vllm', request: together({ dp: 16, ep: 16 }) }),
    planned('vLLM, a stage on each of two nodes', { engine: 'vllm', ...llama, request: together({ tp: 8, pp: 2 }) }),
    planned('vLLM, four stages on each of two nodes', {
      engine: 'vllm',
      ...llama,
      request: together({ tp: 2, pp: 8 }),
    }),
    planned('vLLM, two ranks of two nodes each', {
      engine: 'vllm',
      request: together({ tp: 4, pp: 4, dp: 2, ep: 8 }),
    }),
    planned('vLLM, parts of a node', { engine: 'vllm', request: together({ tp: 2, ep: 2, replicas: 6 }) }),
    planned('vLLM, prefill beside decode', {
      engine: 'vllm',
      request: apart({ ...whole, replicas: 2 }, { dp: 16, ep: 16 }),
    }),
    planned('vLLM, small workers of both kinds', {
      engine: 'vllm',
      request: apart({ tp: 2, ep: 2, replicas: 3 }, { tp: 4, ep: 4, replicas: 2 }),
    }),
    planned('vLLM, tokens guessed by a draft', {
      engine: 'vllm',
      ...llama,
      workload: { speculation: { tokens: 3, acceptance: 0.7 } },
      request: together({ tp: 8 }),
    }),
    planned('SGLang, two workers of two nodes', {
      engine: 'sglang',
      request: together({ dp: 16, ep: 16, replicas: 2 }),
    }),
    planned('SGLang, prefill beside decode', {
      engine: 'sglang',
      request: apart({ dp: 4, ep: 4, replicas: 2 }, { tp: 2, dp: 4, ep: 8, replicas: 2 }),
    }),
    planned('SGLang, parts of a node', { engine: 'sglang', request: together({ tp: 4, ep: 4, replicas: 4 }) }),
    planned('TensorRT-LLM, one node', { engine: 'tensorrt-llm', request: together({ dp: 8, ep: 8 }) }),
    planned('TensorRT-LLM, two nodes', { engine: 'tensorrt-llm', request: together({ dp: 16, ep: 16 }) }),
    planned('TensorRT-LLM, prefill beside decode', {
      engine: 'tensorrt-llm',
      request: apart({ dp: 4, ep: 4, replicas: 2 }, { dp: 8, ep: 8, replicas: 2 }),
    }),
    planned('SGLang, a domain of 18 nodes', {
      engine: 'sglang',
      model: 'deepseek-v3',
      cluster: { ...hopper, nodes: 18, gpusPerNode: 4, domainGpus: 72 },
      request: together({ dp: 64, ep: 64, maxConcurrency: 256 }),
    }),
  ];
}

export interface WrittenFile extends LaunchedPlan {
  readonly platform: PlatformName;
  readonly text: string;
}

/** The file of each platform that can have the plan. */
export function writtenFiles(plans: readonly LaunchedPlan[]): readonly WrittenFile[] {
  return plans.flatMap((each) =>
    platformNames.flatMap((platform) => {
      const { refusal, write } = platforms[platform];
      return refusal(each.plan) ? [] : [{ ...each, platform, text: write(each.plan) }];
    }),
  );
}
