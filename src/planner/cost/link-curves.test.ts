import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrations } from '../../catalog/calibrations.ts';
import {
  allReduceCurveTime,
  type CollectiveOp,
  collectiveCurveTime,
  customAllReduceTime,
  exchangeCopies,
  exchangeCurveTime,
  spanningCurveTime,
  wireBytes,
} from './link-curves.ts';

const curves = fc.constantFrom(...calibrations.map((calibration) => calibration.curves.collectives));
const ops: readonly CollectiveOp[] = ['allReduce', 'allGather', 'reduceScatter', 'allToAll'];
const work = fc.record({
  ranks: fc.integer({ min: 2, max: 72 }),
  bytes: fc.integer({ min: 1, max: 2 ** 31 }),
  bandwidth: fc.double({ min: 1e10, max: 1e12, noNaN: true }),
});
const factor = fc.double({ min: 1, max: 10, noNaN: true });

describe('collectives', () => {
  it('rise with bytes and fall with bandwidth', () => {
    fc.assert(
      fc.property(curves, fc.constantFrom(...ops), work, factor, (all, op, w, by) => {
        const times = [
          (x: typeof w) => collectiveCurveTime(all[op], op, x),
          (x: typeof w) => customAllReduceTime(all.customAllReduce, x),
          (x: typeof w) => allReduceCurveTime(all, x),
        ];
        for (const time of times) {
          const base = time(w);
          expect(base).toBeGreaterThan(0);
          expect(time({ ...w, bytes: w.bytes * by })).toBeGreaterThanOrEqual(base * (1 - 1e-9));
          expect(time({ ...w, bandwidth: w.bandwidth * by })).toBeLessThanOrEqual(base * (1 + 1e-9));
        }
      }),
    );
  });

  it('cost nothing for a group of one, and an all-reduce what the faster of its kernels takes', () => {
    fc.assert(
      fc.property(curves, work, (all, w) => {
        const one = { ...w, ranks: 1 };
        expect(collectiveCurveTime(all.allGather, 'allGather', one)).toBe(0);
        expect(customAllReduceTime(all.customAllReduce, one)).toBe(0);
        expect(allReduceCurveTime(all, one)).toBe(0);
        const nccl = collectiveCurveTime(all.allReduce, 'allReduce', w);
        expect(allReduceCurveTime(all, w)).toBe(Math.min(nccl, customAllReduceTime(all.customAllReduce, w)));
      }),
    );
  });

  it('over a host take what it passes on, or what their links do where that is less', () => {
    const rtx = calibrations.find(({ id }) => id === 'rtx-pro-6000-server')?.curves.collectives.allReduce;
    const hostLink = rtx?.hostLink ?? 0;
    expect(hostLink).toBe(63e9);
    if (!rtx) throw new Error('no curve');
    const bytes = 2 ** 30;
    const rate = (ranks: number, bandwidth: number) =>
      wireBytes('allReduce', { ranks, bytes }) /
      collectiveCurveTime(rtx, 'allReduce', { ranks, bytes, bandwidth }) /
      1e9;
    // As its tables have it, in GB/s: 37 for two, 25 and 24 for more.
    expect([2, 4, 8].map((ranks) => Math.round(rate(ranks, hostLink)))).toEqual([35, 29, 24]);
    // A link of half the speed is the limit itself, at any number of ranks; a faster one does not make the host pass on more.
    for (const ranks of [4, 8]) {
      expect(rate(ranks, hostLink / 2) / rate(2, hostLink / 2)).toBeCloseTo(1, 1);
      expect(rate(ranks, 2 * hostLink)).toBeCloseTo(rate(ranks, hostLink), 6);
    }
    expect(rate(2, 2 * hostLink) / rate(2, hostLink)).toBeCloseTo(2, 1);
  });

  it('count the wire as nccl-tests does', () => {
    expect(wireBytes('allReduce', { ranks: 8, bytes: 800 })).toBe(1400);
    expect(wireBytes('allGather', { ranks: 8, bytes: 800 })).toBe(700);
    expect(wireBytes('allToAll', { ranks: 4, bytes: 800 })).toBe(600);
  });

  it('cost more across nodes than inside one', () => {
    const spanning = fc.record({
      nodes: fc.integer({ min: 2, max: 64 }),
      ranksPerNode: fc.constantFrom(1, 4, 8),
      bytes: fc.integer({ min: 1, max: 2 ** 31 }),
      inNode: fc.double({ min: 0, max: 1, noNaN: true }),
      bandwidth: fc.constant(50e9),
    });
    fc.assert(
      fc.property(curves, spanning, (all, w) => {
        expect(spanningCurveTime(all.network, 'allReduce', w)).toBeGreaterThan(w.inNode);
        expect(spanningCurveTime(all.network, 'allReduce', { ...w, nodes: 1 })).toBe(w.inNode);
      }),
    );
  });
});

describe('the exchange of experts’ tokens', () => {
  const exchange = fc.record({
    tokens: fc.integer({ min: 1, max: 65536 }),
    bytesPerToken: fc.integer({ min: 1024, max: 32768 }),
    topk: fc.integer({ min: 1, max: 16 }),
    ranks: fc.constant(64),
    nodes: fc.constantFrom(1, 2, 8),
    dedupe: fc.boolean(),
    fastBandwidth: fc.constant(450e9),
    networkBandwidth: fc.constant(50e9),
  });

  it('rises with tokens, their bytes and their experts, and falls with bandwidth', () => {
    fc.assert(
      fc.property(curves, exchange, factor, (all, w, by) => {
        for (const { dispatch } of [all.exchangeNormal, all.exchangeLowLatency]) {
          const base = exchangeCurveTime(dispatch, w);
          const slack = 1 - 1e-9;
          expect(exchangeCurveTime(dispatch, { ...w, tokens: w.tokens * by })).toBeGreaterThanOrEqual(base * slack);
          expect(exchangeCurveTime(dispatch, { ...w, topk: w.topk + 1 })).toBeGreaterThanOrEqual(base * slack);
          const faster = { ...w, fastBandwidth: w.fastBandwidth * by, networkBandwidth: w.networkBandwidth * by };
          expect(exchangeCurveTime(dispatch, faster) * slack).toBeLessThanOrEqual(base);
        }
      }),
    );
  });

  it('sends a token once to each rank or node it reaches, or once to each expert elsewhere', () => {
    const once = exchangeCopies({ topk: 1, ranks: 8, nodes: 1, dedupe: true });
    expect(once.fast).toBeCloseTo(7 / 8, 12);
    expect(once.network).toBe(0);
    const wide = exchangeCopies({ topk: 8, ranks: 64, nodes: 8, dedupe: false });
    expect(wide.network).toBeCloseTo(7, 12);
    expect(wide.fast + wide.network).toBeCloseTo((8 * 63) / 64, 12);
    const limited = exchangeCopies({ topk: 8, ranks: 64, nodes: 8, dedupe: true, nodeLimit: 4 });
    expect(limited.network).toBeCloseTo(3.5, 12);
  });
});
