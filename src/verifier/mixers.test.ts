/** Every kind of mixer and what stands around it, each figure worked out on paper from docs/accounting.md. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { around, mixers } from '../../test/properties/hand-mixers.ts';
import type { MemoryAccount } from '../planner/estimate.ts';
import { derive } from './derive.ts';
import { messagesOf } from './messages.ts';
import { attendedPairs, readings } from './mixer-work.ts';
import { wholeModel } from './tensors.ts';
import { verify } from './verify.ts';

interface ByHand {
  /** Parameters on a rank: the mixer's matrices, and its own norms beside the 2·32 of the layer and the 32 at the end. */
  readonly weights: number;
  readonly norms: number;
  /** Bytes of two sequences. */
  readonly cache: number;
  /** Widths of the projections together: 16 tokens hold 128 bytes besides, and 8 hold 64 of residual. */
  readonly widths: number;
  /** Gathered of two sequences of 16. */
  readonly gathered: number;
  /** FLOPs beside those of the matrices. */
  readonly mixing: number;
}

const figures: Readonly<Record<keyof typeof mixers, ByHand>> = {
  'attention with a window, a gate, biases and sinks': {
    weights: (2048 + 512 + 64 + 4) / 2 + 33 * 12 + 32,
    norms: 16,
    cache: 5 * 12 * 2,
    widths: 32 + 12 + 8,
    gathered: 768,
    mixing: 2 * 2 * 12 * 70, // 15 pairs of the first five tokens, then five of each of eleven
  },
  'attention in chunks that reads another layer’s cache': {
    weights: (1024 + 1024 + 32) / 2,
    norms: 32,
    cache: 0,
    widths: 16 + 16,
    gathered: 0,
    mixing: 2 * 2 * 16 * (21 + 21 + 10),
  },
  'attention with values from keys': {
    weights: 1024 + 32 * 8,
    norms: 32 + 16,
    cache: 16 * 16 * 2,
    widths: 16 + 16 + 16,
    gathered: 1024,
    mixing: 2 * 2 * 16 * 136,
  },
  'sparse latent attention': {
    weights: (192 + 256 + 512) / 2 + 256 + 320 + (8 + 8 + 2 + 32) + (2080 + 4160 + 64),
    norms: 8 + 8 + 2 * 130,
    cache: 16 * (20 + 138), // 130 bytes of an indexer's key and two scales
    widths: 8 + 8 + 2 + 2 * 16 + 8,
    gathered: 2 * 16 * (20 + 138),
    mixing: 2 * 2 * 10 * 45 + 2 * 260 * 136,
  },
  'compressed attention': {
    weights: (512 + 256 + 512 + 4) / 2 + 512 + 256 + 1088 + (256 + 1088 + 64),
    norms: 16 + 8 + 8 + 8,
    cache: (6 + 4) * 16 + 4 * 12,
    widths: 16 + 8 + 16 + 16 + 8,
    gathered: 2 * 16 * (4 + 3),
    mixing: 2 * 2 * 16 * (81 + 22) + 2 * 16 * 28,
  },
  'a gated delta net': {
    weights: (2048 + 256 + 512 + 192 + 8) / 2,
    norms: 4,
    cache: 4 * 8 * 4 * 4 + 3 * 48 * 2, // on each of two ranks the half of two sequences
    widths: 36 + 8,
    gathered: 0,
    mixing: 8 * 7 * 128,
  },
  'Mamba-2 with states in bf16': {
    weights: (33 * 68 + 160 + 12 + 1024) / 2 + 16 * 38 + 32,
    norms: 32,
    cache: 32 * 8 * 2 + 3 * 48 * 2,
    widths: 32 + 16 + 2 + 16,
    gathered: 0,
    mixing: 8 * 5 * 256,
  },
  Mamba: {
    weights: (32 * (66 + 20 + 5 + 32 + 5 + 8 + 1)) / 2 + 32,
    norms: 4 + 16,
    cache: 32 * 8 * 4 + 3 * 32 * 2,
    widths: 32 + 4 + 16 + 16,
    gathered: 0,
    mixing: 8 * 6 * 256,
  },
  'lightning attention': {
    weights: (5 * 1024) / 2,
    norms: 32,
    cache: 4 * 64 * 4,
    widths: 64 + 16,
    gathered: 0,
    mixing: 8 * 5 * 256,
  },
};

describe.each(Object.entries(mixers))('%s', (name, { problem, strategy }) => {
  const hand = Object.entries(figures).find(([key]) => key === name)?.[1];
  if (!hand) throw new Error(name);
  const derived = derive(problem, strategy);

  it('holds and keeps what paper says', () => {
    expect(derived.largest.memory).toMatchObject({
      attentionWeight: 2 * hand.weights,
      normWeight: 2 * (64 + hand.norms + 32),
      kvCache: hand.cache,
      activation: 8 * 64 + 16 * (128 + 2 * hand.widths),
      messageBuffer: hand.gathered,
    } satisfies Partial<MemoryAccount>);
  });

  it('does the work that paper says', () => {
    expect(derived.busiest.flops).toBe(2 * 16 * hand.weights + hand.mixing);
  });

  it('gathers its cache over the context, where it has one', () => {
    const { layout, stages, tokens } = derived;
    const kv = messagesOf(problem, layout, stages, tokens).filter(({ purpose }) => purpose === 'kv');
    expect(kv.map(({ calls, messageBytes }) => [calls, messageBytes])).toEqual(
      hand.gathered > 0 ? [[1, hand.gathered]] : [],
    );
  });

  it('stands', () => {
    expect(verify(problem, { strategy }, { provedBest: false }).verdict).toBe('valid');
  });
});

describe('around a mixer', () => {
  const { problem, strategy } = around;
  const derived = derive(problem, strategy);
  const { layout, stages, tokens } = derived;

  it('the first stage holds a mixer, a dense FFN, tables and streams', () => {
    expect(derived.classes[0]?.memory).toMatchObject({
      attentionWeight: 4096,
      denseWeight: 2 * ((6144 + 160) / 2 + 2 * 288),
      expertWeight: 0,
      embeddingWeight: 2 * 1024 + 2 * 2 * 150,
      normWeight: 2 * (64 + 32 + 1046 + 32 + 32 + 1046),
      kvCache: 2 * 16 * 32 * 2,
      activation: 1024 + 16 * 320,
      messageBuffer: 2048,
    });
  });

  it('the last stage holds experts in a latent, and a copy of the table with its bias', () => {
    const last = derived.classes.at(-1);
    expect(last?.memory).toMatchObject({
      attentionWeight: 0,
      denseWeight: 2 * 288,
      expertWeight: 2 * 2 * (768 + 48),
      sharedExpertWeight: 3072 + 96,
      routerWeight: 2 * (128 + 4 + 36 + 32 + 1024),
      embeddingWeight: 2 * (1024 + 32) + 2 * 150,
      normWeight: 2 * (64 + 32 + 1046 + 20 + 6 + 131),
      kvCache: 0,
      activation: 1024 + 16 * 224,
      messageBuffer: 8 * 2 * 16 * 4 + 2048,
    });
    const head = 4096;
    expect(last?.flops).toBe(2 * 32 * (288 + 1584) + 2 * 16 * 1224 + 2 * 816 * 32 + head);
  });

  it('sends latents to experts and both streams to the next stage', () => {
    const uses = messagesOf(problem, layout, stages, tokens);
    const sizes = uses.map((use) => [`${use.op} ${use.purpose}`, [use.calls, use.messageBytes]]);
    expect(Object.fromEntries(sizes)).toEqual({
      'allGather attention': [2, 1024],
      'reduceScatter attention': [2, 1024],
      'allGather dense': [2, 1024],
      'reduceScatter dense': [2, 1024],
      'allGather shared': [2, 1024],
      'reduceScatter shared': [2, 1024],
      'allToAll dispatch': [2, 512],
      'allToAll combine': [2, 512],
      'allGather logits': [2, 256],
      'pointToPoint activations': [2, 1024],
    });
  });

  it('counts everything once in the whole model', () => {
    expect(wholeModel(problem.model)).toEqual({
      attention: 4096,
      dense: 6304 + 3 * 576,
      expert: 4 * 816,
      shared: 3168,
      router: 1224,
      embedding: 2048 + 3 * 300,
      head: 64,
      norm: 64 + 32 + 64 + 3 * (32 + 1046) + 20 + 6 + 131,
    });
  });
});

describe('pairs', () => {
  it('are as many as a walk over all tokens finds', () => {
    const small = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(small, small, fc.integer({ min: 1, max: 9 }), (tokens, most, every) => {
        const each = Array.from({ length: tokens }, (_, i) => i + 1);
        const sum = (seen: (i: number) => number) => each.reduce((pairs, i) => pairs + seen(i), 0);
        expect(readings(tokens, { most, every })).toBe(sum((i) => Math.min(Math.floor(i / every), most)));
        const mixer = { kind: 'attention', heads: 1, kvHeads: 1, headDim: 1, window: most } as const;
        expect(attendedPairs(mixer, tokens)).toBe(sum((i) => Math.min(i, most)));
        expect(attendedPairs({ ...mixer, chunked: true }, tokens)).toBe(sum((i) => ((i - 1) % most) + 1));
      }),
    );
  });
});
