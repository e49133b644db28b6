import { describe, expect, it } from 'vitest';
import { servingProblem } from '../../../../test/support/serving-problems.ts';
import { engines } from '../../../catalog/engines.ts';
import { runsGenerated } from './expert-kernels.ts';
import { kernelsOf } from './kernels.ts';
import type { StepWork } from './step-work.ts';
import { modelLayers } from './worker.ts';

const alone = { tp: 8, cp: 1, dp: 1, pp: 1, ep: 1, etp: 8, replicas: 1, redundantExperts: 0 };
const spread = { ...alone, ep: 8, etp: 1 };
const dataParallel = { ...spread, tp: 1, dp: 8 };
const idle = {
  tokensEach: 1,
  context: 1000,
  answer: 100,
  promptTokens: 0,
  prompts: 0,
  history: 0,
  groupPromptTokens: 0,
};

function runs(engine: keyof typeof engines, format: 'fp4' | 'fp8', worker: typeof alone, sequences: number): boolean {
  const problem = servingProblem({ model: 'deepseek-v3', gpu: 'b200-sxm', nodes: 1 });
  const { model } = problem;
  const weights = { ...model.precision.weights };
  if (format === 'fp4') weights.expert = { dtype: 'fp4', bytesPerParameter: 9 / 16 };
  const precision = { ...model.precision, weights, activations: format };
  const asked = { ...problem, engine: engines[engine], model: { ...model, precision } };
  const work: StepWork = { ...idle, sequences };
  return runsGenerated(kernelsOf(asked, modelLayers(asked.model)).context, { worker, work });
}

describe('generated kernels for experts', () => {
  it('run under TensorRT-LLM in NVFP4 for few requests, whatever the layout', () => {
    for (const worker of [alone, spread]) {
      expect(runs('tensorrt-llm', 'fp4', worker, 256)).toBe(true);
      expect(runs('tensorrt-llm', 'fp4', worker, 257)).toBe(false);
    }
    // All data-parallel ranks' requests count.
    expect(runs('tensorrt-llm', 'fp4', dataParallel, 32)).toBe(true);
    expect(runs('tensorrt-llm', 'fp4', dataParallel, 33)).toBe(false);
  });

  it('run under TensorRT-LLM in FP8 where experts are not spread over ranks', () => {
    expect(runs('tensorrt-llm', 'fp8', alone, 1000)).toBe(true);
    expect(runs('tensorrt-llm', 'fp8', spread, 1)).toBe(false);
  });

  it.each(['vllm', 'sglang'] as const)('run under %s unless ranks exchange tokens before the experts', (engine) => {
    for (const format of ['fp4', 'fp8'] as const) {
      expect(runs(engine, format, alone, 1000)).toBe(true);
      expect(runs(engine, format, spread, 1000)).toBe(true);
      expect(runs(engine, format, { ...dataParallel, ep: 1, etp: 8 }, 1)).toBe(true);
      expect(runs(engine, format, dataParallel, 1)).toBe(false);
    }
  });
});
