/**
 * Time of one operator on one GPU, from its shape. The forms are those of ./curves.ts; here they get the GPU's rates, the curve
 * that fits the operator and its number format, and say what the operator waits for and whether the shape was ever measured.
 */
import type { Gpu } from '../cluster.ts';
import type { ExpertsCurve, ExpertsFormat, GemmCurve, GemmFormat, KvFormat } from '../curves.ts';
import type { Bound } from '../estimate.ts';
import {
  type ComputeDtype,
  computeDtype,
  type Dtype,
  dtypeBytes,
  residualBytes,
  type WeightFormat,
} from '../precision.ts';
import {
  type CurveTime,
  decodeCurveTime,
  type ExpertsWork,
  fastestExpertsTime,
  type GemmWork,
  gemmCurveTime,
  insideInterval,
  type PrefillWork,
  prefillCurveTime,
  productCurveTime,
  type Rates,
  streamCurveTime,
} from './curves.ts';

export interface OperatorTime {
  readonly seconds: number;
  /** Of these, what the launch takes whatever the work, as the tables time each kernel by itself. */
  readonly floor: number;
  readonly bound: Bound;
  /** Whether the curve is this GPU's own and the shape lies in the range it was fitted in. */
  readonly measured: boolean;
}

function boundOf({ seconds, compute, memory }: CurveTime): Bound {
  if (compute + memory < seconds / 2) return 'launch';
  return compute >= memory ? 'compute' : 'memory';
}

interface Fitted {
  readonly evidence: string;
}

function timed(time: CurveTime, { evidence }: Fitted, inside: boolean): OperatorTime {
  const measured = inside && evidence === 'calibrated';
  return { seconds: time.seconds, floor: time.floor, bound: boundOf(time), measured };
}

function rates({ peakFlops, memoryBandwidth }: Gpu, dtype: ComputeDtype) {
  return { peakFlops: peakFlops[dtype], memoryBandwidth };
}

/** How the products of a weight class were measured: by the unit that multiplies, and FP8 by the granularity of its scales. */
export function gemmFormat(weights: WeightFormat, activations: Dtype): GemmFormat {
  const dtype = computeDtype(weights.dtype, activations);
  return dtype === 'fp8' && weights.block !== undefined ? 'fp8Block' : dtype;
}

export interface GemmShape {
  /** Rows: tokens. */
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly weights: WeightFormat;
  readonly activations: Dtype;
  /**
   * What quantises the inputs where the product is in fewer bits than they are in: the kernel that writes them (`fused`) or one of its own
   * (`apart`). Absent: as the tables time it, by kernels that also look for the scale of the whole tensor.
   */
  readonly quantised?: 'fused' | 'apart';
}

function insideGemm({ range }: GemmCurve, { m, n, k }: GemmWork): boolean {
  return insideInterval(range.m, m) && insideInterval(range.n, n) && insideInterval(range.k, k);
}

/** One dense product, its output in bf16. */
export function gemmTime(gpu: Gpu, shape: GemmShape): OperatorTime {
  const { m, n, k, weights, activations, quantised } = shape;
  const format = gemmFormat(weights, activations);
  const curve = gpu.curves.gemm[format];
  const bytes = m * k * dtypeBytes[activations] + n * k * weights.bytesPerParameter + m * n * 2;
  const work = { m, n, k, bytes };
  const rate = rates(gpu, computeDtype(weights.dtype, activations));
  // Scales of blocks come of their own kernel in the tables too, and 16 bits need none.
  if (!quantised || format === 'bf16' || format === 'fp8Block') {
    return timed(gemmCurveTime(curve, rate, work), curve, insideGemm(curve, work));
  }
  const product = productTime(gpu, format, rate, work);
  // NVFP4 has a scale each 16 values, which few kernels write beside their output: it errs slow where one does.
  if (quantised === 'fused' && format !== 'fp4') return product;
  const quantise = streamTime(gpu, { bytes: m * k * (residualBytes + dtypeBytes[activations]), kernels: 1 });
  return { ...product, seconds: product.seconds + quantise.seconds, floor: product.floor + quantise.floor };
}

/**
 * The product alone, of inputs that are quantised already: its curve without the kernels that quantise, and launched like one in bf16. In NVFP4 the
 * tables have one kernel, which leaves SMs idle at few rows; engines choose among several, and one in the form of FP8's stands beside it, at
 * NVFP4's rate and bytes, as an extrapolation.
 */
function productTime(gpu: Gpu, format: GemmFormat, rate: Rates, work: GemmWork): OperatorTime {
  const { gemm } = gpu.curves;
  const curve = gemm[format];
  const floor = Math.min(curve.floor, gemm.bf16.floor);
  const own = timed(productCurveTime(curve, rate, work, floor), curve, insideGemm(curve, work));
  if (format !== 'fp4') return own;
  const { efficiency, memoryEfficiency } = gemm.fp8;
  const filled = {
    ...gemm.fp8,
    efficiency: Math.min(efficiency, curve.efficiency),
    memoryEfficiency: memoryEfficiency * fp4Streaming,
  };
  const other = timed(productCurveTime(filled, rate, work, floor), gemm.fp8, true);
  return other.seconds < own.seconds ? { ...other, measured: false } : own;
}

/**
 * Share of the bandwidth of an FP8 product that one in NVFP4 reaches, whose scales come with every 16 values: 0.715 of 0.845 on RTX PRO 6000, whose
 * kernel in the tables leaves no SMs idle (docs/calibration.md).
 */
const fp4Streaming = 0.85;

export interface ExpertsShape extends Omit<ExpertsWork, 'weightBytes'> {
  readonly weights: WeightFormat;
  readonly activations: Dtype;
  /** Whether the engine may run TensorRT-LLM's generated kernels; any kernel may be taken where it is not said. */
  readonly generated?: boolean;
}

/**
 * Weights of 4 or 8 bits under activations of 16 are no bf16 experts: they are read at their own bytes, by kernels of smaller tiles (Marlin's), and what
 * bf16's curve holds of reading weights of 16 bits would be taken for computing.
 */
export function expertsFormat(weights: WeightFormat, activations: Dtype): ExpertsFormat {
  if (weights.dtype === 'mxfp4') return 'mxfp4';
  const format = gemmFormat(weights, activations);
  return format === 'bf16' && dtypeBytes[weights.dtype] < dtypeBytes.bf16 ? 'weightOnly' : format;
}

/** The routed experts of a layer on one rank: permute, gate and up, activation, down and the weighted sum, by the fastest kernel. */
export function expertsTime(gpu: Gpu, work: ExpertsShape): OperatorTime {
  const { weights, activations, tokens, routes, rows, experts, touched, hidden, intermediate, matrices } = work;
  const { generated = true } = work;
  const curves = gpu.curves.groupedGemm[expertsFormat(weights, activations)];
  const weightBytes = weights.bytesPerParameter;
  const sizes = { tokens, routes, rows, experts, touched, hidden, intermediate, matrices, weightBytes };
  const time = fastestExpertsTime(curves, gpu, sizes, generated);
  const inside = ({ range }: ExpertsCurve): boolean =>
    insideInterval(range.tokens, tokens) &&
    insideInterval(range.experts, experts) &&
    insideInterval(range.hidden, hidden) &&
    insideInterval(range.intermediate, intermediate);
  const measured = curves.every(
    (curve) => (curve.generated && !generated) || (curve.evidence === 'calibrated' && inside(curve)),
  );
  return { seconds: time.seconds, floor: time.floor, bound: boundOf(time), measured };
}

/** A bound from below on expertsTime for given FLOPs: the best efficiency of any kernel, nothing wasted. */
export function expertsBound(gpu: Gpu, flops: number, weights: WeightFormat, activations: Dtype): number {
  const curves = gpu.curves.groupedGemm[expertsFormat(weights, activations)];
  return Math.min(...curves.map(({ rate, efficiency }) => flops / (gpu.peakFlops[rate] * efficiency)));
}

export interface PrefillShape extends PrefillWork {
  readonly mla: boolean;
  readonly kvCache: Dtype;
}

/** Causal attention over prompts, with its rotation and cache write. Against the bf16 rate, whatever the format. */
export function prefillAttentionTime(gpu: Gpu, work: PrefillShape): OperatorTime {
  const { mla, kvCache } = work;
  const kv: KvFormat = dtypeBytes[kvCache] > 1.5 ? 'bf16' : 'fp8';
  const { prefillAttention, mlaPrefill } = gpu.curves;
  const curve = mla ? mlaPrefill[kv] : prefillAttention[work.window === undefined ? 'full' : 'window'][kv];
  const { queries, history, sequences, heads, qkDim } = work;
  const { range } = curve;
  const inside =
    insideInterval(range.queries, queries) &&
    insideInterval(range.history, history) &&
    insideInterval(range.sequences, sequences) &&
    insideInterval(range.heads, heads) &&
    insideInterval(range.qkDim, qkDim);
  return timed(prefillCurveTime(curve, rates(gpu, 'bf16'), work), curve, inside);
}

export interface DecodeShape {
  readonly sequences: number;
  /** Cache entries that a query reads. */
  readonly keys: number;
  /** Query heads and KV heads on this rank; MLA has one of the latter, which all share. */
  readonly heads: number;
  readonly kvHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  /** Elements of an entry that are read of each KV head: keys and values, or the latent. */
  readonly entry: number;
  /** Tokens of a sequence that are verified together; 1 without speculation. */
  readonly tokens: number;
  readonly mla: boolean;
  readonly kvCache: Dtype;
}

/** Attention of a decode step over the cache. */
export function decodeAttentionTime(gpu: Gpu, shape: DecodeShape): OperatorTime {
  const { sequences, keys, heads, kvHeads, keyDim, valueDim, entry, tokens, mla, kvCache } = shape;
  const kv: KvFormat = dtypeBytes[kvCache] > 1.5 ? 'bf16' : 'fp8';
  const { decodeAttention, mlaDecode } = gpu.curves;
  const curve = mla ? mlaDecode[kv] : decodeAttention[heads > kvHeads ? 'grouped' : 'multiHead'][kv];
  const moved = sequences * tokens * heads * (keyDim + valueDim) * 2;
  const bytes = sequences * keys * kvHeads * entry * dtypeBytes[kvCache] + moved;
  const flops = 2 * sequences * tokens * heads * keys * (keyDim + valueDim);
  const work = { sequences, context: keys, heads, kvHeads, bytes, flops };
  const time = decodeCurveTime(curve, rates(gpu, 'bf16'), work);
  const { range } = curve;
  const inside =
    insideInterval(range.sequences, sequences) &&
    insideInterval(range.context, keys) &&
    insideInterval(range.heads, heads) &&
    insideInterval(range.headDim, keyDim);
  return timed(time, curve, inside);
}

/** FLOPs of small kernels that nobody measured apart (an indexer, a recurrence), at a large bf16 product's efficiency: it errs fast. */
export function unmeasuredTime(gpu: Gpu, { flops, bytes }: { flops: number; bytes: number }): OperatorTime {
  if (flops === 0 && bytes === 0) return { seconds: 0, floor: 0, bound: 'compute', measured: true };
  const compute = flops / (gpu.peakFlops.bf16 * gpu.curves.gemm.bf16.efficiency);
  const { seconds, memory, floor } = streamCurveTime(gpu.curves.stream, rates(gpu, 'bf16'), bytes);
  return { seconds: seconds + compute, floor, bound: compute >= memory ? 'compute' : 'memory', measured: false };
}

/** Norms, residual sums, gates, look-ups: `kernels` launches that move `bytes` in all. */
export function streamTime(gpu: Gpu, { bytes, kernels }: { bytes: number; kernels: number }): OperatorTime {
  const { seconds, memory, floor } = streamCurveTime(gpu.curves.stream, rates(gpu, 'bf16'), bytes);
  const launches = (kernels - 1) * floor;
  return {
    seconds: seconds + launches,
    floor: kernels * floor,
    bound: memory > kernels * floor ? 'memory' : 'launch',
    measured: gpu.curves.evidence === 'calibrated',
  };
}
