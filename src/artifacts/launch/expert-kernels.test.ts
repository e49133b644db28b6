/** What TensorRT-LLM is told of the experts' kernels, against what its plan was costed with. */
import { describe, expect, it } from 'vitest';
import { blackwell, h200, type LaunchCase, launched } from '../../../test/support/launched.ts';
import { oneWorker as one } from '../../../test/support/serving.ts';
import { launchFaults } from '../../verifier/launch/check-launch.ts';

const aggregated = (more: Partial<typeof one>) => ({ mode: 'aggregated' as const, ...one, ...more });
const loadOf = (concurrency: number) => ({ load: { kind: 'concurrency', concurrency } as const });

function backends(each: Omit<LaunchCase, 'engine'>, engine: LaunchCase['engine'] = 'tensorrt-llm') {
  const made = launched({ cluster: blackwell, ...each, engine });
  const files = made.files.filter(({ name }) => name.startsWith('tensorrt-llm'));
  expect(launchFaults(made.expected('tensorrt-llm'), files)).toEqual([]);
  return files
    .filter(({ name }) => name.endsWith('.yaml'))
    .map(({ content }) => /moe_config:\n {2}backend: ([A-Z]+)\n/.exec(content)?.[1]);
}

describe('NVFP4', () => {
  const ep8 = (concurrency: number, precision: LaunchCase['precision']) => ({
    model: 'qwen3-235b-a22b',
    ...(precision && { precision }),
    request: aggregated({ dp: 8, ep: 8, maxConcurrency: concurrency }),
    workload: loadOf(concurrency),
  });

  it('is for generated kernels up to 256 requests, and for CUTLASS beyond', () => {
    expect(backends(ep8(64, 'fp4'))).toEqual(['TRTLLM']);
    expect(backends(ep8(2048, 'fp4'))).toEqual(['CUTLASS']);
  });

  it('counts the requests that there are, not those that there may be', () => {
    expect(backends({ ...ep8(2048, 'fp4'), workload: loadOf(64) })).toEqual(['TRTLLM']);
  });

  it('is the kernels that the plan was costed with where it was made for no engine', () => {
    expect(backends(ep8(2048, 'fp4'), 'generic')).toEqual(['TRTLLM']);
  });

  it('leaves bf16 to the engine', () => {
    expect(backends(ep8(64, undefined))).toEqual([undefined]);
  });

  it('is told prefill and decode workers each', () => {
    const request: LaunchCase['request'] = {
      mode: 'disaggregated',
      prefill: { ...one, dp: 4, ep: 4, maxConcurrency: 4 },
      decode: { ...one, dp: 4, ep: 4, maxConcurrency: 1024 },
    };
    expect(backends({ model: 'qwen3-235b-a22b', precision: 'fp4', request, workload: loadOf(1024) })).toEqual([
      'TRTLLM',
      'CUTLASS',
    ]);
  });
});

describe('FP8 in blocks', () => {
  it('is for generated kernels on whole experts’ shards, and for DeepGEMM where experts are spread', () => {
    expect(backends({ model: 'deepseek-v3', request: aggregated({ tp: 8, etp: 8 }) })).toEqual(['TRTLLM']);
    expect(backends({ model: 'deepseek-v3', request: aggregated({ tp: 8, ep: 8 }) })).toEqual(['DEEPGEMM']);
  });

  it('is told with redundant experts', () => {
    const request = aggregated({ dp: 8, ep: 8, maxConcurrency: 64, redundantExperts: 32 });
    expect(backends({ model: 'deepseek-v3', request })).toEqual(['DEEPGEMM']);
  });
});

it('says nothing on Hopper, of dense models, and on a GPU that only has a Blackwell’s name', () => {
  const deepseek = { model: 'deepseek-v3', request: aggregated({ dp: 32, ep: 32, maxConcurrency: 32 }) };
  expect(backends(deepseek)).toEqual(['DEEPGEMM']);
  expect(backends({ ...deepseek, cluster: h200 })).toEqual([undefined]);
  const { curves } = h200.gpu;
  expect(backends({ ...deepseek, cluster: { ...blackwell, gpu: { ...blackwell.gpu, curves } } })).toEqual([undefined]);
  expect(backends({ model: 'llama-3.1-70b', precision: 'fp4', request: aggregated({ tp: 4 }) })).toEqual([undefined]);
});
