/** Servers with context parallelism: every figure computed on paper from docs/accounting.md, "Serving". */
import { describe, expect, it } from 'vitest';
import { apart, exchanging, grouped, hybrid, sparse } from '../../../test/properties/hand-context.ts';
import { givensOf, onlyOne } from '../../../test/properties/hand-served.ts';
import { seatOf, surveyGroups } from '../groups.ts';
import { keyOf } from '../messages.ts';
import { leastDecode, leastPrefill } from './bounds.ts';
import { tightest, type WorkerGiven } from './derive.ts';

/** A message by its op, group and purpose: bytes of a call, calls, bytes that a GPU sends. */
function sent({ derived: { uses } }: WorkerGiven): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(
    uses.map((use) => [keyOf(use), [use.messageBytes, use.calls, use.bytesPerGpu].map((x) => Number(x.toFixed(6)))]),
  );
}

const third = (x: number) => Number((x / 3).toFixed(6));

describe('grouped queries without an engine, tp 2 and cp 3', () => {
  const given = onlyOne(grouped);
  const { largest, busiest, layout } = given.derived;

  it('cuts the cache in three by pages, and prompts, not answers', () => {
    expect(given.worker).toMatchObject({ cacheParts: 3, keptTokens: 211, pagedTokens: 216 });
    // 216 tokens of 32 bytes on two layers and 30 on the third, a third of each, six sequences.
    expect(largest.memory.kvCache).toBe(6 * (2 * 2304 + 320));
    // 8 tokens decode, and a third of 56 is 19: 27 tokens of 128 bytes, and of 544 in the FFN.
    expect(largest.memory.activation).toBe(27 * 128 + 27 * 544);
    // The last pass of a prompt stands behind 150 tokens.
    expect(largest.memory.messageBuffer).toBe((64 + 150) * 32);
    expect(largest.ranks).toBe(6);
    const step = largest.memory.activation + largest.memory.messageBuffer;
    const weights = largest.memory.total - largest.memory.kvCache - step;
    expect(tightest(given)?.pool).toBeCloseTo(32 * 2 ** 30 - 2 ** 30 - weights - step, 3);
  });

  it('computes a third of the prompts, and all that decodes with a third of the keys', () => {
    // 30 prompt tokens beside 6 that decode: 16 on a rank.
    const products = 3 * 2 * 16 * (3072 + 9216);
    const prompts = (2 * 2 * 16 * 0.3 * (2 * 15_050 + 3000)) / 3;
    const answers = (2 * 2 * 16 * 6 * (2 * 212 + 30)) / 3;
    const head = 2 * 64 * 64 * 6.3;
    expect(busiest.flops).toBeCloseTo(products + prompts + answers + head, 4);
    expect(busiest.flops).toBeCloseTo(1_501_209.6, 4);
  });

  it('gathers a pass and what is before it, and sums what three ranks made of their keys', () => {
    expect(sent(given)).toEqual({
      'allReduce over tp for attention (decode)': [768, 3, 2304],
      'allReduce over tp for dense (decode)': [768, 3, 2304],
      'allGather over cp for log-sum-exps (decode)': [144, 3, 288],
      'allReduce over cp for partial attention (decode)': [192, 3, 768],
      'allGather over tp for logits (decode)': [1536, 1, 768],
      // 0.6 passes of 50 tokens a step.
      'allReduce over tp for attention (prefill)': [third(6400), 1.8, 3840],
      'allReduce over tp for dense (prefill)': [third(6400), 1.8, 3840],
      // 175 tokens of 32 bytes, and 80 in the window.
      'allGather over cp for kv (prefill)': [5600, 1.8, 5504],
      'allGather over tp for logits (prefill)': [128, 0.6, 38.4],
    });
  });

  it('bounds its times by a third of the cache and of a prompt’s work', () => {
    const weights = 2 * (3 * (3072 + 9216) + 64 * 64);
    const cache = (2 * 200 * 32 + 30 * 32) / 3;
    expect(leastDecode(given) * 1.8e12).toBeCloseTo(weights + 6 * cache, 4);
    const prompt = (3 * 2 * 100 * (3072 + 9216) + 2 * 2 * 16 * 33_100) / 3 + 2 * 64 * 64;
    expect(leastPrefill(given) * 2e14).toBeCloseTo(prompt, 4);
  });

  it('has its context ranks tp apart', () => {
    const groups: number[][] = [[], []];
    for (let rank = 0; rank < layout.world; rank += 1) {
      const { group, seat } = seatOf('cp', layout, rank);
      (groups[group] ?? [])[seat] = rank;
    }
    expect(groups).toEqual([
      [0, 2, 4],
      [1, 3, 5],
    ]);
    expect(surveyGroups(layout).every(({ partitions }) => partitions)).toBe(true);
  });
});

describe('sparse latent attention with experts under vllm, tp 2 and cp 2', () => {
  const given = onlyOne(sparse);
  const { largest, busiest } = given.derived;

  it('holds half of latents and of the indexer’s keys', () => {
    expect(given.worker).toMatchObject({ cacheParts: 2, pagedTokens: 216 });
    // 10 latent numbers in bf16 and 12 bytes of an indexer’s key.
    expect(largest.memory.kvCache).toBe((4 * 2 * 216 * 32) / 2);
    // 36 tokens a rank; 32 copies of tokens at the busiest rank’s experts.
    expect(largest.memory.activation).toBe(36 * 128 + 32 * 448);
    expect(largest.memory.messageBuffer).toBe((64 * 2 * 64 * 4) / 4 + (64 + 150) * 32);
  });

  it('computes each token’s experts once', () => {
    const products = 2 * 14 * (3392 + 3072) + 2 * 14 * 256;
    const prompts = (2 * 2 * 10 * 0.2 * 4000 + 2 * 2 * 8 * 0.2 * 15_050) / 2;
    const answers = (2 * 2 * 18 * 4 * 40 + 2 * 2 * 8 * 4 * 212) / 2;
    const experts = (2 * 24 * 6144 * 2) / 4;
    const head = 2 * 64 * 64 * 4.2;
    expect(busiest.flops).toBeCloseTo(2 * (products + prompts + answers + experts) + head, 4);
    expect(busiest.flops).toBeCloseTo(872_614.4, 4);
  });

  it('exchanges a prompt’s tokens, and sums what decodes over tp and cp', () => {
    expect(sent(given)).toEqual({
      'allReduce over tp for attention (decode)': [512, 2, 1024],
      'allGather over cp for log-sum-exps (decode)': [64, 2, 64],
      // Latents of 8 numbers, two heads a rank.
      'allReduce over cp for partial attention (decode)': [128, 2, 256],
      'allReduce over cp for experts (decode)': [512, 2, 1024],
      'allReduce over tp for experts (decode)': [512, 2, 1024],
      'allGather over tp for logits (decode)': [1024, 1, 512],
      'allReduce over tp for attention (prefill)': [3200, 0.8, 2560],
      'allGather over cp for kv (prefill)': [5600, 0.8, 2240],
      'allReduce over tp for shared (prefill)': [3200, 0.8, 2560],
      'allGather over ep for dispatch (prefill)': [6400, 0.8, 3840],
      'reduceScatter over ep for combine (prefill)': [6400, 0.8, 3840],
      'allGather over tp for logits (prefill)': [128, 0.4, 25.6],
    });
  });
});

describe('states beside windows on two stages, cp 2', () => {
  const given = onlyOne(hybrid);
  const { largest, busiest } = given.derived;

  it('divides windows, not states, and gathers no more than a window', () => {
    const state = 128 * 4 + 3 * 48 * 2;
    expect(given.memories.map(({ account }) => account.kvCache)).toEqual([
      4 * (state + (30 * 128) / 2),
      4 * (state + (24 * 16) / 2),
    ]);
    expect(given.memories.map(({ account }) => account.messageBuffer)).toEqual([
      (64 + 30) * 128 + 2 * 36 * 128,
      (64 + 24) * 16 + 2 * 36 * 128,
    ]);
    expect(largest.memory.activation).toBe(36 * 128 + 36 * 640);
  });

  it('runs what decodes through the state on both ranks', () => {
    const products = 2 * 14 * (5832 + 8192 + 12_288);
    const states = 14 * 7 * 4 * 8 * 4;
    // Six whole chunks and a short one, less those of the first 100 tokens; a token after 211 sees two.
    const prompts = (2 * 4 * 16 * 0.2 * (3000 - 1450)) / 2;
    const answers = (2 * 4 * 16 * 4 * 2) / 2;
    expect(busiest.flops).toBeCloseTo(products + states + prompts + answers, 4);
  });

  it('sends parts of a prompt from stage to stage, and nothing for states', () => {
    expect(sent(given)).toEqual({
      'allGather over cp for log-sum-exps (decode)': [128, 1, 64],
      'allReduce over cp for partial attention (decode)': [256, 1, 256],
      'pointToPoint over pp for activations (decode)': [512, 1, 512],
      'allGather over cp for kv (prefill)': [10_240, 0.4, 2048],
      'pointToPoint over pp for activations (prefill)': [3200, 0.4, 1280],
    });
  });
});

describe('two data-parallel ranks of two context ranks, ep 2 and etp 2', () => {
  const given = onlyOne(exchanging);
  const { classes, largest, busiest } = given.derived;

  it('has the same sequences on all context ranks', () => {
    expect(classes.map(({ ranks, memory }) => [ranks, memory.kvCache])).toEqual([
      [4, 3 * 6912],
      [4, 2 * 6912],
    ]);
    expect(largest.memory.activation).toBe(36 * 128 + 128 * 192);
    expect(largest.memory.messageBuffer).toBe((64 * 2 * 32 * 4) / 2 + (64 + 150) * 64);
  });

  it('computes five tokens that decode on each, and half of the prompts', () => {
    const products = 2 * 14.375 * (6144 + 4096 + 2 * 6144 + 2 * 4608);
    const prompts = (2 * 2 * 4 * 16 * 0.1875 * 15_050) / 2;
    const answers = (2 * 2 * 4 * 16 * 5 * 212) / 2;
    const experts = (2 * 2 * 23.75 * 2048 * 2 * 2) / 4;
    expect(busiest.flops).toBeCloseTo(products + prompts + answers + experts, 4);
    expect(busiest.flops).toBeCloseTo(1_604_080, 4);
  });

  it('sends each token to the experts once, and decoded ones back to both', () => {
    expect(sent(given)).toEqual({
      'allGather over cp for log-sum-exps (decode)': [160, 2, 160],
      'allReduce over cp for partial attention (decode)': [320, 2, 640],
      'allGather over cp for experts (decode)': [640, 2, 640],
      'allToAll over ep for dispatch (decode)': [320, 2, 320],
      'allToAll over ep for combine (decode)': [320, 2, 320],
      'allGather over etp for experts (decode)': [320, 2, 320],
      'reduceScatter over etp for experts (decode)': [320, 2, 320],
      // The second layer reads the first one's cache. Three quarters of a pass a step, of either rank.
      'allGather over cp for kv (prefill)': [11_200, 0.75, 4200],
      'allToAll over ep for dispatch (prefill)': [3200, 1.5, 2400],
      'allToAll over ep for combine (prefill)': [3200, 1.5, 2400],
      'allGather over etp for experts (prefill)': [3200, 1.5, 2400],
      'reduceScatter over etp for experts (prefill)': [3200, 1.5, 2400],
    });
  });
});

describe('workers apart under vllm, prompts with cp 4 and dense latent attention', () => {
  const [prefill, decode] = givensOf(apart);
  if (!prefill || !decode) throw new Error('no halves');

  it('keeps a whole cache on each rank, and gathers the pass alone', () => {
    expect(prefill.worker).toMatchObject({ cacheParts: 1, pagedTokens: 200 });
    expect(prefill.derived.largest.memory.kvCache).toBe(2 * 200 * 20);
    expect(prefill.derived.largest.memory.messageBuffer).toBe(64 * 20);
    expect(prefill.derived.largest.memory.activation).toBe(22 * 128 + 22 * 832);
    expect(sent(prefill)).toEqual({ 'allGather over cp for kv (prefill)': [1000, 4, 3000] });
    expect(prefill.derived.busiest.flops).toBeCloseTo(2 * 2 * 25 * (3328 + 18_432) + (2 * 80 * 15_050) / 4, 4);
  });

  it('leaves workers without it as they are', () => {
    expect(decode.worker).toMatchObject({ cacheParts: 1, grid: { cp: 1, firstRank: 8, firstGpu: 8 } });
    expect(Object.keys(sent(decode))).toEqual([
      'allReduce over tp for attention (decode)',
      'allReduce over tp for dense (decode)',
    ]);
  });
});
