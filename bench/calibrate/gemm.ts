/** Fits matrix products by format. */
import { gemmCurveTime } from '../../src/planner/cost/curves.ts';
import type { GemmCurve, GemmFormat } from '../../src/planner/curves.ts';
import type { ComputeDtype } from '../../src/planner/precision.ts';
import type { Sample } from './fit.ts';
import { around, type Bench, fitCurve, fromL2, type Report, rangeOf, share, sharp, tableOf } from './operator.ts';
import { number, type Row, text } from './tables.ts';

interface Shape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly bytes: number;
}

interface Format {
  readonly format: GemmFormat;
  readonly rate: ComputeDtype;
  readonly weightBytes: number;
  readonly inputBytes: number;
}

/** By the tables' names. `sq` is SmoothQuant: int8 weights and activations. NVFP4 carries a scale byte for 16 values. */
const formats: Readonly<Record<string, Format>> = {
  bfloat16: { format: 'bf16', rate: 'bf16', weightBytes: 2, inputBytes: 2 },
  fp8: { format: 'fp8', rate: 'fp8', weightBytes: 1, inputBytes: 1 },
  fp8_block: { format: 'fp8Block', rate: 'fp8', weightBytes: 1, inputBytes: 1 },
  nvfp4: { format: 'fp4', rate: 'fp4', weightBytes: 9 / 16, inputBytes: 9 / 16 },
  sq: { format: 'int8', rate: 'int8', weightBytes: 1, inputBytes: 1 },
};

const names = [
  'efficiency',
  'half',
  'halfDepth',
  'sharpness',
  'memoryEfficiency',
  'rampPerRootDepth',
  'quantise',
  'cachedInputs',
  'floor',
] as const;

export function fitGemms(bench: Bench): { curves: Partial<Record<GemmFormat, GemmCurve>>; reports: Report[] } {
  const table = tableOf(bench, 'gemm', 'trtllm', 'gemm_perf');
  const curves: Partial<Record<GemmFormat, GemmCurve>> = {};
  const reports: Report[] = [];
  for (const [name, format] of Object.entries(formats)) {
    const rows = (table?.rows ?? []).filter((row) => text(row, 'gemm_dtype') === name);
    if (rows.length === 0 || table === undefined) continue;
    const all = rows.map((row) => sample(row, format)).filter((s) => s.seconds > 0);
    const samples = all.filter(({ shape: { m, n, k, bytes } }) => {
      return !fromL2(bench, { bytes, flops: 2 * m * n * k, peakFlops: bench.hardware.peakFlops[format.rate] });
    });
    const { curve, report } = fitOne(bench, format, samples, {
      table: 'gemm_perf',
      version: table.version,
      leftOut: all.length > samples.length ? { 'served from L2': all.length - samples.length } : {},
    });
    curves[format.format] = curve;
    reports.push(report);
  }
  return { curves, reports };
}

function fitOne(
  bench: Bench,
  { format, rate }: Format,
  samples: readonly Sample<Shape>[],
  from: Pick<Report, 'table' | 'version' | 'leftOut'>,
): { curve: GemmCurve; report: Report } {
  const rates = {
    peakFlops: bench.hardware.peakFlops[rate],
    memoryBandwidth: bench.hardware.memoryBandwidth,
  };
  const range = rangeOf(samples, { m: (s) => s.m, n: (s) => s.n, k: (s) => s.k });
  return fitCurve({
    operator: 'gemm',
    format,
    ...from,
    samples,
    names,
    parameters: {
      efficiency: share(0.8),
      half: around(5e5),
      halfDepth: around(100),
      sharpness: sharp,
      memoryEfficiency: share(0.8),
      rampPerRootDepth: around(3e-8, 4, 1e-10),
      quantise: around(1, 4),
      cachedInputs: around(5e7, 2),
      floor: around(4e-6, 2),
    },
    build: (values): GemmCurve => ({ evidence: 'calibrated', range, ...values }),
    seconds: (curve, shape) => gemmCurveTime(curve, rates, shape).seconds,
    floor: (curve) => curve.floor,
  });
}

function sample(row: Row, { weightBytes, inputBytes }: Format): Sample<Shape> {
  const [m, n, k] = [number(row, 'm'), number(row, 'n'), number(row, 'k')];
  const bytes = n * k * weightBytes + m * k * inputBytes + m * n * 2;
  return { shape: { m, n, k, bytes }, seconds: number(row, 'latency') * 1e-3 };
}
