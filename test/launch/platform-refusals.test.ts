/** What a platform cannot start: it says why, and names something that there is. */
import { expect, it } from 'vitest';
import {
  type PlatformName,
  platformFiles,
  platformRefusals,
} from '../../src/artifacts/launch/platforms/platform-files.ts';
import { type LaunchedPlan, launchedPlans, planned, together } from '../support/launched-plans.ts';
import { hopper } from '../support/serving.ts';

const plans = [
  ...launchedPlans(),
  planned('vLLM, tensors over two nodes', { engine: 'vllm', model: 'llama-3.1-70b', request: together({ tp: 16 }) }),
  planned('vLLM, stages of two nodes', {
    engine: 'vllm',
    model: 'llama-3.1-70b',
    request: together({ tp: 16, pp: 2 }),
  }),
];

function planOf(what: string): LaunchedPlan {
  const found = plans.find((each) => each.what === what);
  if (!found) throw new Error(`no ${what}`);
  return found;
}

const launchOf = ({ plan }: LaunchedPlan) => [{ engine: plan.engine, expressible: true, plan } as const];

const refusals: readonly (readonly [what: string, platform: PlatformName, why: RegExp, nearest: RegExp])[] = [
  ['TensorRT-LLM, two nodes', 'leaderworkerset', /started by MPI/, /^the dynamo file/],
  ['TensorRT-LLM, one node', 'kserve', /start vLLM alone/, /^the dynamo file/],
  ['SGLang, two workers of two nodes', 'kserve', /start vLLM alone/, /^the dynamo file/],
  ['vLLM, two ranks of two nodes each', 'kserve', /not both: pp 4 with dp 2/, /^pp 1 with dp 8/],
  ['vLLM, tensors over two nodes', 'kserve', /tp 16 on 2 nodes is neither/, /^pp 2 with tp 8/],
  ['vLLM, stages of two nodes', 'kserve', /tp 16 does not fit 8 GPUs/, /^tp 8 with pp 4/],
  ['vLLM, two ranks of two nodes each', 'dynamo', /dp 2 with ranks of 16 GPUs/, /^dp 4 with ranks of 8 GPUs/],
  ['SGLang, parts of a node', 'ray', /its SGLang server is new/, /^the dynamo file/],
  ['TensorRT-LLM, one node', 'ray', /no TensorRT-LLM server/, /^the dynamo file/],
  ['vLLM, two ranks of two nodes each', 'ray', /ranks of 16 GPUs do not fit 8/, /^dp 4 with ranks of 8 GPUs/],
];

it.each(refusals)('%s: %s', (what, platform, why, nearest) => {
  const launch = launchOf(planOf(what));
  expect(platformRefusals(launch).find((refusal) => refusal.platform === platform)).toMatchObject({
    why: expect.stringMatching(why),
    nearest: expect.stringMatching(nearest),
  });
});

it.each(plans)('$what: a platform has a file or a reason, and files that are named are there', (each) => {
  const launch = launchOf(each);
  const names = platformFiles(launch).map(({ name }) => name);
  const refused = platformRefusals(launch);
  expect(names.length + refused.length).toBe(5);
  for (const { nearest } of refused)
    for (const [, platform] of nearest.matchAll(/the (\w+) file/g))
      expect(
        names.some((name) => name.startsWith(`${platform}-`)),
        nearest,
      ).toBe(true);
});

it('more workers than a router is told of have no file that lists them', () => {
  const crowd = planned('vLLM, 600 workers', {
    engine: 'vllm',
    model: 'llama-3.1-70b',
    cluster: { ...hopper, nodes: 600 },
    request: together({ tp: 8, replicas: 600 }),
  });
  const launch = launchOf(crowd);
  expect(platformFiles(launch).map(({ name }) => name)).toEqual([
    'kserve-vllm.yaml',
    'dynamo-vllm.yaml',
    'ray-vllm.yaml',
  ]);
  expect(platformRefusals(launch).map(({ why }) => why)).toEqual(
    Array(2).fill(expect.stringContaining('600 are more than the 512')),
  );
});
