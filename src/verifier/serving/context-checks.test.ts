/** What engines take of context parallelism, in how many parts they cut a cache, and that claims of such servers are held to their figures. */
import { describe, expect, it } from 'vitest';
import { latentMixer } from '../../../test/properties/hand-claims.ts';
import {
  apart,
  generic,
  grouped,
  hybrid,
  modelOf,
  type ServedShape,
  servedShapes,
  sparse,
  vllm,
} from '../../../test/properties/hand-context.ts';
import { claimedOf, onlyOne } from '../../../test/properties/hand-served.ts';
import { oneWorker } from '../../../test/support/serving.ts';
import { engines } from '../../catalog/engines.ts';
import type { Mixer } from '../../planner/mixer.ts';
import type { WorkerStrategy } from '../../planner/strategy.ts';
import type { ServingWorkload } from '../../planner/workload.ts';
import { leastDecode } from './bounds.ts';
import { cachePartsOf } from './context.ts';
import { verifyServing } from './verify.ts';

describe('the parts of a cache', () => {
  const mla = modelOf([{ count: 1, mixer: latentMixer }]);
  const chosen: Mixer = { ...latentMixer, topK: 4 };
  const ffn = { intermediateSize: 96, matrices: 2 } as const;

  it.each([
    ['vllm', mla, 1],
    [
      'vllm',
      modelOf([
        { count: 1, mixer: chosen },
        { count: 1, dense: ffn },
      ]),
      2,
    ],
    [
      'vllm',
      modelOf([
        { count: 1, mixer: chosen },
        { count: 1, mixer: latentMixer },
      ]),
      1,
    ],
    ['generic', mla, 2],
    ['sglang', mla, 1],
    ['tensorrt-llm', mla, 1],
  ] as const)('are under %s, case %#, as many as it interleaves', (name, model, parts) => {
    expect(cachePartsOf(name, model, 2)).toBe(parts);
    expect(cachePartsOf(name, model, 1)).toBe(1);
  });
});

describe('the checks', () => {
  const failing = (shape: ServedShape, claim = claimedOf(shape)) =>
    verifyServing(shape.setting, claim, { provedBest: true })
      .checks.filter(({ status }) => status !== 'pass')
      .map(({ id }) => id);

  it.each(Object.entries(servedShapes))('pass on %s', (_, shape) => {
    expect(failing(shape)).toEqual([]);
  });

  it.each(Object.entries(servedShapes))('miss no message of %s', (_, shape) => {
    const claim = claimedOf(shape);
    const { perCollective } = claim.estimate.communication;
    expect(perCollective.length).toBeGreaterThan(1);
    for (const use of perCollective) {
      const fewer = perCollective.filter((other) => other !== use);
      const larger = perCollective.map((other) =>
        other === use ? { ...use, messageBytes: use.messageBytes * 1.001 } : other,
      );
      for (const list of [fewer, larger]) {
        const estimate = { ...claim.estimate, communication: { perCollective: list } };
        expect(failing(shape, { ...claim, estimate })).toContain('communication');
      }
    }
  });

  it('hold the bounds of a cache that is cut', () => {
    const claim = claimedOf(grouped);
    const { time } = claim.estimate;
    const least = leastDecode(onlyOne(grouped));
    const of = (mean: number) => ({
      ...claim,
      estimate: { ...claim.estimate, time: { ...time, tpot: { ...time.tpot, mean, interval: [0, 1] as const } } },
    });
    const told = (mean: number) =>
      verifyServing(grouped.setting, of(mean), { provedBest: true }).checks.find(({ id }) => id === 'steady-state')
        ?.explanation;
    expect(told(least * 0.99)).toContain('is shorter than');
    expect(told(least * 1.01)).not.toContain('is shorter than');
  });
});

describe('what engines can be told', () => {
  const sparseModel = sparse.setting.model;
  const denseLatent = apart.setting.model;
  const moe = { tp: 2, cp: 2, ep: 4 } as const;
  const faults = (
    engine: ServedShape['setting']['engine'],
    strategy: Partial<WorkerStrategy>,
    { model = sparseModel, ...more }: Partial<ServingWorkload> & { readonly model?: typeof sparseModel } = {},
  ) => {
    const setting = { ...sparse.setting, engine, model, workload: { ...sparse.setting.workload, ...more } };
    const claim = { strategy: { mode: 'aggregated' as const, ...oneWorker, maxConcurrency: 4, ...strategy } };
    return verifyServing(setting, claim, { provedBest: true })
      .checks.filter(({ id, status }) => status !== 'pass' && id !== 'overall')
      .map(({ id }) => id);
  };
  const speculation = { tokens: 1, acceptance: 0.5 };

  it('takes latent attention under vllm, and anything without an engine', () => {
    expect(faults(vllm, moe)).toEqual([]);
    expect(faults(vllm, { cp: 2, etp: 2 })).toEqual([]);
    expect(faults(vllm, { cp: 4 }, { model: denseLatent })).toEqual([]);
    expect(faults(generic, { ...moe, dp: 2, ep: 8 }, { speculation })).toEqual([]);
    expect(faults(generic, { cp: 3, pp: 2 }, { model: hybrid.setting.model })).toEqual([]);
  });

  it.each([
    ['data parallelism beside', vllm, { cp: 2, dp: 2, ep: 4 }, {}],
    ['stages', vllm, { ...moe, pp: 2 }, {}],
    ['guesses', vllm, moe, { speculation }],
    ['other mixers', vllm, { cp: 2 }, { model: grouped.setting.model }],
    ['states', vllm, { cp: 2 }, { model: hybrid.setting.model }],
    ['experts in copies', vllm, { ...moe, ep: 2 }, {}],
    ['experts in copies', generic, { ...moe, ep: 2 }, {}],
    ['it at all', engines.sglang, moe, {}],
    ['it at all', engines['tensorrt-llm'], moe, {}],
  ] as const)('refuses %s, case %#', (_, engine, strategy, more) => {
    expect(faults(engine, strategy, more)).toEqual(['engine-rules']);
  });
});
