/**
 * Time of one operator on one GPU, from its shape. The forms are those of ./curves.ts; here they get the GPU's rates, the curve
 * that fits the operator and its number format, and say what the operator waits for and whether the shape was ever measured.
 */
import type { Gpu } from '../cluster.ts';
import type { ExpertsFormat, GemmFormat, KvFormat, ShapeRange } from '../curves.ts';
import type { Bound } from '../estimate.ts';
import { type ComputeDtype, computeDtype, type Dtype, dtypeBytes, type WeightFormat } from '../precision.ts';
import {
  type CurveTime,
  decodeCurveTime,
  type ExpertsWork,
  fastestExpertsTime,
  gemmCurveTime,
  insideRange,
  type PrefillWork,
  prefillCurveTime,
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
  readonly range: ShapeRange;
}

function timed(time: CurveTime, curve: Fitted, shape: Readonly<Record<string, number>>): OperatorTime {
  const measured = curve.evidence === 'calibrated' && insideRange(curve.range, shape);
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
}

/** One dense product, its output in bf16. */
export function gemmTime(gpu: Gpu, { m, n, k, weights, activations }: GemmShape): OperatorTime {
  const curve = gpu.curves.gemm[gemmFormat(weights, activations)];
  const bytes = m * k * dtypeBytes[activations] + n * k * weights.bytesPerParameter + m * n * 2;
  const time = gemmCurveTime(curve, rates(gpu, computeDtype(weights.dtype, activations)), { m, n, k, bytes });
  return timed(time, curve, { m, n, k });
}

export interface ExpertsShape extends Omit<ExpertsWork, 'weightBytes'> {
  readonly weights: WeightFormat;
  readonly activations: Dtype;
}

export function expertsFormat(weights: WeightFormat, activations: Dtype): ExpertsFormat {
  return weights.dtype === 'mxfp4' ? 'mxfp4' : gemmFormat(weights, activations);
}

/** The routed experts of a layer on one rank: permute, gate and up, activation, down and the weighted sum, by the fastest kernel. */
export function expertsTime(gpu: Gpu, { weights, activations, ...work }: ExpertsShape): OperatorTime {
  const curves = gpu.curves.groupedGemm[expertsFormat(weights, activations)];
  const time = fastestExpertsTime(curves, gpu, { ...work, weightBytes: weights.bytesPerParameter });
  const { tokens, experts, hidden, intermediate } = work;
  const shape = { tokens, experts, hidden, intermediate };
  const measured = curves.every((curve) => curve.evidence === 'calibrated' && insideRange(curve.range, shape));
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
export function prefillAttentionTime(gpu: Gpu, { mla, kvCache, ...work }: PrefillShape): OperatorTime {
  const kv: KvFormat = dtypeBytes[kvCache] > 1.5 ? 'bf16' : 'fp8';
  const { prefillAttention, mlaPrefill } = gpu.curves;
  const curve = mla ? mlaPrefill[kv] : prefillAttention[work.window === undefined ? 'full' : 'window'][kv];
  const { queries, history, sequences, heads, qkDim } = work;
  return timed(prefillCurveTime(curve, rates(gpu, 'bf16'), work), curve, { queries, history, sequences, heads, qkDim });
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
  return timed(time, curve, { sequences, context: keys, heads, headDim: keyDim });
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
