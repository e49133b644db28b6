/** The reference deployment, EP64_TP2 on 128 GPUs, against figures computed by hand. */
import { describe, expect, it } from 'vitest';
import {
  mebibyte,
  reference,
  referenceEstimate,
  referenceModel,
  referenceModules,
  referenceStrategy,
} from '../../test/properties/hand-claims.ts';
import { derive } from './derive.ts';
import { referencePeak } from './flops.ts';
import { gpuOf } from './grid.ts';
import { seatOf, surveyGroups } from './groups.ts';
import { messagesOf } from './messages.ts';
import { wholeModel } from './tensors.ts';
import { verify } from './verify.ts';

const derived = derive(reference, referenceStrategy);

describe('the reference deployment by hand', () => {
  it('needs 32 MiB each of attention, experts and KV cache, and 116 MiB and the norms in all', () => {
    expect(derived.largest.memory).toEqual({
      attentionWeight: 32 * mebibyte, // 16 layers × 4 × 1024² / 2
      denseWeight: 0,
      expertWeight: 32 * mebibyte, // 16 layers × 1 expert × 2 × 1024 × 2048 / 2
      sharedExpertWeight: 0,
      routerWeight: mebibyte, // 16 × 1024 × 64
      embeddingWeight: 0,
      normWeight: 67_584, // (16 × 2 + 1) × 1024 × 2 bytes
      kvCache: 32 * mebibyte, // 2 sequences × 1024 × 16 layers × 2 × 8 heads × 64
      activation: 16 * mebibyte, // 1024 × 1024 × 2, and 2048 × (1024 + 2·1536 + 2·512 + 2·1024)
      messageBuffer: 3 * mebibyte, // 1024 tokens × 1024 × (1 + 2)
      total: 116 * mebibyte + 67_584,
      runtimeReserve: 2.17 * 2 ** 30,
    });
    expect(derived.largest.firstRank).toBe(0);
  });

  it('multiplies 311 GFLOP a step', () => {
    const tokens = 2048;
    const projections = 2 * tokens * 32 * mebibyte;
    const attention = 16 * 2 * 8 * 128 * 2 * ((1024 * 1025) / 2);
    const router = 16 * 2 * 1024 * 1024 * 64;
    const experts = 16 * 2 * (2 * 1024 * 1024) * (1 / 64) * (128 * 1024);
    expect(derived.busiest.flops).toBe(projections + attention + router + experts);
    expect(derived.busiest.flops).toBe(311_418_683_392);
    expect(referencePeak(reference)).toBe(400e12);
  });

  it('has no spread, and 6.3 % more than the mean at the busiest expert', () => {
    expect(derived.balance).toEqual({ experts: 0, compute: 0, memory: 0 });
    expect(derived.tokens).toMatchObject({ micro: 2048, split: 1024, busiest: 2178 });
    expect(derived.tokens.imbalance).toBeCloseTo(1.0632, 4);
  });

  it('counts 4.36 billion parameters', () => {
    expect(wholeModel(referenceModel)).toEqual({
      attention: 16 * 4 * 1024 ** 2,
      dense: 0,
      expert: 16 * 64 * 2 * 1024 * 2048,
      shared: 0,
      router: 16 * 1024 * 64,
      embedding: 0,
      head: 0,
      norm: 33 * 1024,
    });
  });

  it('pairs neighbours for TP and strides by two for EP', () => {
    const groups = surveyGroups(derived.layout);
    const crossing = groups.filter((group) => group.crossesNodes).map((group) => group.kind);
    expect(groups.every((group) => group.partitions)).toBe(true);
    expect(crossing).toEqual(['dp', 'ep']);
    expect(seatOf('tp', derived.layout, 7)).toEqual({ group: 3, seat: 1 });
    expect(seatOf('ep', derived.layout, 7)).toEqual({ group: 1, seat: 3 });
    expect(gpuOf(derived.layout, 127)).toBe(127);
  });

  it('sends 4 MiB around attention, 1 MiB out to the experts and 2 MiB back', () => {
    const uses = messagesOf(reference, derived.layout, derived.stages, derived.tokens);
    const sizes = Object.fromEntries(uses.map((use) => [`${use.op} ${use.purpose}`, use.messageBytes / mebibyte]));
    expect(sizes).toEqual({
      'allGather attention': 4,
      'reduceScatter attention': 4,
      'allToAll dispatch': 1,
      'allGather experts': 2,
      'reduceScatter experts': 4,
      'allToAll combine': 2,
    });
    const dispatch = uses.find((use) => use.purpose === 'dispatch');
    expect(dispatch).toMatchObject({ calls: 16, groupSize: 64, bytesPerGpu: (16 * mebibyte * 63) / 64 });
  });

  it('passes every check when all of it is claimed', () => {
    const claim = { strategy: referenceStrategy, estimate: referenceEstimate, modules: referenceModules };
    const { verdict, checks } = verify(reference, claim, { provedBest: true });
    expect(checks.filter((check) => check.status !== 'pass')).toEqual([]);
    expect(verdict).toBe('optimal');
    expect(checks.map((check) => check.id)).toEqual([
      'divisibility',
      'constraints',
      'gpu-count',
      'layers',
      'batch-split',
      'expert-balance',
      'memory-efficiency',
      'compute-efficiency',
      'load-balance',
      'communication',
      'time',
      'overall',
    ]);
    const memory = checks.find((check) => check.id === 'memory-efficiency');
    expect(memory).toMatchObject({ expected: 116 * mebibyte + 67_584, actual: 116 * mebibyte + 67_584 });
    expect(memory?.explanation).toContain('32 MiB KV cache');
    expect(memory?.explanation).toContain('0.177 % of 64 GiB');
    expect(memory?.explanation).toContain('no fault');
  });

  it('passes without a claim, and says that nothing was claimed', () => {
    const { verdict, checks } = verify(reference, { strategy: referenceStrategy }, { provedBest: false });
    expect(verdict).toBe('valid');
    const memory = checks.find((check) => check.id === 'memory-efficiency');
    expect(memory).toMatchObject({ status: 'pass', expected: 121_702_400, actual: 121_702_400 });
    expect(memory?.explanation).toContain('Not claimed');
  });
});
