/**
 * Fits the experts' grouped products by format and kernel, on rows whose tokens are spread evenly over the experts and on rows that a power law spreads. The
 * first fill whole tiles: at 512 tokens, 4 of 32 experts each, every expert has the 64 rows that one tile holds, and as many tokens that choose at random
 * need half as many tiles again. Only both kinds tell what rows, experts and tiles that are not full cost, each by itself.
 */
import { demote } from '../../src/catalog/calibration.ts';
import { expertsCurveTime, fastestExpertsTime } from '../../src/planner/cost/curves.ts';
import type { ExpertsCurve, ExpertsFormat } from '../../src/planner/curves.ts';
import type { ComputeDtype } from '../../src/planner/precision.ts';
import type { Sample } from './fit.ts';
import { around, type Bench, fitCurve, type Report, rangeOf, reportOf, share, sharp, tableOf } from './operator.ts';
import { received } from './power-law.ts';
import { groupBy, number, type Row, type Table, text } from './tables.ts';

interface Shape {
  readonly tokens: number;
  readonly routes: number;
  readonly rows: number;
  readonly experts: number;
  readonly touched: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly matrices: number;
  readonly weightBytes: number;
}

interface Format {
  readonly format: ExpertsFormat;
  readonly rate: ComputeDtype;
  readonly weightBytes: number;
}

/** By the tables' names. MXFP4 carries a scale byte for 32 values; w4a16 multiplies in bf16, w4a8 in fp8. */
const formats: Readonly<Record<string, Format>> = {
  bfloat16: { format: 'bf16', rate: 'bf16', weightBytes: 2 },
  fp8: { format: 'fp8', rate: 'fp8', weightBytes: 1 },
  fp8_block: { format: 'fp8Block', rate: 'fp8', weightBytes: 1 },
  nvfp4: { format: 'fp4', rate: 'fp4', weightBytes: 9 / 16 },
  w4a16_mxfp4: { format: 'mxfp4', rate: 'bf16', weightBytes: 17 / 32 },
  w4a8_mxfp4_mxfp8: { format: 'mxfp4', rate: 'fp8', weightBytes: 17 / 32 },
};

/** TensorRT-LLM's generated kernels, as the tables name them. */
const generated = 'nvfp4 min_latency';

const names = [
  'efficiency',
  'half',
  'halfRows',
  'halfHidden',
  'halfIntermediate',
  'sharpness',
  'memoryEfficiency',
  'rowEfficiency',
  'perExpert',
  'perRoute',
  'ramp',
  'rampTokens',
  'floor',
] as const;

type Curves = Partial<Record<ExpertsFormat, ExpertsCurve[]>>;

export function fitExperts(bench: Bench): { curves: Curves; reports: Report[] } {
  const table = tableOf(bench, 'moe', 'trtllm', 'moe_perf');
  const curves: Curves = {};
  const reports: Report[] = [];
  let alike: ExpertsCurve[] = [];
  const groups = groupBy((table?.rows ?? []).filter(fitted), (row) => {
    const kernel = (row.get('kernel_source') ?? 'torch')
      .replace('moe_torch_flow_', '')
      .replace('moe_torch_flow', 'torch');
    return `${text(row, 'moe_dtype')} ${kernel.replace('nongated', 'cutlass')}`;
  });
  for (const [name, rows] of groups) {
    const format = formats[name.split(' ')[0] ?? ''];
    if (format === undefined || table === undefined || rows.length < 300) continue;
    const kept = rows.filter(notUntuned(rows));
    const leftOut = rows.length > kept.length ? { 'falls as tokens grow': rows.length - kept.length } : {};
    const samples = kept.map((row) => sample(row, format));
    const from = { table: 'moe_perf', version: table.version, leftOut };
    const { curve, report } = fitOne(bench, { ...format, generated: name === generated }, samples, {
      ...from,
      format: `${format.format} ${name}`,
    });
    curves[format.format] = [...(curves[format.format] ?? []), curve];
    reports.push(report);
    // TensorRT-LLM's generated kernels for few tokens do block-scaled FP8 as well, and engines run them on Blackwell, but the table
    // has them in NVFP4 alone: the same shares of FP8's rate and of the memory's bandwidth, the same times a launch.
    if (name === generated) alike = [demote({ ...curve, rate: 'fp8' })];
  }
  if (curves.fp8Block !== undefined) curves.fp8Block.push(...alike);
  const several = curves.fp4 ?? [];
  if (several.length > 1 && table !== undefined) reports.push(fastest(bench, table, several));
  return { curves, reports };
}

function fitOne(
  bench: Bench,
  { rate, generated }: Format & { readonly generated: boolean },
  samples: readonly Sample<Shape>[],
  from: Pick<Report, 'table' | 'version' | 'leftOut' | 'format'>,
): { curve: ExpertsCurve; report: Report } {
  const range = rangeOf(samples, {
    tokens: (s) => s.tokens,
    experts: (s) => s.experts,
    hidden: (s) => s.hidden,
    intermediate: (s) => s.intermediate,
  });
  const { curve, report } = fitCurve({
    operator: 'experts',
    ...from,
    samples,
    names,
    parameters: {
      efficiency: share(0.6, 1.2),
      half: around(5e5),
      halfRows: around(16, 3, 120),
      halfHidden: around(100),
      halfIntermediate: around(100, 3, 800),
      sharpness: sharp,
      memoryEfficiency: share(0.7),
      rowEfficiency: share(0.5, 20),
      perExpert: around(1e-8),
      perRoute: around(3e-10),
      ramp: around(1e-5, 2),
      rampTokens: around(300, 2),
      floor: around(2e-5, 2),
    },
    build: (values): ExpertsCurve => ({
      evidence: 'calibrated',
      rate,
      ...(generated && { generated }),
      range,
      ...values,
    }),
    seconds: (curve, shape) => expertsCurveTime(curve, bench.hardware, shape).seconds,
    floor: (curve) => curve.floor,
  });
  return { curve: settled(curve), report };
}

/** Columns that a tile is not full by, about, where no table can tell: as many as the fit begins from. */
const usualColumns = 100;

/**
 * Of experts of one width alone (gpt-oss', whole) no fit can tell columns that are wasted from efficiency that is not reached: those widths' time is the same
 * at any of them, and a shard's is not. Took it what the fit ended at, 541 columns more than the 360 of a shard over TP8 were paid for on an H200.
 */
function settled(curve: ExpertsCurve): ExpertsCurve {
  const [width = 0, widest] = curve.range.intermediate ?? [];
  if (width !== widest) return curve;
  const factor = (width + usualColumns) / (width + curve.halfIntermediate);
  const digits = (value: number): number => Number(value.toPrecision(4));
  return {
    ...curve,
    efficiency: digits(curve.efficiency * factor),
    half: digits(curve.half * factor),
    halfIntermediate: usualColumns,
  };
}

/** The error of the fastest kernel's estimate against the fastest kernel measured, on the same shapes. */
function fastest(bench: Bench, table: Table, curves: readonly ExpertsCurve[]): Report {
  const format: Format = { format: 'fp4', rate: 'fp4', weightBytes: 9 / 16 };
  const rows = table.rows.filter((row) => spreadEvenly(row) && text(row, 'moe_dtype') === 'nvfp4');
  const gated = rows
    .filter((row) => !text(row, 'kernel_source').includes('nongated'))
    .map((row) => sample(row, format));
  const shapes = groupBy(gated, ({ shape: s }) =>
    [s.tokens, s.routes, s.rows, s.experts, s.hidden, s.intermediate].join(),
  );
  const samples = [...shapes.values()]
    .filter((same) => same.length > 1)
    .flatMap((same) => same.toSorted((a, b) => a.seconds - b.seconds).slice(0, 1));
  const seconds = (_: unknown, shape: Shape): number => fastestExpertsTime(curves, bench.hardware, shape).seconds;
  const floor = (): number => Math.min(...curves.map((curve) => curve.floor));
  const from = { operator: 'experts, fastest kernel', format: 'fp4', table: 'moe_perf', version: table.version };
  return reportOf({ ...from, leftOut: {}, samples, seconds, floor }, curves);
}

/** Rows of the generated kernels under a power law go where their own router sends them, which nobody wrote down. */
function fitted(row: Row): boolean {
  return spreadEvenly(row) || !(row.get('kernel_source') ?? '').includes('min_latency');
}

function spreadEvenly(row: Row): boolean {
  return text(row, 'distribution') === 'balanced';
}

/**
 * A model's rows whose time falls by a fifth as tokens grow, evenly spread, come from a kernel that was not tuned for some of them (six times the weights'
 * reading time, where neighbours take 1.2 times): all rows of that model, split and kernel are left out.
 */
function notUntuned(rows: readonly Row[]): (row: Row) => boolean {
  const columns = ['kernel_source', 'hidden_size', 'inter_size', 'topk', 'num_experts', 'moe_tp_size', 'moe_ep_size'];
  const key = (row: Row): string => columns.map((column) => row.get(column) ?? '').join();
  const untuned = new Set<string>();
  for (const [group, members] of groupBy(rows.filter(spreadEvenly), key)) {
    const byTokens = members.toSorted((a, b) => number(a, 'num_tokens') - number(b, 'num_tokens'));
    let longest = 0;
    for (const row of byTokens) {
      const latency = number(row, 'latency');
      if (latency < longest / 1.25) untuned.add(group);
      longest = Math.max(longest, latency);
    }
  }
  return (row) => !untuned.has(key(row));
}

/**
 * Share of the experts that the rows of the kernel for few tokens route to, by experts a token. Its router limits groups: with 8 a
 * token, as DeepSeek-V3's, to the first half, with 2 to two of eight; 1 and 4 reach all. The rows tell: over EP2 they take what
 * they take over one rank (464 us both of DeepSeek-V3 at 32 tokens) and half of it over EP4, and were every expert read, they
 * would read 1.7 and 3.9 times as fast as HBM can, against 0.9 with 1 and 4.
 */
const reachedShare: Readonly<Record<number, number>> = { 8: 1 / 2, 2: 1 / 4 };

function sample(row: Row, { weightBytes }: Format): Sample<Shape> {
  const tokens = number(row, 'num_tokens');
  const ep = number(row, 'moe_ep_size');
  const topk = number(row, 'topk');
  const routes = tokens * topk;
  const experts = number(row, 'num_experts') / ep;
  const limited = (row.get('kernel_source') ?? '').includes('min_latency');
  // The first experts are the first ranks', of which one is timed.
  const reached = number(row, 'num_experts') * ((limited ? reachedShare[topk] : undefined) ?? 1);
  const used = Math.min(experts, reached);
  const exponent = /^power_law_(.*)$/.exec(text(row, 'distribution'))?.[1];
  const evenly = (routes * used) / reached;
  const { rows, touched } =
    exponent === undefined
      ? { rows: evenly, touched: Math.min(used, Math.max(1, evenly)) }
      : received({ tokens, topk, experts: number(row, 'num_experts'), ep, exponent: Number(exponent) });
  const shape = {
    tokens,
    routes,
    rows,
    experts,
    touched,
    hidden: number(row, 'hidden_size'),
    intermediate: number(row, 'inter_size') / number(row, 'moe_tp_size'),
    matrices: (row.get('kernel_source') ?? '').includes('nongated') ? 2 : 3,
    weightBytes,
  };
  return { shape, seconds: number(row, 'latency') * 1e-3 };
}
