/** What is made of a plan for each engine, and what is not. */
import { describe, expect, it } from 'vitest';
import { type LaunchCase, launched } from '../../../test/support/launched.ts';
import { oneWorker as one } from '../../../test/support/serving.ts';
import type { EngineName } from '../../planner/engine.ts';
import { launchFaults } from '../../verifier/launch/check-launch.ts';
import { launchesOf } from './make-launch.ts';

const textOf = (made: ReturnType<typeof launched>, name: string) =>
  made.files.find((file) => file.name === name)?.content ?? '';

const dense: LaunchCase = {
  engine: 'generic',
  model: 'llama-3.1-70b',
  request: { mode: 'aggregated', ...one, tp: 4, replicas: 2 },
};

describe('a plan for no engine', () => {
  const made = launched(dense);

  it('has the files of every engine that can express it', () => {
    expect(made.launches.map(({ engine, expressible }) => [engine, expressible])).toEqual([
      ['vllm', true],
      ['sglang', true],
      ['tensorrt-llm', true],
    ]);
  });

  it('tells each engine the share of memory on its own base, and leaves each the same KV pool', () => {
    const fraction = (file: string, key: string) =>
      Number(new RegExp(`${key}:? ([\\d.]+)`).exec(textOf(made, file))?.[1]);
    const { memory } = made.plan.estimate;
    const all = made.plan.resolved.cluster.gpu.memoryGiB * 2 ** 30;
    const total = fraction('vllm.sh', '--gpu-memory-utilization');
    const fixed = fraction('sglang.sh', '--mem-fraction-static');
    const free = fraction('tensorrt-llm.yaml', 'free_gpu_memory_fraction');
    expect(total).toBe(made.plan.resolved.engine.memory.memoryFraction);
    const weights =
      memory.perGpu.attentionWeightBytes +
      memory.perGpu.denseWeightBytes +
      memory.perGpu.embeddingWeightBytes +
      memory.perGpu.normWeightBytes;
    expect((fixed * all - weights) / memory.kvPoolBytes).toBeCloseTo(1, 3);
    // Free after loading is what the other 10 % and the pool are together.
    expect((free * (memory.kvPoolBytes + (1 - total) * all)) / memory.kvPoolBytes).toBeCloseTo(1, 3);
    expect(new Set([total, fixed, free]).size).toBe(3);
  });

  it.each(['vllm', 'sglang', 'tensorrt-llm'] as const)('is read back from the files of %s', (engine) => {
    const own = made.files.filter(({ name }) => name.startsWith(engine));
    expect(launchFaults(made.expected(engine), own)).toEqual([]);
    const wrong = { vllm: 'utilization 0.9', sglang: 'static 0.8', 'tensorrt-llm': 'fraction: 0.8' }[engine];
    const swapped = own.map((file) => ({
      ...file,
      content: file.content.replace(wrong, wrong.replace(/0\.\d/, '0.6')),
    }));
    expect(launchFaults(made.expected(engine), swapped).join()).toContain('share of memory');
  });
});

describe('what an engine cannot be started with', () => {
  const whyOf = (each: LaunchCase, engine: EngineName) => {
    const found = launched(each).launches.find((launch) => launch.engine === engine);
    return found?.expressible === false ? found : undefined;
  };

  it('is told with the nearest that it can', () => {
    const each: LaunchCase = {
      engine: 'generic',
      model: 'qwen3-30b-a3b',
      request: { mode: 'aggregated', ...one, tp: 2, dp: 4, ep: 4, etp: 2 },
    };
    expect(whyOf(each, 'vllm')).toMatchObject({
      why: expect.stringContaining('ep = 4 with etp = 2 cannot be'),
      nearest: [
        {
          role: 'both',
          strategy: 'EP8_TP2_ETP1',
          flags: '--tensor-parallel-size 2 --data-parallel-size 4 --enable-expert-parallel',
        },
      ],
    });
    expect(whyOf(each, 'sglang')).toBeUndefined();
    expect(whyOf(each, 'tensorrt-llm')?.nearest).toMatchObject([{ degrees: { tp: 1, dp: 8, ep: 4, etp: 2 } }]);
  });

  it('is a model that guesses tokens and has no name, under TensorRT-LLM', () => {
    const workload = { speculation: { tokens: 2, acceptance: 0.7 } };
    const each: LaunchCase = { ...dense, workload };
    expect(whyOf(each, 'tensorrt-llm')?.why).toContain('which model guesses tokens');
    expect(textOf(launched(each), 'vllm.sh')).toContain(
      '--speculative-config "{\\"model\\":\\"$draft_model\\",\\"num_speculative_tokens\\":2}"',
    );
    expect(textOf(launched(each), 'vllm.sh')).toContain('draft_model="${DRAFT_MODEL:?');
    expect(
      whyOf(
        { ...each, model: 'deepseek-v3', request: { mode: 'aggregated', ...one, tp: 8, etp: 8, maxConcurrency: 8 } },
        'tensorrt-llm',
      ),
    ).toBeUndefined();
  });

  it('is a worker that nodes have unequal parts of', () => {
    const each: LaunchCase = {
      ...dense,
      model: 'gpt3-175b',
      request: { mode: 'aggregated', ...one, tp: 4, pp: 3, maxConcurrency: 4 },
    };
    for (const engine of ['vllm', 'sglang', 'tensorrt-llm'] as const)
      expect(whyOf(each, engine)?.why).toContain('8 + 4 GPUs of its nodes');
  });
});

describe('the checkpoint', () => {
  const modelOf = (each: LaunchCase) => {
    const [first] = launched(each).launches;
    return first?.expressible ? first.plan.model : undefined;
  };

  it('is the catalog’s, in the plan’s own precision or in one that the engine makes of it', () => {
    expect(modelOf(dense)).toEqual({ name: 'Llama-3.1-70B', repository: 'meta-llama/Meta-Llama-3.1-70B' });
    const fp8: LaunchCase = { ...dense, precision: 'fp8' };
    expect(textOf(launched(fp8), 'vllm.sh')).toMatch(/MODEL:-meta-llama.*--quantization fp8/s);
    expect(textOf(launched(fp8), 'vllm.sh')).toContain('--kv-cache-dtype fp8\n');
    expect(textOf(launched(fp8), 'tensorrt-llm.sh')).toContain(
      'model="${MODEL:?set MODEL to a checkpoint of Llama-3.1-70B: meta-llama/',
    );
  });

  it('is the user’s where a model only has the name of another', () => {
    const { plan } = launched(dense);
    const [run, ...others] = plan.resolved.model.layers;
    if (!run) throw new Error('no layers');
    const layers = [{ ...run, count: run.count - 1 }, ...others];
    const renamed = { ...plan, resolved: { ...plan.resolved, model: { ...plan.resolved.model, layers } } };
    const [vllm] = launchesOf(renamed);
    expect(vllm?.expressible && vllm.plan.model.repository).toBeUndefined();
    expect(vllm?.expressible && vllm.plan.model.missing).toContain('knows no repository');
  });
});

it('says what redundant experts do to DeepEP under SGLang', () => {
  const made = launched({
    engine: 'sglang',
    model: 'deepseek-v3',
    request: { mode: 'aggregated', ...one, dp: 16, ep: 16, maxConcurrency: 64, redundantExperts: 16 },
  });
  expect(textOf(made, 'sglang.sh')).toContain('--deepep-mode normal');
  expect(made.launches[0]?.expressible && made.launches[0].plan.notes.join()).toContain('CUDA graphs cannot hold');
});
