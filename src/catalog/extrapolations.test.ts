import { describe, expect, it } from 'vitest';
import { fastestExpertsTime } from '../planner/cost/curves.ts';
import { calibrations, curvesFor } from './calibrations.ts';
import { findGpu } from './gpus.ts';

describe('experts of one width', () => {
  it('waste as many columns of a shard as kernels do of which several widths were timed', () => {
    for (const { curves } of calibrations) {
      for (const curve of Object.values(curves.groupedGemm).flat()) {
        const [least, most] = curve.range.intermediate ?? [];
        if (least === most) expect(curve.halfIntermediate).toBe(100);
      }
    }
  });

  it.each(['h100-sxm', 'h200-sxm', 'mi300x'])(
    'take for a shard of eight of gpt-oss a third of the whole at most on %s',
    (name) => {
      const gpu = findGpu(name);
      if (!gpu) throw new Error(name);
      const rates = { peakFlops: { bf16: 989e12, fp8: 1979e12, fp4: 1979e12, int8: 1979e12 }, memoryBandwidth: 4.8e12 };
      const many = { tokens: 8192, routes: 32768, rows: 32768, experts: 128, touched: 128, hidden: 2880, matrices: 3 };
      const seconds = (intermediate: number) =>
        fastestExpertsTime(curvesFor(gpu).groupedGemm.mxfp4, rates, { ...many, intermediate, weightBytes: 17 / 32 })
          .seconds;
      expect(seconds(360)).toBeLessThan(seconds(2880) / 3);
      expect(seconds(360)).toBeGreaterThan(seconds(2880) / 8);
    },
  );
});

describe('a chip whose tensor cores were cut', () => {
  const [h200, h20] = ['h200', 'h20'].map((name) => {
    const spec = findGpu(name);
    if (!spec) throw new Error(name);
    const tera = (dtype: 'bf16' | 'fp8') => (spec.peakTflops[dtype]?.value ?? 0) * 1e12;
    const peakFlops = { bf16: tera('bf16'), fp8: tera('fp8'), fp4: tera('fp8'), int8: tera('fp8') };
    return { curves: curvesFor(spec), rates: { peakFlops, memoryBandwidth: spec.memoryBandwidthGBps.value * 1e9 } };
  });
  /** Experts of DeepSeek-V3 over TP8. */
  const seconds = (of: typeof h200, tokens: number): number => {
    if (!of) throw new Error('no such GPU');
    const touched = 256 * (1 - (1 - 8 / 256) ** tokens);
    const sizes = { tokens, routes: 8 * tokens, rows: 8 * tokens, experts: 256, touched };
    const work = { ...sizes, hidden: 7168, intermediate: 256, matrices: 3, weightBytes: 1 };
    return fastestExpertsTime(of.curves.groupedGemm.fp8Block, of.rates, work).seconds;
  };

  it('decodes nearly as fast as its bandwidth lets it, and reads prompts as its peak does', () => {
    for (const tokens of [1, 16, 64]) expect(seconds(h20, tokens) / seconds(h200, tokens)).toBeLessThan(1.6);
    expect(seconds(h20, 16384) / seconds(h200, 16384)).toBeGreaterThan(2);
    expect(seconds(h20, 16384) / seconds(h200, 16384)).toBeLessThan(989 / 148);
  });
});
