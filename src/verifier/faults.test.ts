/** Each check fails when it should: a broken rule, or one figure of a true claim changed. */
import { describe, expect, it } from 'vitest';
import {
  cluster,
  mebibyte,
  reference,
  referenceEstimate,
  referenceModules,
  referenceStrategy,
} from '../../test/properties/hand-claims.ts';
import type { CollectiveUse, Estimate } from '../planner/estimate.ts';
import { derive } from './derive.ts';
import { type Claim, type DeepPartial, type VerifierProblem, verify } from './verify.ts';

/** Ids of the checks that fail, without `overall`, which has to fail with any of them. */
function failing(problem: VerifierProblem, claim: Claim): readonly string[] {
  const { verdict, checks } = verify(problem, claim, { provedBest: true });
  const failed = checks.filter((check) => check.status === 'fail').map((check) => check.id);
  expect(verdict).toBe(failed.length === 0 ? 'optimal' : 'invalid');
  expect(failed.includes('overall')).toBe(failed.length > 0);
  for (const check of checks) expect(check.explanation).toMatch(/\.$/);
  return failed.filter((id) => id !== 'overall');
}

function claiming(estimate: DeepPartial<Estimate>): readonly string[] {
  return failing(reference, { strategy: referenceStrategy, estimate });
}

const { memory, compute, time, throughput, balance, communication } = referenceEstimate;

describe('a figure changed', () => {
  const memoryFigures = Object.entries(memory.perGpu).map(([part, bytes]) => [part, bytes + 1] as const);
  it.each(memoryFigures)('memory-efficiency fails for one byte more of %s', (part, bytes) => {
    expect(claiming({ memory: { perGpu: { [part]: bytes } } })).toEqual(['memory-efficiency']);
  });

  it('memory-efficiency lets a byte pass where a class has the mean of several formats, and adds the parts up', () => {
    const { precision } = reference.model;
    const mean = { dtype: 'fp8', bytesPerParameter: 1.1 } as const;
    const weights = { ...precision.weights, expert: mean };
    const problem = { ...reference, model: { ...reference.model, precision: { ...precision, weights } } };
    const derived = derive(problem, referenceStrategy).largest.memory;
    const claim = (expert: number, total: number) => {
      const perGpu = { ...derived, expertWeight: derived.expertWeight + expert, total: derived.total + total };
      return failing(problem, { strategy: referenceStrategy, estimate: { memory: { perGpu } } });
    };
    expect(claim(0, 0)).toEqual([]);
    expect(claim(1, 1)).toEqual([]);
    expect(claim(1, 0)).toEqual(['memory-efficiency']);
    expect(claim(2, 2)).toEqual(['memory-efficiency']);
  });

  it('memory-efficiency fails for another rank, share or remainder', () => {
    expect(claiming({ memory: { largestRank: 1 } })).toEqual(['memory-efficiency']);
    expect(claiming({ memory: { utilization: memory.utilization * 1.000001 } })).toEqual(['memory-efficiency']);
    expect(claiming({ memory: { freeBytes: memory.freeBytes + 2 } })).toEqual(['memory-efficiency']);
    expect(claiming({ memory: { freeBytes: Number.NaN } })).toEqual(['memory-efficiency']);
  });

  it('compute-efficiency fails for other FLOPs, peak or share', () => {
    expect(claiming({ compute: { flopsPerGpu: compute.flopsPerGpu * 1.00001 } })).toEqual(['compute-efficiency']);
    expect(claiming({ compute: { peakFlops: 200e12 } })).toEqual(['compute-efficiency']);
    expect(claiming({ compute: { utilization: 0.2 }, time: { step: time.step } })).toEqual(['compute-efficiency']);
    expect(claiming({ compute: { utilization: 1.1 } })).toEqual(['compute-efficiency']);
  });

  it.each(['experts', 'compute', 'memory', 'routingImbalance'] as const)(
    'load-balance fails for another %s',
    (name) => {
      expect(claiming({ balance: { [name]: balance[name] + 0.001 } })).toEqual(['load-balance']);
    },
  );

  it('batch-split fails for other micro-batches', () => {
    expect(claiming({ time: { microBatches: 2 } })).toEqual(['batch-split']);
  });

  it.each([
    ['count', 63],
    ['gpusPerModule', 1],
    ['expertsPerGpuPerLayer', 2],
    ['balance', 0.99],
  ])('expert-balance fails for another %s of modules', (name, value) => {
    const modules = { ...referenceModules, [name]: value };
    expect(failing(reference, { strategy: referenceStrategy, modules })).toEqual(['expert-balance']);
  });

  it('time fails for a step that no GPU can do, parts that do not add up, or a rate that does not follow', () => {
    expect(claiming({ time: { step: 7e-4 } })).toEqual(['time']);
    expect(claiming({ time: { step: -1 } })).toContain('time');
    expect(claiming({ time: { ...time, step: time.step * 1.001 } })).toEqual(['time']);
    expect(claiming({ time: { breakdown: [{ part: 'a', seconds: -1 }] } })).toEqual(['time']);
    expect(claiming({ time: { bubble: 0.1 } })).toEqual(['time']);
    expect(claiming({ time, throughput: { tokensPerSecond: throughput.tokensPerSecond * 2 } })).toEqual(['time']);
    expect(claiming({ time, throughput: { tokensPerSecondPerGpu: throughput.tokensPerSecond } })).toEqual(['time']);
    expect(claiming({ evidence: { time: 'derived' } })).toEqual(['time']);
    expect(claiming({ evidence: { time: 'calibrated' } })).toEqual(['time']);
  });

  it('time fails where weights cannot be read so fast', () => {
    const slow = { ...reference, cluster: { ...cluster, gpu: { ...cluster.gpu, memoryBandwidth: 1e9 } } };
    // 32 MiB of attention, 1 of routers and, with 32 tokens for each expert and more, 32 of experts: 68 ms at 1 GB/s.
    const claim = (step: number) => failing(slow, { strategy: referenceStrategy, estimate: { time: { step } } });
    expect(claim((65 * mebibyte) / 1e9 - 1e-6)).toEqual(['time']);
    expect(claim((65 * mebibyte) / 1e9)).toEqual([]);
  });
});

describe('messages', () => {
  const list = communication.perCollective;
  const withFirst = (change: Partial<CollectiveUse>) => list.map((use, i) => (i === 2 ? { ...use, ...change } : use));
  it.each([
    ['calls', { calls: 15 }],
    ['group size', { groupSize: 32 }],
    ['message', { messageBytes: mebibyte + 1 }],
    ['sent bytes', { bytesPerGpu: 16 * mebibyte }],
    ['domains', { crossesDomains: false }],
    ['nodes', { crossesNodes: false }],
    ['op', { op: 'allReduce' }],
    ['group', { group: 'tp' }],
    ['purpose', { purpose: 'combining' }],
  ] as const)('communication fails for other %s', (_, change) => {
    expect(claiming({ communication: { perCollective: withFirst(change) } })).toEqual(['communication']);
  });

  it('communication fails for one message too few, or one too many', () => {
    expect(claiming({ communication: { perCollective: list.slice(1) } })).toEqual(['communication']);
    expect(claiming({ communication: { perCollective: [...list, ...list.slice(0, 1)] } })).toEqual(['communication']);
  });

  it('takes what is claimed of some figures of each', () => {
    const some = list.map(({ op, group, messageBytes }) => ({ op, group, messageBytes }));
    expect(claiming({ communication: { perCollective: some } })).toEqual([]);
  });

  it('time fails for a message faster than the link or slower than the step', () => {
    expect(claiming({ communication: { perCollective: withFirst({ seconds: 1e-6 }) } })).toEqual(['time']);
    expect(claiming({ time, communication: { perCollective: withFirst({ seconds: 6e-3 }) } })).toEqual(['time']);
  });
});

describe('a place changed', () => {
  const placed = (placement: Claim['placement']) =>
    failing(reference, { strategy: referenceStrategy, ...(placement && { placement }) });
  const gpus = Array.from({ length: 128 }, (_, rank) => rank);
  const homes = Array.from({ length: 64 }, (_, expert) => [expert]);
  const layers = Array.from({ length: 16 }, (_, layer) => layer);
  const pairs = Array.from({ length: 64 }, (_, pair) => [2 * pair, 2 * pair + 1]);

  it('accepts the true places', () => {
    const placement = { gpus, expertHomes: homes, stageLayers: [layers], groups: { tp: pairs } };
    expect(placed(placement)).toEqual([]);
  });

  it('gpu-count fails for a GPU taken twice, one that is not there, and a rank left out', () => {
    expect(placed({ gpus: gpus.with(5, 6) })).toContain('gpu-count');
    expect(placed({ gpus: gpus.with(5, 128) })).toContain('gpu-count');
    expect(placed({ gpus: gpus.slice(1) })).toContain('gpu-count');
  });

  it('communication fails for two ranks swapped', () => {
    expect(placed({ gpus: gpus.with(1, 2).with(2, 1) })).toEqual(['communication']);
    const apart = { strategy: referenceStrategy, placement: { gpus: gpus.with(1, 8).with(8, 1) } };
    const { checks } = verify(reference, apart, { provedBest: true });
    const told = checks.find((check) => check.id === 'communication')?.explanation;
    expect(told).toContain('tp group of 2 GPUs would fit in a fast domain of 8, and is split');
  });

  it('expert-balance fails for an expert dropped, doubled, moved or unknown', () => {
    expect(placed({ expertHomes: homes.with(3, []) })).toEqual(['expert-balance']);
    expect(placed({ expertHomes: homes.with(3, [3, 4]) })).toEqual(['expert-balance']);
    expect(placed({ expertHomes: homes.with(3, [4]).with(4, [3]) })).toEqual(['expert-balance']);
    expect(placed({ expertHomes: homes.with(3, [64]) })).toEqual(['expert-balance']);
    expect(placed({ expertHomes: homes.slice(1) })).toEqual(['expert-balance']);
  });

  it('layers fails for a layer dropped, doubled, moved or unknown', () => {
    expect(placed({ stageLayers: [layers.slice(1)] })).toEqual(['layers']);
    expect(placed({ stageLayers: [[...layers, 3]] })).toEqual(['layers']);
    expect(placed({ stageLayers: [layers.slice(8), layers.slice(0, 8)] })).toEqual(['layers']);
    expect(placed({ stageLayers: [layers.with(0, 16)] })).toEqual(['layers']);
  });

  it('communication fails for groups that are not the numbering’s', () => {
    expect(placed({ groups: { tp: pairs.slice(1) } })).toEqual(['communication']);
    expect(placed({ groups: { tp: pairs.with(0, [0, 2]).with(1, [1, 3]) } })).toEqual(['communication']);
    expect(placed({ groups: { tp: pairs.with(0, [1, 0]) } })).toEqual(['communication']);
    expect(placed({ groups: { tp: pairs.with(0, [0, 0]) } })).toEqual(['communication']);
    expect(placed({ groups: { tp: pairs.with(0, [0]) } })).toEqual(['communication']);
    expect(placed({ groups: { tp: pairs.with(0, [0, 400]) } })).toEqual(['communication']);
  });
});
