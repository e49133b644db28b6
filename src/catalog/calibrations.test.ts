import { describe, expect, it } from 'vitest';
import {
  decodeCurveTime,
  fastestExpertsTime,
  gemmCurveTime,
  insideRange,
  prefillCurveTime,
} from '../planner/cost/curves.ts';
import { collectiveCurveTime, customAllReduceTime, exchangeCurveTime } from '../planner/cost/link-curves.ts';
import type { GemmFormat } from '../planner/curves.ts';
import { calibrations, curvesFor, linkHasCurves } from './calibrations.ts';
import { defaultCurves } from './default-curves.ts';
import { findGpu, gpuNames } from './gpus.ts';

const h200 = calibrations.find(({ id }) => id === 'h200-sxm');
const b200 = calibrations.find(({ id }) => id === 'b200-sxm');
if (h200 === undefined || b200 === undefined) throw new Error('H200 and B200 are calibrated');
const { curves } = h200;
const bf16 = { peakFlops: 989e12, memoryBandwidth: 4.8e12 };
const link = 450e9;

/**
 * Rows of the operator tables (ai-dynamo/aiconfigurator @095f58a51c4c: TensorRT-LLM 1.3.0rc20, NCCL 2.29.2 and DeepEP by SGLang
 * 0.5.12 on H200; the last two products on B200), in milliseconds, and the error within which the curve must meet them.
 */
const products: readonly [GemmFormat, m: number, n: number, k: number, ms: number, within: number][] = [
  ['bf16', 16, 8192, 8192, 0.03568, 0.1],
  ['bf16', 4096, 8192, 8192, 0.760853, 0.15],
  ['bf16', 1, 4096, 4096, 0.013272, 0.15],
  ['fp8Block', 4096, 7168, 16384, 0.861995, 0.15],
  ['fp8', 64, 10240, 8192, 0.0356373, 0.1],
];

describe('the fitted curves meet cited measurements', () => {
  it.each(products)('product in %s, %d x %d x %d: %f ms', (format, m, n, k, ms, within) => {
    const bytes = format === 'bf16' ? 2 : 1;
    const rates = { peakFlops: format === 'bf16' ? 989e12 : 1979e12, memoryBandwidth: 4.8e12 };
    const work = { m, n, k, bytes: (m * k + n * k) * bytes + 2 * m * n };
    expect(off(gemmCurveTime(curves.gemm[format], rates, work).seconds, ms)).toBeLessThan(within);
  });

  it('products in fp8 and fp4 on B200', () => {
    const time = (format: GemmFormat, peakFlops: number, m: number, weightBytes: number) => {
      const bytes = (m + 8192) * 8192 * weightBytes + 2 * m * 8192;
      const rates = { peakFlops, memoryBandwidth: 8e12 };
      return gemmCurveTime(b200.curves.gemm[format], rates, { m, n: 8192, k: 8192, bytes }).seconds;
    };
    expect(off(time('fp4', 9000e12, 4096, 9 / 16), 0.146281)).toBeLessThan(0.15);
    expect(off(time('fp8', 4500e12, 1024, 1), 0.0705147)).toBeLessThan(0.15);
  });

  it.each([
    [4096, 1, 64, 8, 0.615141],
    [1024, 8, 32, 8, 0.261397],
    [16384, 1, 8, 1, 1.07654],
  ])('prompt of %d tokens, %d sequences, %d heads over %d: %f ms', (queries, sequences, heads, kvHeads, ms) => {
    const work = { sequences, queries, history: 0, heads, kvHeads, qkDim: 128, vDim: 128 };
    expect(off(prefillCurveTime(curves.prefillAttention.full.bf16, bf16, work).seconds, ms)).toBeLessThan(0.15);
  });

  it.each([
    [4096, 64, 64, 8, 'bf16', 0.265355],
    [8192, 32, 8, 1, 'fp8', 0.030256],
    [1024, 256, 8, 1, 'bf16', 0.0654933],
    [1024, 32, 32, 8, 'fp8', 0.02952],
  ] as const)(
    'decoding at %d, %d sequences, %d heads over %d, %s: %f ms',
    (context, sequences, heads, kvHeads, kv, ms) => {
      const cache = sequences * context * kvHeads * 256 * (kv === 'fp8' ? 1 : 2);
      const bytes = cache + sequences * (2 * heads + 2 * kvHeads) * 128 * 2;
      const work = { sequences, context, heads, kvHeads, bytes, flops: 4 * sequences * heads * context * 128 };
      expect(off(decodeCurveTime(curves.decodeAttention.grouped[kv], bf16, work).seconds, ms)).toBeLessThan(0.25);
    },
  );

  it('MLA on prompts and in decoding', () => {
    const prompt = { sequences: 4, queries: 4096, history: 0, heads: 128, kvHeads: 128, qkDim: 192, vDim: 128 };
    expect(off(prefillCurveTime(curves.mlaPrefill.bf16, bf16, prompt).seconds, 5.29876)).toBeLessThan(0.15);
    const bytes = 128 * (4096 * 576 * 2 + 16 * 1088 * 2);
    const flops = 2 * 128 * 16 * 4096 * 1088;
    const step = { sequences: 128, context: 4096, heads: 16, kvHeads: 1, bytes, flops };
    expect(off(decodeCurveTime(curves.mlaDecode.bf16, bf16, step).seconds, 0.154389)).toBeLessThan(0.15);
  });

  const expertsMs = ({ tokens, ep, rows }: { tokens: number; ep: number; rows: number }): number => {
    const peakFlops = { bf16: 989e12, fp8: 1979e12, fp4: 1979e12, int8: 1979e12 };
    const experts = 256 / ep;
    const shape = { hidden: 7168, intermediate: 2048, matrices: 3, weightBytes: 1 };
    const work = { tokens, routes: tokens * 8, rows, experts, touched: Math.min(experts, rows), ...shape };
    const { seconds } = fastestExpertsTime(curves.groupedGemm.fp8Block, { peakFlops, memoryBandwidth: 4.8e12 }, work);
    return seconds * 1e3;
  };

  it.each([
    // Evenly spread: two rows an expert, and 512.
    [64, 8, 64, 0.361376],
    [16384, 32, 4096, 0.736725],
    // Under the power law of 1.01, which sends 1.45 times the mean to the busiest rank (bench/calibrate/power-law.ts).
    [4096, 8, 5955, 1.1681],
  ])('DeepSeek-V3’s experts, %d tokens over EP%d, %d rows: %f ms', (tokens, ep, rows, ms) => {
    expect(off(expertsMs({ tokens, ep, rows }) / 1e3, ms)).toBeLessThan(0.25);
  });

  it('DeepSeek-V3’s experts with 128 rows each take more than whole tiles do, which evenly spread tokens fill', () => {
    const part = expertsMs({ tokens: 4096, ep: 8, rows: 4096 }) / 0.725787;
    expect(part).toBeGreaterThan(1);
    expect(part).toBeLessThan(1.4);
  });

  it.each([
    ['allReduce', 8, 1 << 20, 0.02614],
    ['allReduce', 8, 1 << 28, 1.05263],
    ['allGather', 4, 1 << 24, 0.06385],
    ['reduceScatter', 8, 1 << 26, 0.19883],
    ['allToAll', 8, 1 << 25, 0.12412],
  ] as const)('NCCL %s over %d ranks of %d bytes: %f ms', (op, ranks, bytes, ms) => {
    const seconds = collectiveCurveTime(curves.collectives[op], op, { ranks, bytes, bandwidth: link });
    expect(off(seconds, ms)).toBeLessThan(0.2);
  });

  it.each([
    [8, 1 << 13, 0.003504],
    [8, 1 << 17, 0.00639328],
    [4, 1 << 21, 0.0219277],
    [8, 1 << 25, 0.194426],
  ])('all-reduce in a graph over %d ranks of %d bytes: %f ms', (ranks, bytes, ms) => {
    const seconds = customAllReduceTime(curves.collectives.customAllReduce, { ranks, bytes, bandwidth: link });
    expect(off(seconds, ms)).toBeLessThan(0.2);
  });

  it('DeepEP inside a node, 128 tokens to decode and 4,096 of prompts', () => {
    const place = { topk: 8, ranks: 8, nodes: 1, fastBandwidth: link, networkBandwidth: 50e9 };
    const bytesPerToken = 7168 * (1 + 4 / 128);
    const { exchangeNormal, exchangeLowLatency } = curves.collectives;
    const few = { ...place, tokens: 128, bytesPerToken, dedupe: false };
    expect(off(exchangeCurveTime(exchangeLowLatency.dispatch, few), 0.035119)).toBeLessThan(0.2);
    const many = { ...place, tokens: 4096, bytesPerToken: 7168 * 2, dedupe: true };
    expect(off(exchangeCurveTime(exchangeNormal.combine, many), 0.979227)).toBeLessThan(0.2);
  });
});

describe('a calibration', () => {
  it.each(calibrations.map((c) => [c.id, c] as const))(
    '%s says what it is of and how well it fits',
    (id, calibration) => {
      expect(findGpu(calibration.gpu)?.calibration).toBe(id);
      expect(calibration.source).toContain('@095f58a51c4c');
      expect(calibration.released).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      for (const report of calibration.reports) {
        expect(report.rows).toBeGreaterThan(0);
        expect(report.median).toBeGreaterThan(0);
        expect(report.p90).toBeGreaterThanOrEqual(report.median);
        expect(report.table).not.toBe('');
      }
      const operators = calibration.reports.map(({ operator }) => operator);
      for (const operator of ['gemm', 'prefill attention', 'MLA prefill', 'MLA decode']) {
        expect(operators).toContain(operator);
      }
      // A100's experts were measured under skewed routing alone: what stands there is a relative's, and says so.
      expect(operators.includes('experts')).toBe(id !== 'a100-sxm');
      expect(calibration.curves.groupedGemm.bf16[0]?.evidence).toBe(id === 'a100-sxm' ? 'extrapolated' : 'calibrated');
    },
  );

  it('meets its aim for products on every GPU that flushed its caches', () => {
    const measured = calibrations.filter(({ id }) => id !== 'l40s' && id !== 'rtx-pro-6000-server');
    for (const { reports } of measured) {
      for (const report of reports.filter(({ operator }) => operator === 'gemm')) {
        expect(report.aboveFloor.median).toBeLessThan(0.08);
        expect(report.aboveFloor.p90).toBeLessThan(0.25);
      }
    }
  });
});

describe('decode attention', () => {
  it.each(calibrations.map((c) => [c.id, c] as const))('of %s reads its cache no faster than HBM can', (_, c) => {
    const gpu = findGpu(c.gpu);
    if (gpu === undefined) throw new Error(c.gpu);
    const rates = {
      peakFlops: (gpu.peakTflops.bf16?.value ?? 0) * 1e12,
      memoryBandwidth: gpu.memoryBandwidthGBps.value * 1e9,
    };
    const { grouped, multiHead } = c.curves.decodeAttention;
    for (const [curve, kvHeads] of [
      [grouped.bf16, 8],
      [multiHead.bf16, 32],
    ] as const) {
      const shape = { sequences: 256, context: 2048, heads: 32, kvHeads };
      const bytes = shape.sequences * shape.context * kvHeads * 128 * 2 * 2;
      const flops = 4 * shape.sequences * shape.heads * shape.context * 128;
      const { seconds } = decodeCurveTime(curve, rates, { ...shape, bytes, flops });
      expect(bytes / seconds / rates.memoryBandwidth).toBeGreaterThan(0.6);
      expect(bytes / seconds / rates.memoryBandwidth).toBeLessThan(1);
    }
  });
});

describe('which curves a GPU takes', () => {
  it('its own where it was measured, marked inside their range', () => {
    const gpu = findGpu('h200-sxm');
    if (gpu === undefined) throw new Error('H200 is in the catalog');
    const own = curvesFor(gpu);
    expect(own.evidence).toBe('calibrated');
    expect(own.gemm.bf16.evidence).toBe('calibrated');
    expect(own.gemm.fp4.evidence).toBe('extrapolated');
    expect(insideRange(own.gemm.bf16.range, { m: 4096, n: 8192, k: 8192 })).toBe(true);
    expect(insideRange(own.prefillAttention.full.bf16.range, { queries: 512, history: 4096 })).toBe(false);
  });

  it.each(['h800', 'h20', 'h100-pcie', 'mi300x', 'a10', 'l4', 'tpu-v5p', 'a100-40gb'])(
    '%s takes a relative’s, marked as extrapolated throughout',
    (name) => {
      const gpu = findGpu(name);
      if (gpu === undefined) throw new Error(name);
      const theirs = curvesFor(gpu);
      expect(theirs.evidence).toBe('extrapolated');
      expect(theirs.source).toContain(gpu.name);
      expect(JSON.stringify(theirs)).not.toContain('calibrated"');
    },
  );

  it('A100 over PCIe: the collectives of such a host, and the products that 300 W sustain', () => {
    const [pcie, sxm] = [findGpu('a100-pcie'), findGpu('a100-sxm')];
    if (pcie === undefined || sxm === undefined) throw new Error('both A100 are in the catalog');
    const [theirs, fast] = [curvesFor(pcie), curvesFor(sxm)];
    const work = { ranks: 8, bytes: 2 ** 26, bandwidth: 31e9 };
    const bus = (1.75 * work.bytes) / collectiveCurveTime(theirs.collectives.allReduce, 'allReduce', work);
    // L40S' own two reach 20 GB/s of such a link; eight over PCIe 5.0 meet at what their host passes on, 24.
    expect(bus).toBeGreaterThan(15e9);
    expect(bus).toBeLessThan(20e9);
    expect(linkHasCurves(pcie)).toBe(true);
    expect(theirs.gemm.bf16.efficiency / fast.gemm.bf16.efficiency).toBeCloseTo(252.9 / 271.2, 3);
    expect(theirs.gemm.bf16.memoryEfficiency).toBe(fast.gemm.bf16.memoryEfficiency);
  });

  it('a GPU whose products reach less of its peak: as much less of its relative’s efficiency, and no less of the bandwidth', () => {
    const [mi300x, h100] = [findGpu('mi300x'), findGpu('h100')];
    if (mi300x === undefined || h100 === undefined) throw new Error('both are in the catalog');
    const [theirs, relatives] = [curvesFor(mi300x), curvesFor(h100)];
    const reached = 668.4 / 1307 / (794.5 / 989);
    expect(theirs.gemm.fp8.efficiency / relatives.gemm.fp8.efficiency).toBeCloseTo(reached, 3);
    expect(theirs.prefillAttention.full.bf16.efficiency).toBeLessThan(relatives.prefillAttention.full.bf16.efficiency);
    expect(theirs.decodeAttention.grouped.bf16.memoryEfficiency).toBe(
      relatives.decodeAttention.grouped.bf16.memoryEfficiency,
    );
  });

  it.each([
    ['b300', 'b200'],
    ['gb300', 'gb200'],
  ])(
    '%s runs the generated kernels for experts that %s was measured with, no faster at few tokens',
    (name, measured) => {
      const seconds = (of: string, format: 'fp4' | 'fp8Block'): number => {
        const gpu = findGpu(of);
        if (gpu === undefined) throw new Error(of);
        const { bf16, fp8, fp4 } = gpu.peakTflops;
        const tera = (figure: typeof bf16): number => (figure?.value ?? 0) * 1e12;
        const peakFlops = { bf16: tera(bf16), fp8: tera(fp8), fp4: tera(fp4), int8: 0 };
        const rates = { peakFlops, memoryBandwidth: gpu.memoryBandwidthGBps.value * 1e9 };
        const weightBytes = format === 'fp4' ? 9 / 16 : 1;
        const few = { tokens: 64, routes: 512, rows: 64, experts: 32, touched: 28, hidden: 7168, intermediate: 2048 };
        return fastestExpertsTime(curvesFor(gpu).groupedGemm[format], rates, { ...few, matrices: 3, weightBytes })
          .seconds;
      };
      for (const format of ['fp4', 'fp8Block'] as const) {
        expect(seconds(name, format) / seconds(measured, format)).toBeCloseTo(1, 1);
      }
    },
  );

  it('every GPU of the catalog, and one that is not in it, has curves', () => {
    for (const name of gpuNames) {
      const gpu = findGpu(name);
      if (gpu === undefined) throw new Error(name);
      expect(calibrations.map(({ id }) => id)).toContain(gpu.calibration);
    }
    expect(defaultCurves.evidence).toBe('extrapolated');
  });
});

function off(seconds: number, ms: number): number {
  return Math.abs(seconds / (ms * 1e-3) - 1);
}
