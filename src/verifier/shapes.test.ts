/** Shapes other than the reference, each figure worked out on paper from docs/accounting.md. */
import { describe, expect, it } from 'vitest';
import { cluster, folded, latent, one, precisionOf, reference } from '../../test/properties/hand-claims.ts';
import type { Model } from '../planner/model.ts';
import type { Strategy } from '../planner/strategy.ts';
import { derive } from './derive.ts';
import { referencePeak } from './flops.ts';
import { gpuOf } from './grid.ts';
import { surveyGroups } from './groups.ts';
import { layoutOf } from './layout.ts';
import { messagesOf } from './messages.ts';
import { wholeModel } from './tensors.ts';
import { type VerifierProblem, verify } from './verify.ts';

function usesOf(problem: VerifierProblem, strategy: Strategy) {
  const { layout, stages, tokens } = derive(problem, strategy);
  const uses = messagesOf(problem, layout, stages, tokens);
  return Object.fromEntries(
    uses.map((use) => [`${use.op} ${use.purpose}`, [use.calls, use.messageBytes, use.bytesPerGpu]]),
  );
}

describe('latent attention, a dense layer first, uneven stages and batch, a tied table', () => {
  const { problem, strategy } = latent;
  const { model } = problem;
  const derived = derive(problem, strategy);

  it('holds two layers and the table on the first stage', () => {
    expect(derived.largest.memory).toMatchObject({
      attentionWeight: 2 * 2 * 2496, // 192 + 128 + 512 split, 1024 + 640 whole
      denseWeight: 2 * 12_288,
      expertWeight: 2 * 12_288,
      sharedExpertWeight: 2 * 3072,
      routerWeight: 2 * 256,
      embeddingWeight: 2 * 3072,
      normWeight: 2 * (256 + 48), // 16 + 8 a layer for the norms of both latents
      kvCache: 640, // 2 sequences × 8 × 2 bytes × 2 layers × 10
      activation: 512 + 5120, // the dense layer's 8 × 640
      messageBuffer: 2048 + 1024,
      total: 81_888,
    });
    expect(derived.largest.firstRank).toBe(0);
  });

  it('holds one layer and the head’s copy on the last', () => {
    const last = derived.classes.at(-2);
    expect(last?.firstRank).toBe(4);
    expect(last?.memory).toMatchObject({
      attentionWeight: 4992,
      denseWeight: 0,
      embeddingWeight: 6144,
      normWeight: 2 * (128 + 24 + 64),
      kvCache: 320,
      activation: 512 + 11 * 448, // ⌈8 · (1 + sqrt(ln 2 / 8))⌉ = 11 tokens at the busiest expert
      total: 51_632,
    });
  });

  it('works more where there are more sequences', () => {
    expect(derived.classes.map(({ firstRank, ranks }) => [firstRank, ranks])).toEqual([
      [0, 2],
      [2, 2],
      [4, 2],
      [6, 2],
    ]);
    expect(derived.classes.map((item) => item.flops)).toEqual([857_728, 428_864, 394_048, 197_024]);
    expect(derived.classes.map((item) => item.memory.total)).toEqual([81_888, 81_568, 51_632, 51_472]);
    const mean = 66_640;
    const deviation = Math.sqrt((15_248 ** 2 + 14_928 ** 2 + 15_008 ** 2 + 15_168 ** 2) / 4);
    expect(derived.balance.memory).toBeCloseTo(deviation / mean, 14);
    expect(derived.balance.experts).toBe(0);
  });

  it('sends by purpose, and lists the stage that sends most', () => {
    expect(usesOf(problem, strategy)).toEqual({
      'allGather attention': [4, 1024, 2048],
      'reduceScatter attention': [4, 1024, 2048],
      'allGather dense': [2, 1024, 1024],
      'reduceScatter dense': [2, 1024, 1024],
      'allGather shared': [2, 1024, 1024],
      'reduceScatter shared': [2, 1024, 1024],
      'allToAll dispatch': [2, 1024, 1024],
      'allToAll combine': [2, 1024, 1024],
      'pointToPoint activations': [2, 512, 1024],
      'allGather logits': [2, 384, 384],
    });
  });

  it('counts the tied table once', () => {
    const counts = wholeModel(model);
    // Per layer 16·24 + 8·32 + 16·64 split and 1664 whole.
    expect(counts.attention).toBe(3 * (384 + 256 + 1024 + 1664));
    expect([counts.embedding, counts.head]).toEqual([6144, 0]);
    expect(wholeModel({ ...model, vocabulary: { size: 96, tied: false } }).head).toBe(6144);
  });

  it('holds the tied table once where there is one stage, and twice where it is not tied', () => {
    const single = { ...strategy, pp: 1, dp: 3, ep: 1 };
    expect(derive(problem, single).largest.memory.embeddingWeight).toBe(6144);
    const untied = { ...problem, model: { ...model, vocabulary: { size: 96, tied: false } } };
    expect(derive(untied, single).largest.memory.embeddingWeight).toBe(2 * 6144);
  });

  it('is valid, and names why ranks differ', () => {
    const { verdict, checks } = verify(problem, { strategy }, { provedBest: false });
    expect(verdict).toBe('valid');
    const balance = checks.find((check) => check.id === 'load-balance');
    expect(balance?.explanation).toContain('stages hold 1 or 2 layers');
    expect(balance?.explanation).toContain('1 of 2 data-parallel ranks have one sequence more');
  });
});

describe('context parallelism, shared key-value heads, experts folded otherwise than attention', () => {
  const { problem, strategy } = folded;

  it('keeps a key-value head on two ranks, and half an expert on each of two', () => {
    expect(derive(problem, strategy).largest.memory).toMatchObject({
      attentionWeight: 20_736, // 3 × (8192 + 4096) × 0.5625
      expertWeight: 27_648, // 3 × 2 × 2·128·64/2 × 0.5625
      routerWeight: 864,
      normWeight: 1792,
      kvCache: 864, // 2 × 8 × 0.5625 × 3 × 32
      activation: 1024 + 8320,
      messageBuffer: 1312 + 576,
      total: 63_136,
    });
  });

  it('gathers one layer’s keys and values over the context', () => {
    expect(usesOf(problem, strategy)).toMatchObject({
      'allGather kv': [3, 576, 864],
      'allToAll dispatch': [3, 288, 432],
      'allGather experts': [3, 576, 864],
      'reduceScatter experts': [3, 2048, 3072],
    });
  });

  it('counts half of the causal pairs on each context rank', () => {
    const derived = derive(problem, strategy);
    expect(derived.layout.edp).toBe(2);
    expect(derived.busiest.flops).toBe(1_179_648 + 52_224 + 12_288 + 393_216);
  });
});

describe('corners', () => {
  it('rounds the bytes of a class up once, not once a layer', () => {
    const model: Model = {
      name: 'four bits',
      hiddenSize: 6,
      layers: [
        {
          count: 16,
          mixer: { kind: 'attention', heads: 1, kvHeads: 1, headDim: 2 },
          dense: { intermediateSize: 6, matrices: 2 },
        },
      ],
      precision: precisionOf('int4', 0.51953125),
    };
    const derived = derive({ ...reference, model }, { ...one, microBatchSize: 128 });
    expect(derived.largest.memory.attentionWeight).toBe(399); // 16 × 48 × 0.51953125; a layer’s 24.9375 would make 400
    expect(derived.largest.memory.runtimeReserve).toBe(0.27 * 2 ** 30);
    expect(derived.tokens.imbalance).toBe(1);
  });

  it('cannot receive more than every token once', () => {
    const withExperts = (experts: number, expertsPerToken: number): VerifierProblem => {
      const moe = { experts, expertsPerToken, intermediateSize: 2048, matrices: 2, sharedIntermediateSize: 0 } as const;
      const layers = reference.model.layers.map((run) => ({ ...run, moe }));
      const workload = { kind: 'batch', batchSize: 4, sequenceLength: 1 } as const;
      return { ...reference, model: { ...reference.model, layers }, workload };
    };
    // Top-3 of four experts on four ranks, one token each: 4 tokens at most, 4/3 of the mean; the normal spread says 1.83.
    const wide = derive(withExperts(4, 3), { ...one, dp: 4, ep: 4 }).tokens;
    expect(wide.imbalance).toBeCloseTo(4 / 3, 14);
    expect(wide.busiest).toBe(4);
    // Every token visits every expert: nothing is uneven.
    const all = derive(withExperts(2, 2), { ...one, dp: 2, ep: 2, microBatchSize: 2 }).tokens;
    expect(all).toMatchObject({ imbalance: 1, busiest: 4 });
    // Below the ceiling the spread holds: a mean of 4 copies on two ranks of 32 experts.
    const free = derive(withExperts(64, 2), { ...one, dp: 2, ep: 2, microBatchSize: 2 }).tokens;
    expect(free.imbalance).toBeCloseTo(1 + Math.sqrt(Math.LN2 / 4), 14);
    expect(free.busiest).toBe(6);
  });

  it('leaves GPUs of a domain idle rather than split a TP group of three', () => {
    const layout = layoutOf(reference, { ...one, tp: 3, dp: 4, microBatchSize: 32 });
    expect(layout.perDomain).toBe(6);
    expect([5, 6, 11].map((rank) => gpuOf(layout, rank))).toEqual([5, 8, 13]);
    expect(surveyGroups(layout).find((group) => group.kind === 'tp')?.crossesDomains).toBe(false);
  });

  it('keeps TP groups whole where TP and ETP groups cannot both be', () => {
    const layout = layoutOf(reference, { ...one, tp: 3, dp: 4, etp: 4, ep: 3, microBatchSize: 32 });
    const crossing = surveyGroups(layout).filter((group) => group.crossesDomains);
    expect(layout.perDomain).toBe(6);
    expect(crossing.map((group) => group.kind)).toEqual(['dp', 'ep', 'etp']);
  });

  it('crosses nodes inside a fast domain of several nodes', () => {
    const wide = { ...reference, cluster: { ...cluster, nodes: 18, gpusPerNode: 4, domainGpus: 72 } };
    const layout = layoutOf(wide, { ...one, tp: 8, dp: 8, ep: 64, microBatchSize: 16 });
    const tp = surveyGroups(layout).find((group) => group.kind === 'tp');
    expect(tp).toMatchObject({ crossesDomains: false, crossesNodes: true });
  });

  it('takes the peak of the class with most parameters at the wider of its operands', () => {
    const model = { ...reference.model, precision: { ...precisionOf('fp8', 1), activations: 'bf16' as const } };
    expect(referencePeak({ ...reference, model })).toBe(200e12);
  });
});
