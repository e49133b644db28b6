/**
 * The forms of the operators' curves: pure functions of a shape, the GPU's rates and a curve. Time never falls when any
 * dimension of the work grows, and never rises when a rate does; curves.test.ts holds them to it.
 *
 * Roofs are joined by a q-norm, which is the larger of them far from the knee and smooth at it. What a kernel wastes stands as
 * work added to each dimension (idle SMs, tiles that are not full), never as an efficiency that could grow faster than the
 * work does. Origin of the forms: fitted by `npm run calibrate`, errors in docs/calibration.md.
 */
import type {
  DecodeCurve,
  ExpertsCurve,
  GemmCurve,
  Interval,
  PrefillCurve,
  ShapeRange,
  StreamCurve,
} from '../curves.ts';
import type { ComputeDtype } from '../precision.ts';

export interface CurveTime {
  readonly seconds: number;
  /** Seconds by the compute roof and by the memory roof alone, and what the launch takes whatever the work. */
  readonly compute: number;
  readonly memory: number;
  readonly floor: number;
}

/** FLOP/s of the units that the operator runs on, and bytes a second of HBM: the datasheet's. */
export interface Rates {
  readonly peakFlops: number;
  readonly memoryBandwidth: number;
}

/** The same for kernels that may run on different units. */
export interface RatesByDtype {
  readonly peakFlops: Readonly<Record<ComputeDtype, number>>;
  readonly memoryBandwidth: number;
}

export interface GemmWork {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Bytes of A, B and C together. */
  readonly bytes: number;
}

/** A product and the kernel that quantises its inputs. */
export function gemmCurveTime(curve: GemmCurve, rates: Rates, work: GemmWork): CurveTime {
  const { seconds, compute, memory, floor } = productCurveTime(curve, rates, work, curve.floor);
  // Of what the kernel that quantises reads and writes, HBM sees the part that L2 does not hold.
  const { m, k } = work;
  const quantise = (curve.quantise * beyondCache(3 * m * k, curve.cachedInputs)) / rates.memoryBandwidth;
  return { seconds: seconds + quantise, compute, memory, floor };
}

/** The product alone, of inputs that are quantised already, in a launch that takes `floor`. */
export function productCurveTime(
  curve: GemmCurve,
  rates: Rates,
  { m, n, k, bytes }: GemmWork,
  floor: number,
): CurveTime {
  const compute = (2 * (k + curve.halfDepth) * (m * n + curve.half)) / (rates.peakFlops * curve.efficiency);
  const memory = bytes / (rates.memoryBandwidth * curve.memoryEfficiency);
  const ramp = curve.rampPerRootDepth * Math.sqrt(k);
  return time(join(compute, memory, curve.sharpness) + ramp, { compute, memory, floor });
}

export interface ExpertsWork {
  /** Tokens the launch is shown: those of all ranks where activations are replicated, those received after a dispatch. */
  readonly tokens: number;
  /** Experts chosen by those tokens, here or elsewhere: tokens · top-k. */
  readonly routes: number;
  /** Rows that this rank's experts multiply. */
  readonly rows: number;
  /** Experts held, and of these how many get a row: their weights are read. */
  readonly experts: number;
  readonly touched: number;
  readonly hidden: number;
  /** Intermediate size of this rank's shard of an expert. */
  readonly intermediate: number;
  /** 3 with a gate, 2 without. */
  readonly matrices: number;
  readonly weightBytes: number;
}

export function expertsCurveTime(curve: ExpertsCurve, rates: RatesByDtype, work: ExpertsWork): CurveTime {
  const { tokens, routes, rows, experts, touched, hidden, intermediate, matrices, weightBytes } = work;
  const output = (rows + curve.halfRows * touched) * (intermediate + curve.halfIntermediate) + curve.half;
  const flops = 2 * matrices * (hidden + curve.halfHidden) * output;
  const compute = flops / (rates.peakFlops[curve.rate] * curve.efficiency);
  const weights = touched * matrices * hidden * intermediate * weightBytes;
  const memory = weights / (rates.memoryBandwidth * curve.memoryEfficiency);
  // Rows are read, permuted and summed in bf16: three passes over the hidden and three over the intermediate values.
  const moved = (rows * 3 * (hidden + intermediate) * 2) / (rates.memoryBandwidth * curve.rowEfficiency);
  const ramp = curve.ramp * saturation(tokens, curve.rampTokens);
  const overhead = curve.perExpert * experts + curve.perRoute * routes + ramp;
  return time(join(compute, memory, curve.sharpness) + moved + overhead, { compute, memory, floor: curve.floor });
}

/** The fastest of the kernels that can do the work; `generated`: of all, or without TensorRT-LLM's generated ones. */
export function fastestExpertsTime(
  curves: readonly ExpertsCurve[],
  rates: RatesByDtype,
  work: ExpertsWork,
  generated = true,
): CurveTime {
  let best: CurveTime | undefined;
  for (const curve of curves) {
    if (curve.generated && !generated) continue;
    const other = expertsCurveTime(curve, rates, work);
    if (!best || other.seconds < best.seconds) best = other;
  }
  if (!best) throw new RangeError('no kernel for experts');
  return best;
}

export interface PrefillWork {
  readonly sequences: number;
  /** New tokens of each sequence, and those already in the cache. */
  readonly queries: number;
  readonly history: number;
  /** Keys that a query sees at most; absent for full attention. */
  readonly window?: number;
  /** Pairs of a query and a key it sees, of one sequence and head; absent: as the window slides. */
  readonly pairs?: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Dimensions of a query and key head, and of a value head. */
  readonly qkDim: number;
  readonly vDim: number;
}

export function prefillCurveTime(curve: PrefillCurve, rates: Rates, work: PrefillWork): CurveTime {
  const { sequences, queries, history, heads, kvHeads, qkDim, vDim } = work;
  const keys = (work.pairs ?? causalPairs(work)) / queries;
  const rows = sequences * heads * (queries + curve.halfQueries) + curve.idleQueries;
  const flops = 2 * rows * (keys + curve.half) * (qkDim + vDim + 2 * curve.halfDim);
  const compute = flops / (rates.peakFlops * curve.efficiency);
  const seen = Math.min(history, work.window ?? history);
  const elements = sequences * (queries * heads + (queries + seen) * kvHeads) * (qkDim + vDim);
  const memory = (2 * elements) / (rates.memoryBandwidth * curve.memoryEfficiency);
  return time(compute + memory, { compute, memory, floor: curve.floor });
}

/** Pairs of a query and a key it sees, of one sequence and head: causal, at most `window` keys a query. */
export function causalPairs(work: Pick<PrefillWork, 'queries' | 'history' | 'window'>): number {
  const { queries, history, window = history + queries } = work;
  // Query i (0-based) sees history + i + 1 keys, until the window is full.
  const growing = Math.max(0, Math.min(queries, window - history));
  return growing * history + (growing * (growing + 1)) / 2 + (queries - growing) * window;
}

export interface DecodeWork {
  readonly sequences: number;
  readonly context: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Cache read, and queries and outputs moved. */
  readonly bytes: number;
  readonly flops: number;
}

export function decodeCurveTime(curve: DecodeCurve, rates: Rates, work: DecodeWork): CurveTime {
  const { sequences, context, heads, kvHeads, bytes, flops } = work;
  const compute = flops / (rates.peakFlops * curve.efficiency);
  const memory = bytes / (rates.memoryBandwidth * curve.memoryEfficiency);
  const tiles = curve.perTile * sequences * (kvHeads + heads / curve.headsPerTile);
  const q = curve.sharpness;
  const roof = (compute ** q + memory ** q + tiles ** q) ** (1 / q);
  const ramp = curve.ramp * saturation(bytes, curve.rampBytes);
  const serial = (curve.serial * context) / (context + curve.serialTokens);
  return time(roof + ramp + serial, { compute, memory, floor: curve.floor });
}

/** Kernels that only move memory: norms, residual sums, rotations, look-ups. What the kernel before left in L2 does not come from HBM. */
export function streamCurveTime(curve: StreamCurve, rates: Rates, bytes: number): CurveTime {
  const memory = beyondCache(bytes, curve.cachedBytes) / (rates.memoryBandwidth * curve.efficiency);
  return time(memory, { compute: 0, memory, floor: curve.floor });
}

/** Whether every dimension that the range bounds lies inside it: then a curve's word is `calibrated`. */
export function insideRange(range: ShapeRange, shape: Readonly<Record<string, number>>): boolean {
  for (const dimension in range) {
    const value = shape[dimension];
    const interval = range[dimension];
    if (value !== undefined && interval && (value < interval[0] || value > interval[1])) return false;
  }
  return true;
}

/** The same of one dimension: where an operator's are known by name, each is looked at by itself, which takes a tenth of the time. */
export function insideInterval(interval: Interval | undefined, value: number): boolean {
  return interval === undefined || !(value < interval[0] || value > interval[1]);
}

function time(body: number, { compute, memory, floor }: Pick<CurveTime, 'compute' | 'memory' | 'floor'>): CurveTime {
  return { seconds: body + floor, compute, memory, floor };
}

function join(a: number, b: number, q: number): number {
  return (a ** q + b ** q) ** (1 / q);
}

/** Bytes of a pass that HBM sees: half of as many as `held`, next to none of few, nearly all of many. */
function beyondCache(bytes: number, held: number): number {
  return bytes === 0 ? 0 : bytes ** 2 / (bytes + held);
}

/** 0 at nothing, 63 % at `scale`, 1 far beyond it. */
export function saturation(amount: number, scale: number): number {
  return 1 - Math.exp(-amount / scale);
}
