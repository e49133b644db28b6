import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import type { SearchReport } from '../planner/result.ts';
import { estimateServing, type ServingStrategyRequest } from '../planner/serving.ts';
import type { ServingCandidate, ServingPlanResult } from '../planner/serving-result.ts';
import { feasibleServingPlanOf, infeasibleServingPlanOf } from './answer-serving.ts';
import { type ResolvedServingPlan, resolvePlanRequest } from './resolve.ts';
import { PlanRequest } from './schemas/request.ts';
import { FeasibleServingPlan, InfeasibleServingPlan } from './schemas/serving-answer.ts';

const request = Compile(PlanRequest).Parse({
  cluster: { nodes: 2, gpusPerNode: 8, gpu: 'h200-sxm' },
  model: 'qwen3-30b-a3b',
  engine: 'sglang',
  workload: { kind: 'serving', inputTokens: 1000, outputTokens: 200, concurrency: 32, slo: { tpotMs: 20 } },
});

function resolvedPlan(): ResolvedServingPlan {
  const resolved = resolvePlanRequest(request);
  if (resolved.kind === 'invalid' || resolved.workload === 'batch') throw new Error(JSON.stringify(resolved));
  return resolved;
}

const resolved = resolvedPlan();
const worker = { tp: 4, cp: 1, dp: 1, pp: 1, ep: 1, etp: 4, replicas: 2, redundantExperts: 0 };
const halves = { mode: 'disaggregated', prefill: worker, decode: { ...worker, replicas: 1 } } as const;

function candidate(strategy: ServingStrategyRequest): ServingCandidate {
  const result = estimateServing(resolved.problem, strategy);
  if (result.status === 'infeasible') throw new Error(JSON.stringify(result));
  return result.chosen;
}

const chosen = candidate({ mode: 'aggregated', ...worker });
const other = candidate(halves);
const search: SearchReport = {
  enumerated: 10,
  evaluated: 4,
  pruned: 1,
  rejected: { 'slo.tpot': 3, 'engine-not-expressible': 2 },
  exhaustive: true,
};
const { throughput, time } = chosen.estimate;
const feasible: Extract<ServingPlanResult, { status: 'feasible' }> = {
  status: 'feasible',
  chosen,
  modules: { count: 2, gpusPerModule: 4, expertsPerGpuPerLayer: 128, balance: 1 },
  rationale: [
    {
      dimension: 'mode',
      chosen: 'aggregated',
      why: 'faster',
      compared: [{ value: 'disaggregated', effect: 'slower' }],
    },
    { dimension: 'tp', chosen: 4, why: 'as wide', compared: [{ value: 8, strategy: other.strategy, effect: 'wider' }] },
  ],
  alternatives: [{ ...other, versusChosen: 'less' }],
  frontier: [{ strategy: chosen.strategy, ...throughput, ttft: time.ttft.mean }],
  bestOfMode: [chosen, other],
  sloPrices: [
    { bound: 'tpot', from: 0.02, to: 0.015, strategy: other.strategy, change: -0.14, effect: 'costs 14 %' },
    { bound: 'ttft', from: 1, to: 0.5, effect: 'nothing meets it' },
  ],
  sensitivity: [
    { input: '/workload/outputTokens', from: 200, to: 240, change: 0.2, winner: other.strategy, loss: 0.05 },
  ],
  search,
  warnings: ['mind the gap'],
};

describe('a plan for serving as it is answered', () => {
  const verification = { verdict: 'optimal', checks: [] } as const;
  const plan = feasibleServingPlanOf(feasible, { id: 'x', resolved, verification });

  it('is of the public shape, as JSON has it', () => {
    const told: unknown = JSON.parse(JSON.stringify(plan));
    expect(Compile(FeasibleServingPlan).Errors(told)).toEqual([]);
    expect(told).toEqual(plan);
  });

  it('is in the contract’s units and words', () => {
    expect(plan.strategy).toMatchObject({ name: 'TP4_x2', mode: 'aggregated', gpus: 8, replicas: 2, edp: 1 });
    expect(plan.rationale[1]?.compared[0]?.strategy).toBe('TP4x2+TP4x1');
    expect(plan.frontier[0]).toMatchObject({ ttftMs: plan.estimate.time.ttftMs, strategy: { name: 'TP4_x2' } });
    expect(plan.bestOfMode.map(({ mode }) => mode)).toEqual(['aggregated', 'disaggregated']);
    expect(plan.bestOfMode[1]?.estimate.halves?.prefill.load.promptTokens).toBe(1000);
    expect(plan.sloPrices[0]).toMatchObject({ bound: 'tpotMs', fromMs: 20, toMs: 15, changePercent: -14 });
    expect(plan.sloPrices[1]).toEqual({ bound: 'ttftMs', fromMs: 1000, toMs: 500, effect: 'nothing meets it' });
    expect(plan.sensitivity[0]).toMatchObject({ changePercent: 20, lossPercent: 5, winner: { name: 'TP4x2+TP4x1' } });
    expect(plan.warnings).toContain('mind the gap');
    expect(plan.resolved.engine.name).toBe('sglang');
  });

  it('says why where there is none', () => {
    const infeasible = infeasibleServingPlanOf(
      {
        status: 'infeasible',
        search,
        nearest: {
          strategy: other.strategy,
          rejection: { reason: 'memory.weights', explanation: 'lacks room' },
          shortBytes: 10.5,
        },
        remedies: [{ change: 'more nodes', path: '/cluster/nodes', from: 2, to: 4, strategyName: 'TP8' }],
        warnings: [],
      },
      { id: 'x', resolved },
    );
    expect(Compile(InfeasibleServingPlan).Errors(JSON.parse(JSON.stringify(infeasible)))).toEqual([]);
    expect(infeasible.nearest).toMatchObject({ reason: 'memory.weights', shortByBytes: 11 });
    expect(infeasible.rejected).toEqual(search.rejected);
    expect(infeasible.remedies[0]).toMatchObject({ strategy: 'TP8' });
  });
});
