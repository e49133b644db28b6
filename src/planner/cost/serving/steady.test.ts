import { describe, expect, it } from 'vitest';
import { loopOf } from '../../../../bench/closed-loop/loop.ts';
import { simulateLoop } from '../../../../bench/closed-loop/simulate.ts';
import { chat, hopper, modelNamed, oneWorker, settingOf } from '../../../../test/support/serving.ts';
import { engines } from '../../../catalog/engines.ts';
import { decodeSteps, type ServingWorkload, tokensPerStep } from '../../workload.ts';
import { type WorkerCost, workerCosts } from './cost.ts';
import { mixedWork, plainWork } from './passes.ts';
import { staticBatch } from './static-batch.ts';
import { closedLoop, openLoop, type SteadyContext } from './steady.ts';
import { requestSeconds } from './waiting.ts';

const model = modelNamed('llama-3.1-70b');
const layout = { ...oneWorker, tp: 4 };

function contextOf(workload: ServingWorkload = chat, slots = 256): SteadyContext & { readonly cost: WorkerCost } {
  const engine = engines['tensorrt-llm'];
  const cost = workerCosts(settingOf(model, { workload, engine, cluster: hopper })).of(layout);
  return { workload, engine, cost, slots };
}

describe('steps of a worker', () => {
  it('interpolates between costed sizes within a hundredth', () => {
    const { cost } = contextOf();
    for (const sequences of [1, 3, 5.7, 11, 47, 101.3, 230]) {
      expect(cost.table.plain(sequences) / cost.step(plainWork(chat, sequences))).toBeCloseTo(1, 2);
      const work = mixedWork(chat, engines['tensorrt-llm'], { sequences, together: 1 });
      expect(cost.table.mixed(sequences, 1) / cost.step(work)).toBeCloseTo(1, 2);
    }
  });
});

describe('compute under load', () => {
  const engine = engines['tensorrt-llm'];
  const slowed = (factor: number, gpu = hopper.gpu) => {
    const slower = { ...engine, times: { ...engine.times, computeSlowdown: factor } };
    return workerCosts(settingOf(model, { engine: slower, cluster: { ...hopper, gpu } })).of(layout);
  };
  const full = { sequences: 0, together: 1, passes: 4 };

  it('is slower than in the tables, and what waits for memory is not', () => {
    const [once, twice] = [slowed(1), slowed(2)];
    const prompts = mixedWork(chat, engine, full);
    expect(twice.kernels(prompts) / once.kernels(prompts)).toBeGreaterThan(1.6);
    expect(twice.kernels(plainWork(chat, 1)) / once.kernels(plainWork(chat, 1))).toBeLessThan(1.02);
    // A step that decodes thousands waits for compute as a prompt's does.
    const many = plainWork({ ...chat, inputTokens: 16, outputTokens: 16 }, 4096);
    expect(twice.kernels(many) / once.kernels(many)).toBeGreaterThan(1.4);
  });

  it('is as in the tables where these were made at sustained clocks', () => {
    const gpu = { ...hopper.gpu, curves: { ...hopper.gpu.curves, sustainedClocks: true } as const };
    const work = mixedWork(chat, engine, full);
    expect(slowed(2, gpu).kernels(work)).toBe(slowed(1).kernels(work));
  });
});

describe('a closed loop', () => {
  it('decodes alone at the pace of a step with one sequence', () => {
    const context = contextOf();
    const one = closedLoop(context, 1);
    const steps = decodeSteps(chat) / (chat.outputTokens - 1);
    // With nobody else there is no prompt to wait for while decoding.
    expect(one.tpot).toBeCloseTo(one.decodeStep * steps, 9);
    expect(one.ttft).toBeGreaterThan(context.cost.table.pass(0, 1));
  });

  it('hides nothing of what the host does for a prompt that is alone', () => {
    const context = contextOf({ ...chat, outputTokens: 1 });
    const one = closedLoop(context, 1);
    const { stepOverhead, passOverhead } = context.engine.times;
    const kernels = context.cost.through(mixedWork(chat, context.engine, { sequences: 0, together: 1 }));
    expect(one.ttft).toBeCloseTo(kernels + stepOverhead + passOverhead, 12);
  });

  it('takes longer to the first token by what a longer prompt takes to be sent and read', () => {
    const context = contextOf();
    const { times } = context.engine;
    const free = { ...context, engine: { ...context.engine, times: { ...times, perPromptToken: 0 } } };
    const apart = closedLoop(context, 1).ttft - closedLoop(free, 1).ttft;
    expect(apart).toBeCloseTo(times.perPromptToken * chat.inputTokens, 9);
  });

  it('keeps Little’s law, and serves more, each slower, with more clients', () => {
    const context = contextOf();
    let before = { requestsPerSecond: 0, tpot: 0 };
    for (const clients of [1, 4, 16, 64, 200]) {
      const steady = closedLoop(context, clients);
      const stay = steady.ttft + steady.tpot * (chat.outputTokens - 1);
      expect((steady.requestsPerSecond * stay) / clients).toBeCloseTo(1, 2);
      expect(steady.requestsPerSecond).toBeGreaterThan(before.requestsPerSecond);
      expect(steady.tpot).toBeGreaterThan(before.tpot);
      before = steady;
    }
  });

  it('is what a simulation of it comes to, step by step', () => {
    const few: ServingWorkload = { ...chat, outputTokens: 100 };
    for (const workload of [chat, few, { ...chat, inputTokens: 500 }, { ...chat, inputTokens: 16_000 }]) {
      const context = contextOf(workload);
      for (const clients of [2, 8, 64]) {
        const steady = closedLoop(context, clients);
        const { ttft, tpot, requestsPerSecond } = simulateLoop(loopOf(context, clients));
        const waited = steady.ttft - requestSeconds(workload, context.engine);
        expect(waited / ttft).toBeGreaterThan(0.85);
        expect(waited / ttft).toBeLessThan(1.15);
        expect(steady.tpot / tpot).toBeCloseTo(1, 1);
        expect(steady.requestsPerSecond / requestsPerSecond).toBeCloseTo(1, 0);
      }
    }
  });

  it('makes clients beyond the slots wait, and not decode', () => {
    const context = contextOf(chat, 32);
    const full = closedLoop(context, 32);
    const over = closedLoop(context, 96);
    expect(over.tpot).toBeLessThan(full.tpot * 1.1);
    expect(over.ttft).toBeGreaterThan(full.ttft + full.tpot * (chat.outputTokens - 1));
  });

  it('gives no more prompts a step than fit into one', () => {
    const long: ServingWorkload = { ...chat, inputTokens: 8000, outputTokens: 16 };
    const context = contextOf(long, 1000);
    const steady = closedLoop(context, Number.POSITIVE_INFINITY);
    expect(steady.promptTokens + steady.sequences).toBeLessThanOrEqual(context.engine.batchTokens * 1.001);
  });

  it('lets a lone client wait for its prompt alone, however short the answer', () => {
    const alone = (outputTokens: number) => {
      const context = contextOf({ ...chat, inputTokens: 30000, outputTokens });
      return closedLoop(context, 1).ttft;
    };
    // Its last pass leaves room in a step, which is costed as if another prompt filled it.
    expect(alone(2) / alone(200)).toBeLessThan(1.1);
    expect(alone(2) / alone(200)).toBeGreaterThan(0.99);
  });

  it('reads no more prompts than steps full of them do, however short the answers', () => {
    for (const outputTokens of [2, 4, 16, 64]) {
      const context = contextOf({ ...chat, inputTokens: 8000, outputTokens }, 1000);
      const { engine, cost } = context;
      const passes = engine.batchTokens / (8000 / Math.ceil(8000 / engine.batchTokens));
      const most = passes / (Math.ceil(8000 / engine.batchTokens) * cost.table.mixed(0, passes));
      let before = 0;
      for (const clients of [1, 4, 7, 9, 11, 16, 32, 64]) {
        const { requestsPerSecond } = closedLoop(context, clients);
        expect(requestsPerSecond).toBeLessThanOrEqual(most);
        // Requests that crowd out each other’s steps may cost a little.
        expect(requestsPerSecond).toBeGreaterThan(0.9 * before);
        before = requestsPerSecond;
      }
    }
  });
});

describe('Poisson arrivals', () => {
  it('approach a lone request as they grow rare, and a full worker as they grow many', () => {
    const context = contextOf();
    const rare = openLoop(context, 1e-4);
    expect(rare.tpot / closedLoop(context, 1).tpot).toBeCloseTo(1, 2);
    const most = closedLoop(context, Number.POSITIVE_INFINITY).requestsPerSecond;
    const many = openLoop(context, 4 * most);
    expect(many.requestsPerSecond).toBeLessThan(1.25 * most);
    expect(many.requestsPerSecond).toBeGreaterThan(0.8 * most);
    expect(openLoop(context, 0.5 * most).requestsPerSecond).toBeCloseTo(0.5 * most, 9);
  });

  it('are answered no less for being more', () => {
    const context = contextOf();
    const answered = [1, 2, 4, 8, 16, 32].map((rate) => openLoop(context, rate).requestsPerSecond);
    for (const [i, now] of answered.entries()) expect(now).toBeGreaterThanOrEqual((answered[i - 1] ?? 0) * 0.999);
  });
});

describe('a static batch', () => {
  it('takes its prompts, then its steps', () => {
    const steady = staticBatch(contextOf(), 64);
    expect(64 / steady.requestsPerSecond).toBeCloseTo(steady.prefill + decodeSteps(chat) * steady.decodeStep, 9);
  });

  it('waits for the rank that has most of it: a prompt is on one rank whole', () => {
    const spread = { ...oneWorker, dp: 8, ep: 8 };
    const engine = engines.sglang;
    const cost = workerCosts(settingOf(modelNamed('mixtral-8x7b'), { workload: chat, engine, cluster: hopper })).of(
      spread,
    );
    const of = (batch: number) => staticBatch({ workload: chat, engine, cost, slots: 256 }, batch);
    expect(of(1).decodeStep).toBe(of(8).decodeStep);
    expect(of(9).decodeStep).toBe(of(16).decodeStep);
    expect(of(9).prefill).toBeGreaterThan(of(8).prefill);
    // One prompt leaves the experts less to do than eight.
    expect(of(1).prefill).toBeLessThanOrEqual(of(8).prefill);
    expect(of(1).prefill).toBeGreaterThan(of(8).prefill / 4);
    expect(of(1).sequences).toBe(1 / 8);
  });

  it('and requests of one token pass every stage of a pipeline', () => {
    const engine = engines.vllm;
    const ofStages = (pp: number, outputTokens: number) => {
      const workload: ServingWorkload = { ...chat, outputTokens };
      const cost = workerCosts(settingOf(model, { workload, engine, cluster: hopper })).of({ ...oneWorker, tp: 2, pp });
      return { workload, engine, cost, slots: 256 };
    };
    const [one, four] = [ofStages(1, 1), ofStages(4, 1)];
    expect(closedLoop(four, 1).ttft).toBeGreaterThan(closedLoop(one, 1).ttft);
    // Two clients are read at the same time by different stages, as four are.
    expect(closedLoop(four, 2).ttft).toBeLessThan(1.2 * closedLoop(four, 1).ttft);
    expect(closedLoop(four, 2).requestsPerSecond).toBeLessThan(closedLoop(four, 4).requestsPerSecond);
    for (const clients of [1, 2, 4, 64]) {
      const { ttft, requestsPerSecond } = closedLoop(four, clients);
      expect((ttft * requestsPerSecond) / clients).toBeCloseTo(1, 9);
    }
    expect(closedLoop(four, 64).requestsPerSecond).toBeGreaterThan(2 * closedLoop(one, 64).requestsPerSecond);
    expect(staticBatch(ofStages(4, 16), 1).ttft).toBeGreaterThan(staticBatch(ofStages(1, 16), 1).ttft);
  });
});

describe('answers that are shorter than their prompts take', () => {
  const short: ServingWorkload = { ...chat, inputTokens: 8000, outputTokens: 20 };

  it('are held up by the prompts of all others, though few decode at a time', () => {
    const context = contextOf(short);
    const [alone, eight] = [1, 8].map((clients) => closedLoop(context, clients));
    // One client finds nobody. Of eight, seven read their prompts while one decodes or waits: half of its steps have one, and take as long as it.
    expect(eight?.sequences).toBeLessThan(5);
    expect(eight?.tpot).toBeGreaterThan(4 * (alone?.tpot ?? 0));
    const prompt = context.cost.table.mixed(1, 1);
    expect((eight?.ttft ?? 0) + 19 * (eight?.tpot ?? 0)).toBeGreaterThan(8 * 0.95 * prompt);
  });
});

describe('speculation', () => {
  it('gains 1 + a + a² tokens a step with two guesses', () => {
    expect(tokensPerStep({ speculation: { tokens: 2, acceptance: 0.8 } })).toBeCloseTo(2.44, 12);
    const guessed: ServingWorkload = { ...chat, speculation: { tokens: 2, acceptance: 0.8 } };
    const plain = closedLoop(contextOf(), 8).tpot;
    const faster = closedLoop(contextOf(guessed), 8).tpot;
    expect(faster).toBeLessThan(plain);
    expect(faster).toBeGreaterThan(plain / 2.44);
  });

  it('and a prefix cache shortens the wait for the first token', () => {
    const cached: ServingWorkload = { ...chat, prefixCacheHitRate: 0.75 };
    expect(closedLoop(contextOf(cached), 8).ttft).toBeLessThan(closedLoop(contextOf(), 8).ttft);
  });
});
