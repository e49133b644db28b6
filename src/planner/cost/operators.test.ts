import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrations } from '../../catalog/calibrations.ts';
import { weightFormat } from '../../catalog/precision.ts';
import type { Gpu } from '../cluster.ts';
import { type ExpertsShape, expertsFormat, expertsTime, type GemmShape, gemmTime } from './operators.ts';

const gpus = calibrations.map(
  ({ gpu, curves }): Gpu => ({
    name: gpu,
    memoryBytes: 8e10,
    memoryBandwidth: 4e12,
    peakFlops: { bf16: 1e15, fp8: 2e15, int8: 2e15, fp4: 4e15 },
    curves,
  }),
);
const size = fc.integer({ min: 128, max: 32768 });
const dimensions = fc.record({ m: fc.integer({ min: 1, max: 16384 }), n: size, k: size });

describe('who quantises the inputs of a product', () => {
  it('costs least where the kernel before does, and then no more than the tables say', () => {
    const shape = { weights: weightFormat('fp8'), activations: 'fp8' } as const;
    fc.assert(
      fc.property(fc.constantFrom(...gpus), dimensions, (gpu, mnk) => {
        const fused = gemmTime(gpu, { ...mnk, ...shape, quantised: 'fused' });
        expect(fused.seconds).toBeLessThan(gemmTime(gpu, { ...mnk, ...shape, quantised: 'apart' }).seconds);
        expect(fused.seconds).toBeLessThanOrEqual(gemmTime(gpu, { ...mnk, ...shape }).seconds);
        expect(fused.floor).toBeLessThanOrEqual(fused.seconds);
        expect(fused.seconds).toBeGreaterThan((2 * mnk.m * mnk.n * mnk.k) / gpu.peakFlops.fp8);
      }),
    );
  });

  it('makes no difference to 16 bits and to scales of blocks, and NVFP4 has a kernel of its own always', () => {
    const times = (
      shape: Pick<GemmShape, 'weights' | 'activations'>,
      gpu: Gpu,
      mnk: { m: number; n: number; k: number },
    ) =>
      ([undefined, 'fused', 'apart'] as const).map(
        (quantised) => gemmTime(gpu, { ...mnk, ...shape, ...(quantised && { quantised }) }).seconds,
      );
    fc.assert(
      fc.property(fc.constantFrom(...gpus), dimensions, (gpu, mnk) => {
        const bf16 = times({ weights: weightFormat('bf16'), activations: 'bf16' }, gpu, mnk);
        const blocks = times({ weights: { ...weightFormat('fp8'), block: 128 }, activations: 'fp8' }, gpu, mnk);
        const [, fused, apart] = times({ weights: weightFormat('fp4'), activations: 'fp4' }, gpu, mnk);
        expect(new Set(bf16).size).toBe(1);
        expect(new Set(blocks).size).toBe(1);
        expect(fused).toBe(apart);
      }),
    );
  });

  it('lets NVFP4 outrun FP8 by no more than its rate and its bytes do', () => {
    fc.assert(
      fc.property(fc.constantFrom(...gpus), dimensions, (gpu, mnk) => {
        const fp4 = gemmTime(gpu, { ...mnk, weights: weightFormat('fp4'), activations: 'fp4', quantised: 'fused' });
        const fp8 = gemmTime(gpu, { ...mnk, weights: weightFormat('fp8'), activations: 'fp8', quantised: 'fused' });
        // Half of the time at the rate, 9 / 16 of the bytes at 0.85 of their speed.
        expect(fp4.seconds).toBeGreaterThan(fp8.seconds / 2);
        expect(fp4.seconds).toBeGreaterThan((2 * mnk.m * mnk.n * mnk.k) / gpu.peakFlops.fp4);
      }),
    );
  });
});

describe('experts whose weights are converted to 16 bits as they are read', () => {
  /** Kimi-K2.5 over TP8, as many tokens as requests decode at once. */
  const shape = (tokens: number): Omit<ExpertsShape, 'weights' | 'activations'> => ({
    tokens,
    routes: 8 * tokens,
    rows: 8 * tokens,
    experts: 384,
    touched: 384 * (1 - (1 - 8 / 384) ** tokens),
    hidden: 7168,
    intermediate: 256,
    matrices: 3,
  });
  const formats = ['int4', 'int8', 'fp8', 'fp4'] as const;

  it('are of a format of their own, other than experts in 16 bits or such as are multiplied as they are', () => {
    for (const dtype of formats) expect(expertsFormat(weightFormat(dtype), 'bf16')).toBe('weightOnly');
    expect(expertsFormat(weightFormat('bf16'), 'bf16')).toBe('bf16');
    expect(expertsFormat(weightFormat('mxfp4'), 'bf16')).toBe('mxfp4');
    expect(expertsFormat(weightFormat('fp8'), 'fp8')).toBe('fp8');
    expect(expertsFormat(weightFormat('fp4'), 'fp8')).toBe('fp8Block');
  });

  it.each(gpus.map((gpu) => [gpu.name, gpu] as const))('read no more than their bytes on %s', (_, gpu) => {
    for (const tokens of [1, 16, 64, 256]) {
      const seconds = (dtype: 'bf16' | (typeof formats)[number]) =>
        expertsTime(gpu, { ...shape(tokens), weights: weightFormat(dtype), activations: 'bf16' }).seconds;
      const bytes = shape(tokens).touched * 3 * 7168 * 256 * weightFormat('int4').bytesPerParameter;
      expect(seconds('int4')).toBeGreaterThan(bytes / gpu.memoryBandwidth);
      expect(seconds('int4')).toBeLessThan(1.6 * (bytes / gpu.memoryBandwidth) + 8e-5);
      expect(seconds('int4')).toBeLessThan(seconds('int8'));
      expect(seconds('int8')).toBeLessThan(seconds('bf16'));
    }
  });
});
