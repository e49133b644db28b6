/** Fits NCCL's collectives within a fast domain, and the engines' own all-reduce within a CUDA graph. */
import { type CollectiveOp, collectiveCurveTime, customAllReduceTime } from '../../src/planner/cost/link-curves.ts';
import type { CollectiveCurve, CustomAllReduceCurve } from '../../src/planner/curves.ts';
import type { Parameters, Sample, Values } from './fit.ts';
import { around, type Bench, fitCurve, type Report, rangeOf, tableOf } from './operator.ts';
import { number, type Row, text } from './tables.ts';

interface Shape {
  readonly ranks: number;
  readonly bytes: number;
  readonly bandwidth: number;
}

const ops: Readonly<Record<string, CollectiveOp>> = {
  all_reduce: 'allReduce',
  all_gather: 'allGather',
  reduce_scatter: 'reduceScatter',
  alltoall: 'allToAll',
};

const names = [
  'latency',
  'latencyExponent',
  'ramp',
  'rampExponent',
  'rampBytes',
  'rampBytesExponent',
  'efficiency',
  'efficiencyExponent',
] as const;

type Name = (typeof names)[number];

/** Exponents are searched between a hundredth and two or three; rampBytes may start at either scale. */
const exponent = (start: number, most: number): Parameters<'x'>['x'] => ({ starts: [start], min: 0.01, max: most });

/** Parameters are searched as logarithms; this one may be negative where ranks share the host's PCIe, hence is shifted. */
const exponentShift = 0.6;

const parameters: Parameters<Name> = {
  latency: around(5e-6, 2),
  latencyExponent: exponent(0.5, 1.5),
  ramp: around(1e-5, 3),
  rampExponent: exponent(0.5, 2),
  rampBytes: around(4e6, 3, 4e5),
  rampBytesExponent: exponent(0.3, 2),
  efficiency: { starts: [0.6], min: 0.05, max: 1.5 },
  efficiencyExponent: exponent(0.1 + exponentShift, 0.6 + exponentShift),
};

type Nccl = { -readonly [Op in CollectiveOp]?: CollectiveCurve };

export function fitNccl(bench: Bench): { curves: Nccl; reports: Report[] } {
  const curves: Nccl = {};
  const reports: Report[] = [];
  const table = tableOf(bench, 'comm', 'nccl', 'nccl_perf');
  if (table === undefined) return { curves, reports };
  for (const [name, op] of Object.entries(ops)) {
    // Sizes are in elements: of two bytes in the rows kept. The int8 rows repeat them, and reduce bytes more slowly than halves.
    const rows = table.rows.filter((row) => text(row, 'op_name') === name && text(row, 'nccl_dtype') === 'half');
    const samples = rows.map((row) => sample(bench, row, 2));
    const { curve, report } = fitCurve({
      operator: `NCCL ${op}`,
      format: 'bf16',
      table: 'nccl_perf',
      version: table.version,
      leftOut: {},
      samples,
      names,
      parameters,
      build: (values) => build(values, samples),
      seconds: (c, shape) => collectiveCurveTime(c, op, shape),
      floor: (c, shape) => c.latency * shape.ranks ** c.latencyExponent,
    });
    curves[op] = overHost(bench, curve);
    reports.push(report);
  }
  return { curves, reports };
}

const customNames = [...names, 'oneShotLatency', 'oneShotExponent', 'oneShotEfficiency'] as const;

export function fitCustomAllReduce(bench: Bench): { curve?: CustomAllReduceCurve; reports: Report[] } {
  const table = tableOf(bench, 'comm', 'trtllm', 'custom_allreduce_perf');
  if (table === undefined) return { reports: [] };
  const samples = table.rows.map((row) => sample(bench, row, 2));
  const { curve, report } = fitCurve({
    operator: 'all-reduce in a CUDA graph',
    format: 'bf16',
    table: 'custom_allreduce_perf',
    version: table.version,
    leftOut: {},
    samples,
    names: customNames,
    parameters: {
      ...parameters,
      oneShotLatency: around(3e-6, 1),
      oneShotExponent: exponent(0.1, 1),
      oneShotEfficiency: { starts: [0.6], min: 0.05, max: 2 },
    },
    build: (values): CustomAllReduceCurve => ({
      twoShot: build(values, samples),
      oneShot: {
        ...build(values, samples),
        latency: values.oneShotLatency,
        latencyExponent: values.oneShotExponent,
        efficiency: values.oneShotEfficiency,
        efficiencyExponent: 0,
        ramp: 0,
      },
    }),
    seconds: (c, shape) => customAllReduceTime(c, shape),
    floor: (c, shape) => c.oneShot.latency * shape.ranks ** c.oneShot.latencyExponent,
  });
  const { oneShot, twoShot } = curve;
  return { curve: { twoShot: overHost(bench, twoShot), oneShot: overHost(bench, oneShot) }, reports: [report] };
}

function build(values: Values<Name>, samples: readonly Sample<Shape>[]): CollectiveCurve {
  const range = rangeOf(samples, { ranks: (s) => s.ranks, bytes: (s) => s.bytes });
  const { latency, latencyExponent, ramp, rampExponent, rampBytes, rampBytesExponent, efficiency, efficiencyExponent } =
    values;
  return {
    evidence: 'calibrated',
    range,
    latency,
    latencyExponent,
    ramp,
    rampExponent,
    rampBytes,
    rampBytesExponent,
    efficiency,
    efficiencyExponent: Number((efficiencyExponent - exponentShift).toFixed(4)),
    efficiencyRanks: range.ranks?.[1] ?? 8,
  };
}

/** Over the link that it was measured on a curve says the same with and without; what `hostLink` says is of other links. */
function overHost({ hardware }: Bench, curve: CollectiveCurve): CollectiveCurve {
  return hardware.meetsAtHost ? { ...curve, hostLink: hardware.fastBandwidth } : curve;
}

function sample(bench: Bench, row: Row, elementBytes: number): Sample<Shape> {
  return {
    shape: {
      ranks: number(row, 'num_gpus'),
      bytes: number(row, 'message_size') * elementBytes,
      bandwidth: bench.hardware.fastBandwidth,
    },
    seconds: number(row, 'latency') * 1e-3,
  };
}
