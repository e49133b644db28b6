import { describe, expect, it } from 'vitest';
import { chat, hopper, modelNamed, oneWorker, settingOf } from '../../../../test/support/serving.ts';
import { engines } from '../../../catalog/engines.ts';
import { workerCosts } from './cost.ts';
import { mixedWork, plainWork } from './passes.ts';

const engine = engines['tensorrt-llm'];
const maverick = modelNamed('llama-4-maverick');

function stepOf(inputTokens: number, sequences: number, prompts: boolean): number {
  const workload = { ...chat, inputTokens, outputTokens: 1024 };
  const cost = workerCosts(settingOf(maverick, { workload, engine, cluster: hopper })).of({ ...oneWorker, tp: 8 });
  return cost.kernels(
    prompts ? mixedWork(workload, engine, { sequences, together: 1 }) : plainWork(workload, sequences),
  );
}

describe('attention in chunks', () => {
  it('reads a prompt as long as a chunk no faster than one just below it', () => {
    const prompts = [8000, 8191, 8192].map((tokens) => stepOf(tokens, 0, true));
    for (const [i, seconds] of prompts.entries()) expect(seconds).toBeGreaterThan(prompts[i - 1] ?? 0);
    expect((prompts[2] ?? 0) / (prompts[0] ?? 1)).toBeLessThan(1.1);
  });

  it('decodes an answer that crosses a chunk neither as if it were full nor as if it had just begun', () => {
    const [before, at, after] = [7000, 7680, 8192].map((tokens) => stepOf(tokens, 64, false));
    expect(before).toBeGreaterThan(at ?? 0);
    expect(at).toBeGreaterThan(after ?? 0);
  });
});
