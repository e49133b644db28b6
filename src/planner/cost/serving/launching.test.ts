import { describe, expect, it } from 'vitest';
import { chat, hopper, modelNamed, oneWorker, settingOf } from '../../../../test/support/serving.ts';
import { engines } from '../../../catalog/engines.ts';
import type { EngineTimes } from '../../engine.ts';
import type { ServingWorkload } from '../../workload.ts';
import { workerCosts } from './cost.ts';
import { prefillSide } from './disaggregated.ts';
import { mixedWork, plainWork } from './passes.ts';
import { closedLoop } from './steady.ts';

const dense = modelNamed('llama-3.1-70b');
const layers = 80;
const engine = engines['tensorrt-llm'];
const short: ServingWorkload = { ...chat, inputTokens: 600 };

function costOf(changed: Partial<EngineTimes>, workload = short, layout = { ...oneWorker, tp: 8 }, model = dense) {
  const changedEngine = { ...engine, times: { ...engine.times, ...changed } };
  const setting = settingOf(model, { workload, engine: changedEngine, cluster: hopper });
  return { workload, engine: changedEngine, cost: workerCosts(setting).of(layout), slots: 256 };
}

describe('a step with prompts', () => {
  const alone = (workload: ServingWorkload) => mixedWork(workload, engine, { sequences: 0, together: 1 });
  const { stepOverhead, passOverhead } = engine.times;

  it('takes as long as its kernels are launched, at least', () => {
    const { cost } = costOf({ perLayer: 1e-3 });
    expect(cost.step(alone(short))).toBeCloseTo(layers * 1e-3 + stepOverhead + passOverhead, 12);
    expect(cost.pass(alone(short))).toBe(cost.step(alone(short)));
  });

  it('and no longer where the kernels take longer, or are launched as one graph', () => {
    const free = costOf({ perLayer: 0 });
    const slow = costOf({ perLayer: 1e-3 });
    const long = mixedWork({ ...chat, inputTokens: 8000 }, engine, { sequences: 0, together: 1 });
    expect(slow.cost.step(long)).toBe(free.cost.step(long));
    const captured = alone({ ...chat, inputTokens: 128 });
    expect(slow.cost.step(captured)).toBe(free.cost.step(captured));
    const decoding = plainWork(short, 600);
    expect(slow.cost.step(decoding)).toBe(free.cost.step(decoding));
  });

  it('is launched by every stage of a pipeline, each its own layers', () => {
    const { cost } = costOf({ perLayer: 1e-3 }, short, { ...oneWorker, tp: 2, pp: 4 });
    const overhead = stepOverhead + passOverhead;
    expect(cost.pass(alone(short)) - overhead).toBeCloseTo(layers * 1e-3, 9);
    expect(cost.step(alone(short)) - overhead).toBeGreaterThanOrEqual((layers / 4) * 1e-3);
    expect(cost.step(alone(short)) - overhead).toBeLessThan(layers * 1e-3);
  });

  it('launches half of a layer where a block is a mixer or an FFN alone', () => {
    const hybrid = modelNamed('nemotron-h-56b');
    const { cost } = costOf({ perLayer: 5e-3 }, short, { ...oneWorker, tp: 8 }, hybrid);
    const blocks = hybrid.layers.reduce((sum, { count }) => sum + count, 0);
    expect(cost.step(alone(short)) - stepOverhead - passOverhead).toBeCloseTo((blocks / 2) * 5e-3, 9);
  });

  it('is told by parts that add up to it', () => {
    for (const pp of [1, 4]) {
      const { cost } = costOf({ perLayer: 1e-3 }, short, { ...oneWorker, tp: 2, pp });
      for (const work of [
        alone(short),
        mixedWork(short, engine, { sequences: 32, together: 1 }),
        plainWork(short, 32),
      ]) {
        const { profile, overhead } = cost.parts(work);
        expect(profile.total + overhead).toBeCloseTo(cost.step(work), 9);
      }
    }
  });
});

describe('ranks that read together', () => {
  const mixture = modelNamed('mixtral-8x7b');
  const spread = { ...oneWorker, dp: 4, ep: 4 };

  it('keep a prompt waiting for others, and a worker without such ranks does not', () => {
    const waits = costOf({ rankSteps: 10 }, chat, spread, mixture);
    const none = costOf({ rankSteps: 0 }, chat, spread, mixture);
    const more = closedLoop(waits, 16).ttft - closedLoop(none, 16).ttft;
    expect(more).toBeGreaterThan(9 * closedLoop(none, 16).decodeStep);
    expect(more).toBeLessThan(20 * closedLoop(none, 16).meanStep);
    const one = { ...oneWorker, tp: 4 };
    const apart = (rankSteps: number) => closedLoop(costOf({ rankSteps }, chat, one, mixture), 16).ttft;
    expect(apart(10)).toBe(apart(0));
  });
});

describe('a worker that only reads prompts', () => {
  it('reads several short ones in a step, which costs each less than a step of its own', () => {
    const { cost } = costOf({});
    const side = prefillSide({ cluster: hopper, model: dense, workload: short, engine }, cost);
    expect(side.requestsPerSecond * side.seconds).toBeGreaterThan(1.2);
    const prompts = Math.floor(engine.batchTokens / short.inputTokens);
    const seconds = cost.step(mixedWork(short, engine, { sequences: 0, together: 1, passes: prompts }));
    expect(side.requestsPerSecond).toBeCloseTo(prompts / seconds, 9);
  });

  it('and long ones one by one', () => {
    const long = { ...chat, inputTokens: 20_000 };
    const { cost } = costOf({}, long);
    const side = prefillSide({ cluster: hopper, model: dense, workload: long, engine }, cost);
    expect(side.requestsPerSecond * side.seconds).toBeCloseTo(1, 9);
  });
});
