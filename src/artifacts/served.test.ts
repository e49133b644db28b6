/** What a serving plan is turned into: rows of ranks, the summary, the guide. */
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { servedPlan } from '../../test/support/served-file.ts';
import { hopper, modelNamed, oneWorker, settingOf } from '../../test/support/serving.ts';
import { engines } from '../catalog/engines.ts';
import { ServingPlacementRow } from '../http/schemas/placement.ts';
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { estimateServing, type ServingStrategyRequest } from '../planner/serving.ts';
import type { ServingSetting } from '../planner/serving-result.ts';
import { artifactsOf } from './artifacts.ts';
import { placementRows } from './placement-pages.ts';
import { servedSummary } from './served-summary.ts';

function planOf(engine: keyof typeof engines, request: ServingStrategyRequest): FeasibleServingPlan {
  return planned(settingOf(modelNamed('Qwen3-30B-A3B'), { engine: engines[engine] }), request);
}

function planned(setting: ServingSetting, request: ServingStrategyRequest): FeasibleServingPlan {
  const result = estimateServing(setting, request);
  if (result.status !== 'feasible') throw new Error(JSON.stringify(result));
  return servedPlan(setting, { ...result.chosen, modules: result.modules });
}

const staged = planOf('vllm', { mode: 'aggregated', ...oneWorker, tp: 2, dp: 2, pp: 2, ep: 4, redundantExperts: 4 });
const worker = { ...oneWorker, dp: 4, ep: 4 };
const apart = planOf('sglang', {
  mode: 'disaggregated',
  prefill: { ...worker, maxConcurrency: 4 },
  decode: { ...worker, tp: 2, ep: 8, replicas: 2 },
});

describe('stages inside data-parallel ranks', () => {
  const rows = [...placementRows(staged)];

  it('are numbered as vllm numbers them', () => {
    expect(rows.every((row) => Value.Check(ServingPlacementRow, row))).toBe(true);
    expect(rows.map(({ coordinates: { dp, pp, tp } }) => [dp, pp, tp].join())).toEqual([
      '0,0,0',
      '0,0,1',
      '0,1,0',
      '0,1,1',
      '1,0,0',
      '1,0,1',
      '1,1,0',
      '1,1,1',
    ]);
    expect(rows[0]?.groups.ep).toMatchObject({ size: 4, first: 0, stride: 0, ranks: [0, 1, 4, 5] });
    expect(rows[2]?.groups.dp).toMatchObject({ size: 2, first: 2, stride: 4, ranks: [2, 6] });
  });

  it('hold slots, and are told in runs', () => {
    // 128 experts and 4 copies over 4 ranks.
    expect(rows[5]?.experts).toEqual({ first: 99, count: 33, layers: 24 });
    expect(servedSummary(staged)[0]?.stages.map(({ ranks }) => ranks)).toEqual([
      { first: 0, run: 2, runs: 2, every: 4 },
      { first: 2, run: 2, runs: 2, every: 4 },
    ]);
  });
});

describe('two kinds of worker', () => {
  const rows = [...placementRows(apart)];

  it('have the prefill workers’ ranks first, each on a GPU of its own', () => {
    expect(rows.map(({ rank }) => rank)).toEqual(Array.from({ length: 20 }, (_, rank) => rank));
    expect(new Set(rows.map(({ gpu }) => gpu)).size).toBe(20);
    expect(rows.map(({ role }) => role)).toEqual([...Array(4).fill('prefill'), ...Array(16).fill('decode')]);
    expect(rows[13]).toMatchObject({ role: 'decode', worker: 1, workerRank: 1, gpu: 13 });
    expect(rows[13]?.groups.tp.ranks).toEqual([12, 13]);
    expect([...placementRows(apart, { offset: 3, limit: 2 })]).toEqual(rows.slice(3, 5));
  });

  it('are summed up kind by kind', () => {
    expect(
      servedSummary(apart).map(({ role, workers, ranks, firstRank, firstGpu }) => [
        role,
        workers,
        ranks,
        firstRank,
        firstGpu,
      ]),
    ).toEqual([
      ['prefill', 1, 4, 0, 0],
      ['decode', 2, 16, 4, 4],
    ]);
  });
});

describe('the guide', () => {
  const guide = (plan: FeasibleServingPlan) =>
    artifactsOf(plan)
      .find(({ name }) => name === 'implementation_guide.md')
      ?.content() ?? '';

  it('says the degrees in the engine’s own options', () => {
    const text = guide(staged);
    for (const option of [
      '`--tensor-parallel-size` | `2`',
      '`--pipeline-parallel-size` | `2`',
      '`--data-parallel-size` | `2`',
    ])
      expect(text).toContain(option);
    expect(text).toContain('"num_redundant_experts":4');
    expect(guide(apart)).toContain('`--tp-size` | `8`');
    expect(guide(apart)).toContain('`--enable-dp-attention --dp-size` | `4`');
  });

  it('says what was chosen once, and of what the cache holds what runs', () => {
    const text = guide(apart);
    expect(text).not.toMatch(/\*\*(\S+) (\d+)\.\*\* \1 = \2/);
    const { maxConcurrency } = apart.estimate.halves?.decode?.memory ?? { maxConcurrency: 0 };
    const runs = apart.strategy.mode === 'disaggregated' ? apart.strategy.decode.strategy.maxConcurrency : 0;
    expect(text.includes('most of them are not at their full length yet')).toBe(runs > maxConcurrency);
  });

  it('cuts prompts by vllm’s own options, and the cache too where the engine can', () => {
    const cluster = { ...hopper, gpu: { ...hopper.gpu, memoryBytes: 141e9 } };
    const cut = (name: string) => {
      const request = { mode: 'aggregated' as const, ...oneWorker, tp: 4, cp: 2, ep: 8 };
      return guide(planned(settingOf(modelNamed(name), { cluster }), request));
    };
    const sparse = cut('deepseek-v3.2');
    expect(sparse).toMatch(/`--tensor-parallel-size` +\| `4`/);
    expect(sparse).toMatch(/`--prefill-context-parallel-size` +\| `2`/);
    expect(sparse).toMatch(/`--decode-context-parallel-size` +\| `2`/);
    expect(sparse).toMatch(/cp, context +\| 2/);
    expect(sparse).toContain('VLLM_USE_V2_MODEL_RUNNER=1');
    expect(cut('deepseek-v3')).not.toContain('--decode-context-parallel-size');
    expect(guide(staged)).not.toContain('context-parallel-size');
  });

  it('tells both kinds of worker, and leaves no hole', () => {
    expect(guide(apart)).toMatch(/### Prefill workers[\s\S]*### Decode workers/);
    for (const text of [guide(staged), guide(apart)]) {
      expect(text).not.toMatch(/undefined|NaN|Infinity|\[object/);
      expect(text).toContain(`tokens a second`);
    }
  });
});
