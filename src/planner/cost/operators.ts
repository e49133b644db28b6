/**
 * Time of one operator on one GPU, from its shape: compute at the efficiency such a shape reaches, memory at the bandwidth
 * such a size reaches, and a floor for the launch. Forms and constants: OperatorCurves in ../cluster.ts.
 *
 * Every form falls with more bandwidth or a higher peak and rises with more work; the properties test holds them to it.
 */
import type { AttentionCurve, GemmCurve, Gpu, StreamCurve } from '../cluster.ts';
import type { Bound } from '../estimate.ts';
import type { ComputeDtype } from '../precision.ts';

export interface OperatorTime {
  readonly seconds: number;
  readonly bound: Bound;
}

function boundBy(compute: number, memory: number, floor: number): Bound {
  if (floor >= compute && floor >= memory) return 'launch';
  return compute >= memory ? 'compute' : 'memory';
}

/** compute and memory roofs joined by a q-norm, above a floor. */
function joined(curve: GemmCurve, compute: number, memory: number): OperatorTime {
  const q = curve.sharpness;
  const roof = q === 2 ? Math.sqrt(compute * compute + memory * memory) : (compute ** q + memory ** q) ** (1 / q);
  return { seconds: roof + curve.floor, bound: boundBy(compute, memory, curve.floor) };
}

export interface GemmShape {
  /** Rows: tokens. */
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly dtype: ComputeDtype;
  /** Bytes an element of the input, of the weights, and of the output takes. */
  readonly inputBytes: number;
  readonly weightBytes: number;
  readonly outputBytes: number;
}

/** One dense product. The efficiency mn/(mn + half) turns 2mnk into 2k(mn + half): small outputs cost as if they were larger. */
export function gemmTime(gpu: Gpu, shape: GemmShape): OperatorTime {
  const { m, n, k, dtype, inputBytes, weightBytes, outputBytes } = shape;
  const curve = gpu.curves.gemm[dtype];
  const compute = (2 * k * (m * n + curve.half)) / (gpu.peakFlops[dtype] * curve.efficiency);
  const bytes = m * k * inputBytes + n * k * weightBytes + m * n * outputBytes;
  return joined(curve, compute, bytes / (gpu.memoryBandwidth * curve.memoryEfficiency));
}

export interface GroupedShape extends GemmShape {
  /** Experts whose weights are read; m counts the rows of all of them together. */
  readonly experts: number;
}

/** One product a local expert, launched together: m rows in all, the weights of every expert touched. */
export function groupedGemmTime(gpu: Gpu, shape: GroupedShape): OperatorTime {
  const { m, n, k, dtype, experts, inputBytes, weightBytes, outputBytes } = shape;
  const curve = gpu.curves.groupedGemm[dtype];
  const compute = (2 * k * (m * n + curve.half)) / (gpu.peakFlops[dtype] * curve.efficiency);
  const bytes = m * k * inputBytes + experts * n * k * weightBytes + m * n * outputBytes;
  return joined(curve, compute, bytes / (gpu.memoryBandwidth * curve.memoryEfficiency));
}

export interface PrefillShape {
  /** FLOPs of both products, the causal half only. */
  readonly flops: number;
  /** Queries of one sequence on this rank: longer ones fill the SMs better. */
  readonly queryLength: number;
  readonly bytes: number;
}

/** Causal attention over prompts, at the bf16 rate: the products of FlashAttention run in bf16 whatever the weights are. */
export function prefillAttentionTime(gpu: Gpu, shape: PrefillShape): OperatorTime {
  const curve: AttentionCurve = gpu.curves.prefillAttention;
  const compute = (shape.flops * (1 + curve.half / shape.queryLength)) / (gpu.peakFlops.bf16 * curve.efficiency);
  const memory = shape.bytes / (gpu.memoryBandwidth * curve.memoryEfficiency);
  return { seconds: Math.max(compute, memory) + curve.floor, bound: boundBy(compute, memory, curve.floor) };
}

/** Norms, residual sums, gates, permutations, look-ups: `kernels` launches that move `bytes` in all. */
export function streamTime(gpu: Gpu, { bytes, kernels }: { bytes: number; kernels: number }): OperatorTime {
  const curve: StreamCurve = gpu.curves.stream;
  const memory = bytes / (gpu.memoryBandwidth * curve.efficiency);
  const floor = kernels * curve.floor;
  return { seconds: memory + floor, bound: boundBy(0, memory, floor) };
}
