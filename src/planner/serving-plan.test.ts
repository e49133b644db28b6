import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type ServingQuestion, servingProblem } from '../../test/support/serving-problems.ts';
import { createServingPlan } from './serving-plan.ts';
import type { ServingPlanResult } from './serving-result.ts';
import { servingGpus } from './strategy.ts';

const slo = { ttft: 4, tpot: 0.06 };
const llama: ServingQuestion = {
  model: 'llama-3.1-405b',
  gpu: 'h100-sxm',
  nodes: 4,
  precision: 'bf16',
  workload: { slo },
};

function feasible(question: ServingQuestion): Extract<ServingPlanResult, { status: 'feasible' }> {
  const plan = createServingPlan(servingProblem(question));
  if (plan.status !== 'feasible') throw new Error(plan.status);
  return plan;
}

function infeasible(question: ServingQuestion): Extract<ServingPlanResult, { status: 'infeasible' }> {
  const plan = createServingPlan(servingProblem(question));
  if (plan.status !== 'infeasible') throw new Error(plan.status);
  return plan;
}

describe('Llama-3.1-405B in BF16 on 32 H100, 4000 tokens in and 500 out', () => {
  const plan = feasible(llama);

  it('has an answer within TTFT 4 s and TPOT 60 ms on the cluster', () => {
    const { strategy, estimate } = plan.chosen;
    expect(servingGpus(strategy)).toBeLessThanOrEqual(32);
    expect(estimate.time.ttft.mean).toBeLessThanOrEqual(slo.ttft);
    expect(estimate.time.tpot.mean).toBeLessThanOrEqual(slo.tpot);
  });

  it('has one of TP8 and PP2 too', () => {
    const degrees = { tp: { min: 8, max: 8 }, pp: { min: 2, max: 2 } };
    const more = { constraints: { degrees, memoryFree: 0 }, modes: ['aggregated' as const] };
    const { strategy, estimate } = feasible({ ...llama, more }).chosen;
    expect(strategy).toMatchObject({ mode: 'aggregated', tp: 8, pp: 2, replicas: 2 });
    expect(estimate.time.tpot.mean).toBeLessThanOrEqual(slo.tpot);
  });

  it('tells the best of each mode, and alternatives that are no better', () => {
    expect(plan.bestOfMode.map(({ strategy }) => strategy.mode)).toEqual(['aggregated', 'disaggregated']);
    const tokens = plan.chosen.estimate.throughput.tokensPerSecond;
    expect(plan.alternatives.length).toBe(5);
    for (const { estimate } of [...plan.alternatives, ...plan.bestOfMode]) {
      expect(estimate.throughput.tokensPerSecond).toBeLessThanOrEqual(tokens * (1 + 1e-9));
    }
  });

  it('has a frontier on which more for a user is less for a GPU', () => {
    expect(plan.frontier.length).toBeGreaterThan(3);
    expect(plan.frontier.length).toBeLessThanOrEqual(24);
    for (const [i, point] of plan.frontier.entries()) {
      expect(point.ttft).toBeLessThanOrEqual(slo.ttft);
      const before = plan.frontier[i - 1];
      if (!before) continue;
      expect(point.tokensPerSecondPerGpu).toBeLessThan(before.tokensPerSecondPerGpu);
      expect(point.tokensPerSecondPerUser).toBeGreaterThan(before.tokensPerSecondPerUser);
    }
  });

  it('has the chosen strategy on its frontier, however near its neighbours are', () => {
    const { strategy, estimate } = plan.chosen;
    const own = plan.frontier.find((point) => isDeepStrictEqual(point.strategy, strategy));
    if (own) expect(own.tokensPerSecondPerUser * estimate.time.tpot.mean).toBeCloseTo(1, 9);
    // What keeps it off has more of both.
    const better = plan.frontier.some(
      (point) =>
        point.tokensPerSecondPerUser * estimate.time.tpot.mean > 1 &&
        point.tokensPerSecondPerGpu > estimate.throughput.tokensPerSecond / servingGpus(strategy),
    );
    expect(own !== undefined || better).toBe(true);
  });

  it('prices each bound of the SLO: tighter gains nothing, looser costs nothing', () => {
    expect(plan.sloPrices.map(({ bound }) => bound)).toEqual(['ttft', 'ttft', 'tpot', 'tpot']);
    for (const { from, to, change } of plan.sloPrices) {
      if (change === undefined) continue;
      if (to < from) expect(change).toBeLessThan(1e-3);
      else expect(change).toBeGreaterThan(-0.01);
    }
  });

  it('gives a reason for every dimension, each with figures of what it was compared with', () => {
    const dimensions = plan.rationale.map(({ dimension }) => dimension.replace('decode.', ''));
    expect(dimensions).toEqual(expect.arrayContaining(['tp', 'pp', 'mode']));
    for (const { compared } of plan.rationale) expect(compared.length).toBeGreaterThan(0);
  });

  it('gives the pin as the reason for a degree that the request pins', () => {
    const degrees = { tp: { min: 8, max: 8 } };
    const pinned = feasible({ ...llama, more: { constraints: { degrees, memoryFree: 0 }, modes: ['aggregated'] } });
    const reason = pinned.rationale.find(({ dimension }) => dimension === 'tp');
    expect(reason).toMatchObject({ chosen: 8, why: 'The request pins tp = 8.', compared: [] });
    expect(pinned.rationale.find(({ dimension }) => dimension === 'pp')?.compared.length).toBeGreaterThan(0);
  });

  it('says what it is sensitive to with another winner and a loss', () => {
    for (const { change, winner, loss } of plan.sensitivity) {
      expect(Math.abs(change)).toBeLessThanOrEqual(0.2);
      expect(winner).not.toEqual(plan.chosen.strategy);
      expect(loss).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('bounds that are to be kept with a probability', () => {
  const promised = { ttft: 9, tpot: 0.06 };
  const sure = { ...llama, workload: { slo: { ...promised, confidence: 0.9 } } };
  const plan = feasible(sure);

  it('are held by the plan for bounds of means that are as much shorter', () => {
    const margins = { ttft: 3, tpot: 1.14 };
    const shorter = { ttft: promised.ttft / margins.ttft, tpot: promised.tpot / margins.tpot };
    const same = feasible({ ...llama, workload: { slo: shorter } });
    expect(plan.chosen.strategy).toEqual(same.chosen.strategy);
    expect(plan.search).toEqual(same.search);
    for (const { estimate } of [plan.chosen, ...plan.alternatives, ...plan.bestOfMode]) {
      expect(estimate.time.ttft.boundKept).toBeGreaterThanOrEqual(0.9 - 1e-9);
      expect(estimate.time.tpot.boundKept).toBeGreaterThanOrEqual(0.9 - 1e-9);
    }
    expect(plan.sensitivity.map(({ input, winner }) => [input, winner])).toEqual(
      same.sensitivity.map(({ input, winner }) => [input, winner]),
    );
  });

  it('cost what keeping them by the mean does not', () => {
    const byMean = feasible({ ...llama, workload: { slo: promised } });
    const tokens = ({ chosen }: typeof plan) => chosen.estimate.throughput.tokensPerSecond;
    expect(tokens(plan)).toBeLessThan(tokens(byMean));
    const evenly = feasible({ ...llama, workload: { slo: { ...promised, confidence: 0.5 } } });
    expect(evenly.chosen.strategy).toEqual(byMean.chosen.strategy);
    expect(byMean.chosen.estimate.time.tpot.boundKept).toBeLessThan(0.9);
  });

  it('are priced as they were promised', () => {
    for (const { bound, from, to, effect } of plan.sloPrices) {
      expect(from).toBeCloseTo(promised[bound], 9);
      expect([5 / 6, 6 / 5].map((factor) => factor * promised[bound])).toContainEqual(expect.closeTo(to, 9));
      expect(effect).toMatch(bound === 'ttft' ? /instead of 9 s/ : /instead of 60 ms/);
    }
  });

  it('are remedied by looser ones, which keep as probably, or by less confidence', () => {
    const tight = { ttft: 9, tpot: 0.045 };
    const { remedies, nearest } = infeasible({ ...llama, workload: { slo: { ...tight, confidence: 0.95 } } });
    expect(nearest?.rejection.explanation).toMatch(/times what the SLO allows, kept with 95 %/);
    expect(remedies).toContainEqual(
      expect.objectContaining({
        path: '/workload/slo/confidence',
        from: 0.95,
        to: 0.5,
        change: expect.stringMatching(/50 % instead of 95 %/),
      }),
    );
    const looser = remedies.find(({ path }) => path === '/workload/slo/tpotMs');
    expect(looser?.from).toBe(45);
    const tpot = Number(looser?.to) / 1e3;
    expect(feasible({ ...llama, workload: { slo: { ...tight, tpot, confidence: 0.95 } } }).status).toBe('feasible');
  });
});

describe('DeepSeek-V3 on 16 H200 under vLLM, for two clients with prompts of 120,000 tokens', () => {
  const long = (ttft: number, pinned: { readonly cp?: number; readonly tp?: number } = {}): ServingQuestion => ({
    model: 'deepseek-v3',
    gpu: 'h200-sxm',
    nodes: 2,
    workload: { inputTokens: 120_000, load: { kind: 'concurrency', concurrency: 2 }, slo: { ttft } },
    more: {
      constraints: {
        degrees: Object.fromEntries(Object.entries(pinned).map(([name, at]) => [name, { min: at, max: at }])),
        memoryFree: 0,
      },
    },
  });

  it('cuts prompts where the first token is wanted soon, and says what it gains', () => {
    // Two workers that cut nothing take 15 s.
    const plan = feasible(long(12));
    const { strategy, estimate } = plan.chosen;
    expect(strategy).toMatchObject({ mode: 'aggregated', tp: 8, cp: 2, dp: 1, pp: 1 });
    const [reason] = plan.rationale.filter(({ dimension }) => dimension === 'cp');
    expect(reason?.chosen).toBe(2);
    expect(reason?.compared.map(({ value }) => value)).toEqual([1, 4]);
    const [uncut = 0, quarter = 0] = [1, 4].map(
      (cp) => feasible(long(12, { cp })).chosen.estimate.throughput.tokensPerSecond,
    );
    expect(quarter).toBeGreaterThan(1.1 * uncut);
    expect(estimate.throughput.tokensPerSecond).toBeGreaterThan(quarter);
  });

  it('does not where the further tokens are wanted soon', () => {
    const question = long(60);
    const { strategy } = feasible({ ...question, more: { objective: 'latency', modes: ['aggregated'] } }).chosen;
    expect(strategy).toMatchObject({ cp: 1 });
  });

  it('reads prompts in less time than without, pinned to either', () => {
    const [whole, cut] = [1, 2].map((cp) => feasible(long(60, { cp, tp: 8 })).chosen.estimate.time);
    expect(cut?.prefill).toBeLessThan(0.75 * (whole?.prefill ?? 0));
  });
});

describe('what cannot be', () => {
  it('lacks memory on one node: what came nearest, and remedies that were planned', () => {
    const { nearest, remedies } = infeasible({ ...llama, nodes: 1 });
    expect(nearest?.rejection.reason).toBe('memory.weights');
    expect(nearest?.shortBytes).toBeGreaterThan(0);
    expect(remedies.map(({ path }) => path)).toEqual(['/cluster/nodes', '/model/precision']);
  });

  it('misses an SLO: how far, and the bound that can be met', () => {
    const question: ServingQuestion = {
      model: 'qwen3-32b',
      gpu: 'h200-sxm',
      nodes: 1,
      workload: { slo: { tpot: 0.003 } },
      more: { modes: ['aggregated'] },
    };
    const { nearest, remedies, search } = infeasible(question);
    expect(nearest?.rejection.reason).toBe('slo.tpot');
    expect(search.rejected['slo.tpot']).toBeGreaterThan(0);
    const remedy = remedies.find(({ path }) => path === '/workload/slo/tpotMs');
    expect(remedy).toBeDefined();
    const met = feasible({ ...question, workload: { slo: { tpot: Number(remedy?.to) / 1e3 } } });
    expect(met.chosen.estimate.time.tpot.mean).toBeGreaterThan(0.003);
  });

  it('lacks memory and misses the SLO besides: no single change helps, and that is said', () => {
    const slo = { ttft: 0.001, tpot: 0.001 };
    const { remedies, warnings } = infeasible({
      ...llama,
      nodes: 1,
      workload: { slo },
      more: { modes: ['aggregated'] },
    });
    expect(remedies.filter(({ path }) => path !== '/constraints/mode')).toEqual([]);
    expect(warnings.at(-1)).toMatch(/No single change/);
    expect(infeasible({ ...llama, nodes: 1 }).warnings.join()).not.toMatch(/No single change/);
  });

  it('pins what the engine cannot express: the nearest that it can', () => {
    const degrees = {
      tp: { min: 2, max: 2 },
      dp: { min: 16, max: 16 },
      ep: { min: 16, max: 16 },
      etp: { min: 2, max: 2 },
    };
    const { nearest } = infeasible({
      model: 'deepseek-v3',
      gpu: 'h200-sxm',
      nodes: 4,
      more: { constraints: { degrees, memoryFree: 0 }, modes: ['aggregated'] },
    });
    expect(nearest?.rejection.reason).toBe('engine-not-expressible');
    expect(nearest?.strategy).toMatchObject({ mode: 'aggregated', tp: 2, dp: 16, ep: 32, etp: 1 });
  });
});

describe('equal problems', () => {
  it('have equal plans, byte for byte', () => {
    const question: ServingQuestion = { model: 'qwen3-32b', gpu: 'h200-sxm', nodes: 1, workload: { slo } };
    expect(JSON.stringify(feasible(question))).toBe(JSON.stringify(feasible(question)));
  });
});

/** A deadline that passes when it has been asked so often. */
function passingAfter(times: number): { readonly outOfTime: () => boolean; readonly asked: () => number } {
  let asked = 0;
  return { outOfTime: () => ++asked > times, asked: () => asked };
}

describe('a deadline', () => {
  const problem = servingProblem({ ...llama, nodes: 2, more: { modes: ['aggregated'] } });
  const tight = servingProblem({
    ...llama,
    nodes: 1,
    workload: { slo: { tpot: 0.001 } },
    more: { modes: ['aggregated'] },
  });

  it('that passes after the search is told, and the plan stands', () => {
    const never = passingAfter(Number.POSITIVE_INFINITY);
    const whole = createServingPlan(problem, never.outOfTime);
    const cut = createServingPlan(problem, passingAfter(never.asked() - 1).outOfTime);
    if (whole.status !== 'feasible' || cut.status !== 'feasible') throw new Error(cut.status);
    expect(cut.chosen).toEqual(whole.chosen);
    expect(cut.search.exhaustive).toBe(true);
    expect(cut.warnings.length).toBe(whole.warnings.length + 1);
    expect(cut.warnings.at(-1)).toMatch(/deadline passed after the best strategy was found/);
  });

  it('that passes among the remedies is told', () => {
    const never = passingAfter(Number.POSITIVE_INFINITY);
    const whole = createServingPlan(tight, never.outOfTime);
    const cut = createServingPlan(tight, passingAfter(never.asked() - 1).outOfTime);
    if (whole.status !== 'infeasible' || cut.status !== 'infeasible') throw new Error(cut.status);
    expect(whole.warnings.join()).not.toMatch(/deadline/);
    expect(cut.warnings.at(-1)).toMatch(/deadline passed while remedies were tried/);
  });
});
