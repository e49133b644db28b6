import { describe, expect, it } from 'vitest';
import { loopOf } from '../../../../bench/closed-loop/loop.ts';
import { simulateLoop } from '../../../../bench/closed-loop/simulate.ts';
import { chat, hopper, modelNamed, oneWorker, settingOf } from '../../../../test/support/serving.ts';
import { engines } from '../../../catalog/engines.ts';
import type { WorkerStrategy } from '../../strategy.ts';
import { decodeSteps, type ServingWorkload, usualLengthSpread } from '../../workload.ts';
import { workerCosts } from './cost.ts';
import { closedLoop, openLoop, type SteadyContext } from './steady.ts';
import { requestSeconds } from './waiting.ts';
import { togetherShare } from './waves.ts';

const roomy = engines['tensorrt-llm'];
/** The simulation lets no steps pass unseen, and its ranks read together. */
const times = { ...roomy.times, latentSteps: 0, rankSteps: 0, scatter: 0 };

interface Asked {
  readonly workload?: Partial<ServingWorkload>;
  readonly batchTokens?: number;
  readonly name?: string;
  readonly layout?: Partial<WorkerStrategy>;
}

function contextOf({ workload, batchTokens = 8192, name = 'llama-3.1-70b', layout = { tp: 4 } }: Asked): SteadyContext {
  const engine = { ...roomy, batchTokens, times };
  const setting = settingOf(modelNamed(name), { workload: { ...chat, ...workload }, engine, cluster: hopper });
  return {
    workload: setting.workload,
    engine,
    cost: workerCosts(setting).of({ ...oneWorker, ...layout }),
    slots: 4096,
  };
}

/** TTFT and TPOT, closed form over simulation. */
function besideSimulation(context: SteadyContext, clients: number): { readonly ttft: number; readonly tpot: number } {
  const ours = closedLoop(context, clients);
  const simulated = simulateLoop(loopOf(context, clients));
  const waited = ours.ttft - requestSeconds(context.workload, context.engine);
  return { ttft: waited / simulated.ttft, tpot: ours.tpot / simulated.tpot };
}

const shapes = [
  [2000, 500],
  [1000, 1000],
  [500, 2000],
  [8000, 1000],
] as const;

describe('a closed loop whose lengths are all equal', () => {
  it.each([
    ['steps with room for several prompts', { batchTokens: 8192 }],
    ['prompts that take several steps', { batchTokens: 2048 }],
    ['data-parallel ranks', { name: 'deepseek-v3', layout: { dp: 8, ep: 8 } }],
  ])('is what its simulation comes to: %s', (_, asked) => {
    for (const [inputTokens, outputTokens] of shapes) {
      const context = contextOf({ ...asked, workload: { inputTokens, outputTokens, lengthSpread: 0 } });
      for (const clients of [2, 4, 16, 64]) {
        if ((clients * inputTokens) / context.engine.batchTokens > outputTokens / 10) continue;
        const { ttft, tpot } = besideSimulation(context, clients);
        expect(ttft, `TTFT of ${clients} × ${inputTokens}/${outputTokens}`).toBeGreaterThan(0.9);
        expect(ttft, `TTFT of ${clients} × ${inputTokens}/${outputTokens}`).toBeLessThan(1.1);
        // Of fewer clients than ranks each is alone on one, which the mean of a rank does not say.
        if (clients < context.cost.worker.dp) continue;
        expect(tpot).toBeGreaterThan(0.95);
        expect(tpot).toBeLessThan(1.05);
      }
    }
  });

  it('reads all that one step has room for together, and nobody waits for anybody', () => {
    const context = contextOf({ workload: { lengthSpread: 0 } });
    const { table } = context.cost;
    const four = closedLoop(context, 4);
    expect(four.ttft).toBeCloseTo(table.pass(four.sequences, 4) + requestSeconds(context.workload, context.engine), 9);
    expect(four.tpot).toBeCloseTo((four.decodeStep * decodeSteps(context.workload)) / 499, 12);
  });

  it('has longer steps with each more client, until prompts fill them all', () => {
    const context = contextOf({ workload: { inputTokens: 8000, outputTokens: 20, lengthSpread: 0 } });
    let before = 0;
    for (const clients of [1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 32]) {
      const { tpot } = closedLoop(context, clients);
      expect(tpot).toBeGreaterThanOrEqual(before);
      before = tpot;
      const ratio = besideSimulation(context, clients).tpot;
      expect(ratio).toBeGreaterThan(0.95);
      expect(ratio).toBeLessThan(1.06);
    }
  });

  it('makes each wait for two steps with a prompt where one has room for no more', () => {
    const context = contextOf({ workload: { lengthSpread: 0 }, batchTokens: 2064 });
    const prompt = context.cost.table.pass(0, 1);
    const many = closedLoop(context, 16).ttft / prompt;
    expect(many).toBeGreaterThan(2.8);
    expect(many).toBeLessThan(4);
    // Where lengths differ most find a step without any.
    const usual = closedLoop(contextOf({ batchTokens: 2064 }), 16).ttft / prompt;
    expect(usual).toBeLessThan(2.5);
  });
});

describe('a closed loop whose lengths differ', () => {
  it.each([0.05, usualLengthSpread, 1 / 9, 0.3, 1])('by ± %f is what its simulation comes to', (lengthSpread) => {
    for (const [inputTokens, outputTokens] of shapes) {
      const context = contextOf({ workload: { inputTokens, outputTokens, lengthSpread } });
      for (const clients of [2, 8, 32]) {
        const { ttft, tpot } = besideSimulation(context, clients);
        expect(ttft).toBeGreaterThan(0.85);
        expect(ttft).toBeLessThan(1.15);
        // Answers of a few tokens count as much as others in a mean of means.
        expect(tpot).toBeGreaterThan(0.92);
        expect(tpot).toBeLessThan(1.08);
      }
    }
  });

  it('lets a request wait less the more they do', () => {
    const waits = [0, 0.02, 0.05, usualLengthSpread, 0.3, 1].map(
      (lengthSpread) => closedLoop(contextOf({ workload: { lengthSpread } }), 64).ttft,
    );
    expect(waits).toEqual(waits.toSorted((a, b) => b - a));
  });

  it('is never taken for one of equal ones by what is assumed of lengths, however short the answers', () => {
    for (const outputTokens of [1, 2, 3, 8, 1000])
      expect(togetherShare({ outputTokens, lengthSpread: usualLengthSpread })).toBe(0);
    expect(togetherShare({ outputTokens: 500, lengthSpread: 0 })).toBe(1);
    // Half a step after one wave, more than one after four.
    expect(togetherShare({ outputTokens: 501, lengthSpread: 0.0005 })).toBeCloseTo(3 / 9, 12);
  });
});

describe('arrivals at a rate', () => {
  it('wait by a third longer in the queue where prompts are of any length up to twice the mean', () => {
    const of = (lengthSpread: number) => {
      const context = contextOf({ workload: { lengthSpread, outputTokens: 1 } });
      return openLoop(context, 0.8 * closedLoop(context, 1).requestsPerSecond).queueing;
    };
    expect(of(1) / of(0)).toBeCloseTo(4 / 3, 12);
    expect(of(0.3) / of(0)).toBeCloseTo(1.03, 12);
  });
});
