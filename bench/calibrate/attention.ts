/** Fits attention over prompts and over the cache, by format of the cache. */
import { decodeCurveTime, prefillCurveTime } from '../../src/planner/cost/curves.ts';
import type { DecodeCurve, KvFormat, PrefillCurve } from '../../src/planner/curves.ts';
import type { Sample } from './fit.ts';
import {
  around,
  type Bench,
  fasterThanMemory,
  fitCurve,
  fromL2,
  type Report,
  rangeOf,
  share,
  sharp,
  tableOf,
} from './operator.ts';
import { number, type Row, text } from './tables.ts';

export type PrefillShape = Parameters<typeof prefillCurveTime>[2];
export type DecodeShape = Parameters<typeof decodeCurveTime>[2] & { readonly headDim: number };

export const kvFormats: Readonly<Record<string, { readonly format: KvFormat; readonly bytes: number }>> = {
  bfloat16: { format: 'bf16', bytes: 2 },
  fp8: { format: 'fp8', bytes: 1 },
};

const prefillNames = [
  'efficiency',
  'half',
  'halfQueries',
  'idleQueries',
  'halfDim',
  'memoryEfficiency',
  'floor',
] as const;

const decodeNames = [
  'efficiency',
  'memoryEfficiency',
  'sharpness',
  'perTile',
  'headsPerTile',
  'ramp',
  'rampBytes',
  'serial',
  'serialTokens',
  'floor',
] as const;

type From = Pick<Report, 'operator' | 'format' | 'table' | 'version' | 'leftOut'>;

/** Head dimensions above 256, more than 16 query heads a KV head and uneven sharing run kernels of their own: out of the fit and the range. */
const widestHead = 256;
const mostSharing = 16;

type PrefillCurves = { -readonly [K in 'full' | 'window']: { -readonly [F in KvFormat]?: PrefillCurve } };

export function fitPrefill(bench: Bench): { curves: PrefillCurves; reports: Report[] } {
  const curves: PrefillCurves = { full: {}, window: {} };
  const reports: Report[] = [];
  const table = tableOf(bench, 'attention', 'trtllm', 'context_attention_perf');
  if (table === undefined) return { curves, reports };
  for (const [name, { format }] of Object.entries(kvFormats)) {
    // With an fp8 cache, activations are bf16 in the engines' default; rows with fp8 queries differ little.
    const rows = table.rows.filter((r) => text(r, 'kv_cache_dtype') === name && text(r, 'attn_dtype') === 'bfloat16');
    const whole = rows.filter((row) => number(row, 'head_dim') <= widestHead);
    const leftOut = { 'head wider than 256': rows.length - whole.length };
    for (const kind of ['full', 'window'] as const) {
      const samples = whole.filter((r) => number(r, 'window_size') > 0 === (kind === 'window')).map(prefillSample);
      if (samples.length === 0) continue;
      const operator = kind === 'full' ? 'prefill attention' : 'prefill attention, window';
      const from = { operator, format, table: 'context_attention_perf', version: table.version };
      const { curve, report } = fitPrefillCurve(bench, samples, { ...from, leftOut: kind === 'full' ? leftOut : {} });
      curves[kind][format] = curve;
      reports.push(report);
    }
  }
  return { curves, reports };
}

export function fitPrefillCurve(
  bench: Bench,
  samples: readonly Sample<PrefillShape>[],
  from: From,
): { curve: PrefillCurve; report: Report } {
  const range = rangeOf(samples, {
    queries: (s) => s.queries,
    history: (s) => s.history,
    sequences: (s) => s.sequences,
    heads: (s) => s.heads,
    qkDim: (s) => s.qkDim,
  });
  const oneDim = range.qkDim?.[0] === range.qkDim?.[1];
  return fitCurve({
    ...from,
    samples,
    names: prefillNames,
    parameters: {
      efficiency: share(0.6, 4),
      half: around(100, 3, 25),
      halfQueries: around(64, 3, 900),
      idleQueries: around(1e4, 3),
      // With one head dimension alone in the table, its share cannot be told from the efficiency.
      halfDim: oneDim ? { starts: [1e-3], min: 1e-3, max: 1.1e-3 } : around(50, 3),
      memoryEfficiency: share(0.7, 3),
      floor: around(1e-5, 2),
    },
    build: (values): PrefillCurve => ({ evidence: 'calibrated', range, ...values }),
    seconds: (curve, shape) => prefillCurveTime(curve, bf16Rates(bench), shape).seconds,
    floor: (curve) => curve.floor,
  });
}

type DecodeCurves = { -readonly [K in 'grouped' | 'multiHead']: { -readonly [F in KvFormat]?: DecodeCurve } };

export function fitDecode(bench: Bench): { curves: DecodeCurves; reports: Report[] } {
  const curves: DecodeCurves = { grouped: {}, multiHead: {} };
  const reports: Report[] = [];
  const table = tableOf(bench, 'attention', 'trtllm', 'generation_attention_perf');
  if (table === undefined) return { curves, reports };
  for (const [name, { format, bytes }] of Object.entries(kvFormats)) {
    const full = table.rows.filter((r) => text(r, 'kv_cache_dtype') === name && number(r, 'window_size') === 0);
    const all = full.map((row) => decodeSample(bench, row, bytes));
    const usual = all.filter(({ shape }) => usualHeads(shape));
    const cold = usual.filter((s) => !decodedFromL2(bench, s.shape));
    const sound = cold.filter((s) => !fasterThanMemory(bench, s.shape.bytes, s.seconds));
    const leftOut = {
      'unusual heads': all.length - usual.length,
      'served from L2': usual.length - cold.length,
      'faster than memory': cold.length - sound.length,
    };
    for (const kind of ['grouped', 'multiHead'] as const) {
      const samples = sound.filter((s) => s.shape.heads > s.shape.kvHeads === (kind === 'grouped'));
      if (samples.length === 0) continue;
      const operator = kind === 'grouped' ? 'decode attention, shared KV heads' : 'decode attention, own KV heads';
      const from = { operator, format, table: 'generation_attention_perf', version: table.version };
      const { curve, report } = fitDecodeCurve(bench, samples, { ...from, leftOut: kind === 'grouped' ? leftOut : {} });
      curves[kind][format] = curve;
      reports.push(report);
    }
  }
  return { curves, reports };
}

export function fitDecodeCurve(
  bench: Bench,
  samples: readonly Sample<DecodeShape>[],
  from: From,
): { curve: DecodeCurve; report: Report } {
  const range = rangeOf(samples, {
    sequences: (s) => s.sequences,
    context: (s) => s.context,
    heads: (s) => s.heads,
    headDim: (s) => s.headDim,
  });
  return fitCurve({
    ...from,
    samples,
    names: decodeNames,
    parameters: {
      efficiency: share(0.5, 4),
      memoryEfficiency: share(0.9),
      sharpness: sharp,
      perTile: around(3e-9, 3),
      headsPerTile: around(8, 2, 100),
      ramp: around(2e-5, 2),
      rampBytes: around(5e7, 3, 1e9),
      // A kernel that does not split a context takes time as long as it is, at any length.
      serial: around(5e-6, 4, 5e-3),
      serialTokens: around(500, 4, 5e5),
      floor: around(8e-6, 2),
    },
    build: (values): DecodeCurve => ({ evidence: 'calibrated', range, ...values }),
    seconds: (curve, shape) => decodeCurveTime(curve, bf16Rates(bench), shape).seconds,
    floor: (curve) => curve.floor,
  });
}

export function bf16Rates({ hardware }: Bench): { peakFlops: number; memoryBandwidth: number } {
  return { peakFlops: hardware.peakFlops.bf16, memoryBandwidth: hardware.memoryBandwidth };
}

function prefillSample(row: Row): Sample<PrefillShape> {
  const window = number(row, 'window_size');
  const headDim = number(row, 'head_dim');
  const shape = {
    sequences: number(row, 'batch_size'),
    queries: number(row, 'isl'),
    history: number(row, 'step'),
    heads: number(row, 'num_heads'),
    kvHeads: number(row, 'num_key_value_heads'),
    qkDim: headDim,
    vDim: headDim,
    ...(window > 0 ? { window } : {}),
  };
  return { shape, seconds: number(row, 'latency') * 1e-3 };
}

function usualHeads({ headDim, heads, kvHeads }: DecodeShape): boolean {
  const sharing = heads / kvHeads;
  return headDim <= widestHead && sharing <= mostSharing && Number.isInteger(sharing);
}

export function decodedFromL2(bench: Bench, { bytes, flops }: DecodeShape): boolean {
  return fromL2(bench, { bytes, flops, peakFlops: bench.hardware.peakFlops.bf16 });
}

/** KV heads whose tiles a GPU has in flight at once, on the systems that this is asked of: about four an SM. */
const tilesInFlight = 512;

/** Kernels for shared KV heads take keys and values in turns; those for own heads all keys first, and find the values in L2 while both fit. */
function valuesFromL2(
  { system }: Bench,
  keys: { readonly tiles: number; readonly tileBytes: number; readonly shared: boolean },
): boolean {
  if (system.valuesFromL2 === undefined) return false;
  return keys.shared || Math.min(keys.tiles, tilesInFlight) * keys.tileBytes <= system.valuesFromL2;
}

/** The tables' `step` is the tokens in the cache before the one that is decoded. */
function decodeSample(bench: Bench, row: Row, kvBytes: number): Sample<DecodeShape> {
  const sequences = number(row, 'batch_size');
  const context = number(row, 'step') + 1;
  const heads = number(row, 'num_heads');
  const kvHeads = number(row, 'num_key_value_heads');
  const headDim = number(row, 'head_dim');
  const tileBytes = context * headDim * kvBytes;
  const fromMemory = valuesFromL2(bench, { tiles: sequences * kvHeads, tileBytes, shared: heads > kvHeads }) ? 1 : 2;
  const cache = sequences * kvHeads * tileBytes * fromMemory;
  const moved = sequences * (2 * heads + 2 * kvHeads) * headDim * 2;
  const flops = 4 * sequences * heads * context * headDim;
  return {
    shape: { sequences, context, heads, kvHeads, headDim, bytes: cache + moved, flops },
    seconds: number(row, 'latency') * 1e-3,
  };
}
