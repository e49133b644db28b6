/** Random serving settings and strategies: every kind of layer, every engine and its own rules, every load, both modes. */
import fc from 'fast-check';
import { engines } from '../../src/catalog/engines.ts';
import type { Engine } from '../../src/planner/engine.ts';
import type { Model } from '../../src/planner/model.ts';
import type { ServingStrategyRequest, WorkerRequest } from '../../src/planner/serving.ts';
import type { ServingSetting } from '../../src/planner/serving-result.ts';
import { type ServingLoad, type ServingWorkload, type Slo, usualLengthSpread } from '../../src/planner/workload.ts';
import type { ServingVerifierSetting } from '../../src/verifier/serving/verify.ts';
import { clusters, models } from './any-problem.ts';

const loads: fc.Arbitrary<ServingLoad> = fc.oneof(
  fc.integer({ min: 1, max: 60 }).map((concurrency) => ({ kind: 'concurrency' as const, concurrency })),
  fc
    .double({ min: 0.01, max: 3, noNaN: true })
    .map((requestsPerSecond) => ({ kind: 'rate' as const, requestsPerSecond })),
  fc.constant({ kind: 'saturated' as const }),
  fc.integer({ min: 1, max: 20 }).map((batch) => ({ kind: 'static' as const, batch })),
);

/** Bounds that any strategy keeps, whoever measures it. */
const promises: ReadonlyMap<number, Slo> = new Map([
  [40, { ttft: 1e9, tpot: 1e6 }],
  [700, { tpot: 1e6, confidence: 0.95 }],
]);

const workloads: fc.Arbitrary<ServingWorkload> = fc
  .record(
    {
      kind: fc.constant('serving' as const),
      inputTokens: fc.constantFrom(1, 40, 700, 3001),
      outputTokens: fc.constantFrom(1, 2, 33, 400),
      lengthSpread: fc.constantFrom(0, usualLengthSpread, 0.3, 1),
      load: loads,
      slo: fc.constant({}),
      prefixCacheHitRate: fc.constantFrom(0, 0, 0.3, 0.9),
      speculation: fc.record({ tokens: fc.integer({ min: 1, max: 3 }), acceptance: fc.constantFrom(0, 0.5, 0.9, 1) }),
      routing: fc.oneof(
        fc.constant({ kind: 'uniform' as const }),
        fc.constant({ kind: 'usual' as const }),
        fc.constantFrom(0.5, 1.2).map((exponent) => ({ kind: 'zipf' as const, exponent })),
      ),
    },
    {
      requiredKeys: [
        'kind',
        'inputTokens',
        'outputTokens',
        'lengthSpread',
        'load',
        'slo',
        'prefixCacheHitRate',
        'routing',
      ],
    },
  )
  .map((workload) => ({ ...workload, slo: promises.get(workload.inputTokens) ?? {} }));

/** Small steps, so that prompts take several passes and little memory is enough; the knob anywhere. */
const anyEngine: fc.Arbitrary<Engine> = fc
  .tuple(
    fc.constantFrom(...Object.values(engines)),
    fc.constantFrom(256, 2048, 8192),
    fc.constantFrom(8, 64, 1024),
    fc.constantFrom(0.7, 0.9, 0.95),
    fc.constantFrom(0.5, 0.6, 1),
  )
  .map(([engine, batchTokens, maxSequences, fraction, outputReserve]) => ({
    ...engine,
    batchTokens,
    maxSequences,
    memory: { ...engine.memory, fraction, outputReserve },
  }));

export const settings: fc.Arbitrary<ServingVerifierSetting> = fc.record({
  cluster: clusters,
  model: models,
  workload: workloads,
  engine: anyEngine,
  constraints: fc.constantFrom(0, 0, 12_345_678).map((memoryFree) => ({ degrees: {}, memoryFree })),
});

export interface Drawn {
  readonly tp: number;
  readonly cp: number;
  readonly dp: number;
  readonly pp: number;
  readonly replicas: number;
  readonly a: number;
  readonly spare: number;
}

const factor = fc.constantFrom(1, 1, 2, 2, 3, 4);
export const drawn: fc.Arbitrary<Drawn> = fc.record({
  tp: factor,
  cp: fc.constantFrom(1, 1, 2, 3),
  dp: factor,
  pp: fc.constantFrom(1, 1, 2, 3),
  replicas: fc.constantFrom(1, 1, 2, 3),
  a: fc.integer({ min: 0, max: 11 }),
  spare: fc.constantFrom(0, 0, 1),
});

/** What the engine can be told, as near to what was drawn as may be. */
export function told({ engine, model, workload }: ServingSetting, drawn: Drawn): WorkerRequest {
  const { tp, replicas, a, spare } = drawn;
  const moe = model.layers.some((run) => run.moe);
  const latent = model.layers.every(({ mixer }) => mixer === undefined || mixer.kind === 'mla');
  const context = engine.name === 'generic' || (engine.name === 'vllm' && latent && !workload.speculation);
  const cp = context ? drawn.cp : 1;
  const alone = engine.name === 'vllm' && cp > 1;
  const dp = moe && !alone && (engine.name !== 'tensorrt-llm' || tp === 1) ? drawn.dp : 1;
  const pp = alone ? 1 : drawn.pp;
  const ranks = { tp, cp, dp };
  const inStage = tp * cp * dp;
  const divisors = Array.from({ length: inStage }, (_, i) => i + 1).filter((d) => inStage % d === 0);
  const ends = engine.name === 'vllm' ? [1, inStage] : divisors;
  const ep = moe ? (ends[a % ends.length] ?? 1) : 1;
  const etp = moe ? inStage / ep : 1;
  return { ...ranks, pp, ep, etp, replicas, redundantExperts: ep > 1 ? spare * ep : 0 };
}

export const served: fc.Arbitrary<{
  readonly setting: ServingVerifierSetting;
  readonly request: ServingStrategyRequest;
}> = fc.tuple(settings, drawn, fc.option(drawn)).map(([setting, first, second]) => {
  const one = told(setting, first);
  const request: ServingStrategyRequest = second
    ? { mode: 'disaggregated', prefill: one, decode: told(setting, second) }
    : { mode: 'aggregated', ...one };
  return { setting, request };
});

export function isMixture(model: Model): boolean {
  return model.layers.some((run) => run.moe);
}
