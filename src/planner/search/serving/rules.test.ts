import { describe, expect, it } from 'vitest';
import { referenceCluster, referenceModel } from '../../../../test/support/problems.ts';
import { modelNamed } from '../../../../test/support/serving.ts';
import { engines } from '../../../catalog/engines.ts';
import type { EngineName } from '../../engine.ts';
import type { ServingSetting } from '../../serving-result.ts';
import type { ServingWorkload } from '../../workload.ts';
import { nearestExpressible, type WorkerShape } from './engine-rules.ts';
import { allServingReasons, findsRoom, heldModel } from './rules.ts';

const workload: ServingWorkload = {
  kind: 'serving',
  inputTokens: 1000,
  outputTokens: 100,
  lengthSpread: 0,
  load: { kind: 'saturated' },
  slo: {},
  prefixCacheHitRate: 0,
  routing: { kind: 'uniform' },
};
const setting = (engine: EngineName | 'generic') => ({
  cluster: referenceCluster,
  model: referenceModel,
  workload,
  engine: engines[engine],
});
const shape = (degrees: Partial<WorkerShape>): WorkerShape => {
  return { tp: 1, cp: 1, dp: 1, pp: 1, ep: 1, etp: 1, replicas: 1, redundantExperts: 0, ...degrees };
};
const reasons = (engine: EngineName | 'generic', degrees: Partial<WorkerShape>) =>
  allServingReasons(setting(engine), { mode: 'aggregated', ...shape(degrees), maxConcurrency: 64 });

/** (ep, etp) of a stage, copies of experts included. */
function foldsOf(stage: number): readonly (readonly [number, number])[] {
  const sizes = [1, 2, 4, 8];
  return sizes.flatMap((ep) => sizes.map((etp) => [ep, etp] as const)).filter(([ep, etp]) => stage % (ep * etp) === 0);
}

const published = { tp: 2, dp: 64, ep: 64, etp: 2 };

describe('EP64 and TP2 on 128 GPUs (domain facts 1.8.3)', () => {
  it('can be served by SGLang and without an engine', () => {
    expect(reasons('sglang', published)).toEqual([]);
    expect(reasons('generic', published)).toEqual([]);
  });

  it('vLLM gives each GPU whole experts: nearest is EP128 with every expert twice', () => {
    const [only] = reasons('vllm', published);
    expect(only?.reason).toBe('engine-not-expressible');
    expect(only?.explanation).toMatch(/EP128_TP2.*tp = 2, dp = 64, ep = 128, etp = 1.*64 redundant experts/);
    expect(nearestExpressible(setting('vllm'), shape(published))).toEqual(
      shape({ tp: 2, dp: 64, ep: 128, redundantExperts: 64 }),
    );
  });

  it('TensorRT-LLM has attention data parallelism on all ranks: nearest is dp 128', () => {
    expect(reasons('tensorrt-llm', published).map(({ reason }) => reason)).toEqual(['engine-not-expressible']);
    const nearest = nearestExpressible(setting('tensorrt-llm'), shape(published));
    expect(nearest).toEqual(shape({ tp: 1, dp: 128, ep: 64, etp: 2 }));
  });
});

describe('what the engines cannot express', () => {
  it.each([
    ['vllm', { tp: 2, dp: 2, ep: 2, etp: 1 }],
    ['sglang', { tp: 2, dp: 2, ep: 2, etp: 1 }],
    ['generic', { tp: 2, dp: 2, ep: 2, etp: 1 }],
  ] as const)('%s leaves no copies of experts in a stage', (engine, degrees) => {
    expect(reasons(engine, degrees).map(({ reason }) => reason)).toEqual(['engine-not-expressible']);
    const nearest = nearestExpressible(setting(engine), shape(degrees));
    expect(nearest && reasons(engine, nearest)).toEqual([]);
  });

  it('nothing of a nearest is inexpressible again, whatever it is asked for', () => {
    for (const engine of ['vllm', 'sglang', 'tensorrt-llm', 'generic'] as const) {
      for (const tp of [1, 2, 4]) {
        for (const cp of [1, 2]) {
          for (const dp of [1, 2, 4]) {
            for (const [ep, etp] of foldsOf(tp * cp * dp)) {
              const nearest = nearestExpressible(setting(engine), shape({ tp, cp, dp, ep, etp }));
              if (nearest) expect(reasons(engine, nearest)).toEqual([]);
            }
          }
        }
      }
    }
  });

  it.each(['sglang', 'tensorrt-llm'] as const)(
    '%s has no context parallelism of prompts and answers alike',
    (engine) => {
      const [only, ...others] = reasons(engine, { tp: 2, cp: 2, ep: 4 });
      expect([only?.reason, others]).toEqual(['engine-not-expressible', []]);
      expect(only?.explanation).toMatch(/not costed: cp = 2; the nearest is EP4_TP4/);
    },
  );

  it('without an engine, any cp is served', () => {
    expect(reasons('generic', { tp: 2, cp: 2, dp: 2, pp: 2, ep: 4, etp: 2 })).toEqual([]);
  });
});

describe('context parallelism in vLLM', () => {
  const model = modelNamed('deepseek-v3');
  const told = (degrees: Partial<WorkerShape>, more: Partial<ServingSetting> = {}) =>
    allServingReasons(
      { ...setting('vllm'), model, ...more },
      { mode: 'aggregated', ...shape(degrees), maxConcurrency: 8 },
    ).map(({ reason, explanation }) => `${reason}: ${explanation}`);

  it('is of models of latent attention, in one stage of one data-parallel rank', () => {
    expect(told({ tp: 2, cp: 2, ep: 4 })).toEqual([]);
    expect(told({ tp: 2, cp: 2, dp: 2, ep: 8 })).toEqual([
      expect.stringMatching(
        /^engine-not-expressible: .*cp = 2 with dp = 2.*the nearest is EP8_TP2_ETP1 \(tp = 2, dp = 4/,
      ),
    ]);
    expect(told({ tp: 2, cp: 2, pp: 2, ep: 4 })).toEqual([expect.stringMatching(/cp = 2 with pp = 2 cannot be/)]);
    expect(told({ tp: 2, cp: 2 }, { model: modelNamed('llama-3.1-8b') })).toEqual([
      expect.stringMatching(/latent attention only: cp = 2; the nearest is TP4 \(tp = 4, dp = 1\)/),
    ]);
  });

  it('does not speculate', () => {
    const speculating = { ...workload, speculation: { tokens: 2, acceptance: 0.8 } };
    expect(told({ tp: 2, cp: 2, ep: 4 }, { workload: speculating })).toEqual([expect.stringMatching(/speculates/)]);
  });
});

describe('placement of two halves', () => {
  const half = (degrees: Partial<WorkerShape>) => ({ ...shape(degrees), maxConcurrency: 1 });
  const one = { cluster: { ...referenceCluster, nodes: 2 } };

  it('the second goes on where the first ends, and keeps its TP groups whole', () => {
    const prefill = half({ replicas: 1 });
    expect(findsRoom(one, { mode: 'disaggregated', prefill, decode: half({ tp: 8 }) })).toBe(true);
    expect(findsRoom(one, { mode: 'disaggregated', prefill, decode: half({ tp: 8, replicas: 2 }) })).toBe(false);
    expect(findsRoom(one, { mode: 'disaggregated', prefill, decode: half({ tp: 2, replicas: 7 }) })).toBe(true);
    expect(findsRoom(one, { mode: 'disaggregated', prefill, decode: half({ tp: 2, replicas: 8 }) })).toBe(false);
  });

  it('fills a fast domain of many nodes to the last GPU', () => {
    const cluster = { ...referenceCluster, nodes: 9, gpusPerNode: 4, domainGpus: 36 };
    const decode = half({ tp: 8, replicas: 4 });
    const fits = (prefill: Partial<WorkerShape>) =>
      findsRoom({ cluster }, { mode: 'disaggregated', prefill: half(prefill), decode });
    expect(fits({ tp: 4 })).toBe(true);
    expect(fits({ tp: 5 })).toBe(false);
  });
});

describe('the model as a worker holds it', () => {
  it('pads the vocabulary to a multiple of 64·tp where tp does not divide it', () => {
    const model = { ...referenceModel, vocabulary: { size: 1001, tied: false } };
    expect(heldModel(model, { tp: 4, redundantExperts: 0 }).vocabulary?.size).toBe(1024);
    expect(heldModel(model, { tp: 7, redundantExperts: 0 })).toBe(model);
  });

  it('has redundant experts beside its own', () => {
    const [run] = heldModel(referenceModel, { tp: 1, redundantExperts: 64 }).layers;
    expect(run?.moe?.experts).toBe(128);
  });
});
