import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrations } from '../../catalog/calibrations.ts';
import { weightFormat } from '../../catalog/precision.ts';
import type { Gpu } from '../cluster.ts';
import { type GemmShape, gemmTime } from './operators.ts';

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
