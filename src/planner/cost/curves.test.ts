import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrations } from '../../catalog/calibrations.ts';
import {
  type CurveTime,
  causalPairs,
  decodeCurveTime,
  expertsCurveTime,
  fastestExpertsTime,
  gemmCurveTime,
  insideRange,
  prefillCurveTime,
  streamCurveTime,
} from './curves.ts';

const curves = fc.constantFrom(...calibrations.map((calibration) => calibration.curves));
const kv = fc.constantFrom('bf16' as const, 'fp8' as const);
const rates = fc.record({
  peakFlops: fc.double({ min: 1e13, max: 2e16, noNaN: true }),
  memoryBandwidth: fc.double({ min: 1e11, max: 2e13, noNaN: true }),
});
const size = (max: number) => fc.integer({ min: 1, max });

/** Time with the work, with one dimension of it grown, and on a GPU with faster rates. */
function holds<Work extends Readonly<Record<string, number>>>(
  time: (work: Work, rates: { peakFlops: number; memoryBandwidth: number }) => CurveTime,
  work: Work,
  grown: Work,
  gpu: { peakFlops: number; memoryBandwidth: number },
  faster: number,
): void {
  const base = time(work, gpu).seconds;
  const slack = base * 1e-9;
  expect(Number.isFinite(base) && base > 0).toBe(true);
  expect(time(grown, gpu).seconds).toBeGreaterThanOrEqual(base - slack);
  const better = { peakFlops: gpu.peakFlops * faster, memoryBandwidth: gpu.memoryBandwidth * faster };
  expect(time(work, better).seconds).toBeLessThanOrEqual(base + slack);
}

const factor = fc.double({ min: 1, max: 8, noNaN: true });

describe('operator curves rise with work and fall with rates', () => {
  it('products', () => {
    const format = fc.constantFrom(
      'bf16' as const,
      'fp8' as const,
      'fp8Block' as const,
      'fp4' as const,
      'int8' as const,
    );
    const dimension = fc.constantFrom('m' as const, 'n' as const, 'k' as const);
    const shape = fc.record({ m: size(65536), n: size(65536), k: size(65536) });
    fc.assert(
      fc.property(curves, format, rates, shape, dimension, factor, (all, f, gpu, s, d, by) => {
        const bytes = ({ m, n, k }: typeof s) => m * k + n * k + 2 * m * n;
        const grown = { ...s, [d]: s[d] * by };
        const time = (w: typeof s, r: typeof gpu) => gemmCurveTime(all.gemm[f], r, { ...w, bytes: bytes(w) });
        holds(time, s, grown, gpu, by);
      }),
    );
  });

  it('experts, each kernel and the fastest of them', () => {
    const format = fc.constantFrom(
      'bf16' as const,
      'fp8' as const,
      'fp8Block' as const,
      'fp4' as const,
      'mxfp4' as const,
      'weightOnly' as const,
    );
    const shape = fc.record({
      tokens: size(65536),
      routes: size(524288),
      rows: size(524288),
      experts: size(512),
      touched: size(512),
      hidden: size(16384),
      intermediate: size(16384),
      matrices: fc.constantFrom(2, 3),
      weightBytes: fc.constantFrom(0.53, 0.5625, 1, 2),
    });
    const dimension = fc.constantFrom('tokens', 'routes', 'rows', 'experts', 'touched', 'hidden', 'intermediate');
    fc.assert(
      fc.property(curves, format, rates, shape, dimension, factor, (all, f, gpu, s, d, by) => {
        const grown = { ...s, [d]: Number(new Map(Object.entries(s)).get(d)) * by };
        const byDtype = (peak: number) => ({ bf16: peak, fp8: 2 * peak, fp4: 4 * peak, int8: 2 * peak });
        const full = (r: typeof gpu) => ({ peakFlops: byDtype(r.peakFlops), memoryBandwidth: r.memoryBandwidth });
        holds((w, r) => fastestExpertsTime(all.groupedGemm[f], full(r), w), s, grown, gpu, by);
        for (const curve of all.groupedGemm[f]) holds((w, r) => expertsCurveTime(curve, full(r), w), s, grown, gpu, by);
      }),
    );
  });

  it('prompts, with history and window', () => {
    const kind = fc.constantFrom('full' as const, 'window' as const);
    const shape = fc.record({
      sequences: size(256),
      queries: size(32768),
      history: fc.integer({ min: 0, max: 131072 }),
      heads: size(128),
      kvHeads: size(128),
      qkDim: fc.constantFrom(64, 128, 192, 256),
      vDim: fc.constantFrom(64, 128, 256),
      window: size(200_000),
    });
    const dimension = fc.constantFrom('sequences', 'queries', 'history', 'heads', 'kvHeads', 'qkDim', 'vDim', 'window');
    fc.assert(
      fc.property(curves, kind, kv, rates, shape, dimension, size(4), (all, k, f, gpu, s, d, by) => {
        const grown = { ...s, [d]: Number(new Map(Object.entries(s)).get(d)) * by };
        const time = (w: typeof s, r: typeof gpu) => prefillCurveTime(all.prefillAttention[k][f], r, w);
        holds(time, s, grown, gpu, by);
        const { window: _, ...whole } = s;
        const open = prefillCurveTime(all.prefillAttention[k][f], gpu, whole).seconds;
        expect(time(s, gpu).seconds).toBeLessThanOrEqual(open * (1 + 1e-9));
      }),
    );
  });

  it('decoding, of heads and of latents', () => {
    const shape = fc.record({
      sequences: size(2048),
      context: size(131072),
      heads: size(128),
      kvHeads: size(128),
      bytes: size(2 ** 31),
      flops: size(2 ** 31),
    });
    const dimension = fc.constantFrom('sequences', 'context', 'heads', 'kvHeads', 'bytes', 'flops');
    fc.assert(
      fc.property(curves, kv, rates, shape, dimension, factor, (all, f, gpu, s, d, by) => {
        const grown = { ...s, [d]: Number(new Map(Object.entries(s)).get(d)) * by };
        const { grouped, multiHead } = all.decodeAttention;
        for (const curve of [grouped[f], multiHead[f], all.mlaDecode[f]]) {
          holds((w, r) => decodeCurveTime(curve, r, w), s, grown, gpu, by);
        }
      }),
    );
  });

  it('streams', () => {
    fc.assert(
      fc.property(curves, rates, size(2 ** 30), factor, (all, gpu, bytes, by) => {
        holds((w, r) => streamCurveTime(all.stream, r, w.bytes), { bytes }, { bytes: bytes * by }, gpu, by);
      }),
    );
  });
});

describe('the pairs of a causal attention', () => {
  it('equal a count, one query after another', () => {
    const shape = fc.record({ queries: size(60), history: fc.nat(60), window: size(130) });
    fc.assert(
      fc.property(shape, ({ queries, history, window }) => {
        let pairs = 0;
        for (let i = 0; i < queries; i += 1) pairs += Math.min(window, history + i + 1);
        expect(causalPairs({ queries, history, window })).toBe(pairs);
      }),
    );
    expect(causalPairs({ queries: 4, history: 0 })).toBe(10);
    expect(causalPairs({ queries: 4, history: 6 })).toBe(34);
  });
});

describe('the range of a curve', () => {
  it('holds what lies inside every bound, and lets unknown dimensions pass', () => {
    const range = { m: [1, 16], n: [128, 512] } as const;
    expect(insideRange(range, { m: 16, n: 128 })).toBe(true);
    expect(insideRange(range, { m: 17, n: 128 })).toBe(false);
    expect(insideRange(range, { m: 4, k: 9 })).toBe(true);
  });
});
