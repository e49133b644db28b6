import { describe, expect, it } from 'vitest';
import { findGpu } from '../catalog/gpus.ts';
import { estimateServing, type ServingStrategyRequest } from '../planner/serving.ts';
import { servingEstimateOf } from './answer-serving-estimate.ts';
import { resolveEstimateRequest } from './resolve.ts';
import { resolveServingClaims, servingLaidOver } from './resolve-serving-claims.ts';

const worker = { tp: 8, cp: 1, dp: 1, pp: 1, ep: 8, etp: 1, replicas: 1, redundantExperts: 0 };
const strategies: readonly ServingStrategyRequest[] = [
  { mode: 'aggregated', ...worker },
  { mode: 'disaggregated', prefill: worker, decode: worker },
];

function estimateOf(strategy: ServingStrategyRequest) {
  const resolved = resolveEstimateRequest({
    cluster: { nodes: 2, gpusPerNode: 8, gpu: findGpu('h200-sxm')?.name ?? '' },
    model: 'deepseek-v3',
    engine: 'sglang',
    workload: { kind: 'serving', inputTokens: 2000, outputTokens: 200, concurrency: 32 },
    strategy: {},
  });
  if (resolved.kind === 'invalid' || resolved.workload === 'batch') throw new Error(JSON.stringify(resolved));
  const result = estimateServing(resolved.problem, strategy);
  if (result.status === 'infeasible') throw new Error(JSON.stringify(result));
  return result.chosen.estimate;
}

/** Numbers in the digits that survive a change of unit and back. */
const rounded = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify({ value }, (_, inner: unknown) =>
      typeof inner === 'number' ? Number(Number(inner.toPrecision(12)).toPrecision(9)) : inner,
    ),
  );

describe.each(strategies)('claims for a strategy that is $mode', (strategy) => {
  const estimate = estimateOf(strategy);
  const claims = servingEstimateOf(estimate);

  it('come back as what they were told from, every figure of it', () => {
    const { perGpu } = estimate.memory;
    const whole = { ...estimate.memory, perGpu: { ...perGpu, runtimeReserve: Math.ceil(perGpu.runtimeReserve) } };
    const { halves, ...resolved } = resolveServingClaims(claims, estimate);
    const { halves: expected, ...rest } = estimate;
    expect(rounded(resolved)).toEqual(rounded({ ...rest, memory: whole }));
    expect(rounded(halves?.decode?.time)).toEqual(rounded(expected?.decode.time));
  });

  it('change what they claim and nothing else', () => {
    const none = resolveServingClaims({}, estimate);
    expect(servingLaidOver(estimate, none)).toEqual(estimate);
    const one = resolveServingClaims({ time: { queueingMs: 7 }, load: { contextTokens: 3 } }, estimate);
    expect(servingLaidOver(estimate, one)).toEqual({
      ...estimate,
      time: { ...estimate.time, queueing: 0.007 },
      load: { ...estimate.load, context: 3 },
    });
  });

  it('of one mean in two places are judged by the worse', () => {
    const mean = estimate.time.ttft.mean * 1e3;
    for (const time of [
      { ttftMs: mean, ttft: { meanMs: 1 } },
      { ttftMs: 1, ttft: { meanMs: mean } },
      { ttftMs: 1 },
      { ttft: { meanMs: 1 } },
    ])
      expect(resolveServingClaims({ time }, estimate).time?.ttft?.mean).toBe(0.001);
  });
});
