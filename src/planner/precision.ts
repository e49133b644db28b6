/**
 * Number formats: what a value costs in memory, and which units of the GPU multiply it.
 *
 * `bytes` counts the scales that a block format carries beside its values:
 * - mxfp8, mxfp4: one byte of scale for 32 values (OCP Microscaling Formats v1.0);
 * - fp4 (NVFP4): one FP8 scale for 16 values (NVIDIA, "Introducing NVFP4", 2025), the tensor's own scale left out;
 * - int4 (AWQ and GPTQ, groups of 128): a 16-bit scale and a 4-bit zero point for 128 values;
 * - fp8, int8: one scale a tensor, left out.
 */
export type Dtype = 'fp32' | 'bf16' | 'fp16' | 'fp8' | 'mxfp8' | 'fp4' | 'mxfp4' | 'int8' | 'int4';

export const dtypeBytes: Readonly<Record<Dtype, number>> = {
  fp32: 4,
  bf16: 2,
  fp16: 2,
  fp8: 1,
  mxfp8: 1 + 1 / 32,
  fp4: 0.5 + 1 / 16,
  mxfp4: 0.5 + 1 / 32,
  int8: 1,
  int4: 0.5 + 20 / 8 / 128,
};

/** The tensor-core rates that datasheets give. Every Dtype is multiplied at one of them. */
export type ComputeDtype = 'bf16' | 'fp8' | 'fp4' | 'int8';

/** The parts of a model whose weights may be stored in different formats. */
export type WeightClass = 'attention' | 'dense' | 'expert' | 'shared' | 'router' | 'embedding' | 'head' | 'norm';

export const weightClasses: readonly WeightClass[] = [
  'attention',
  'dense',
  'expert',
  'shared',
  'router',
  'embedding',
  'head',
  'norm',
];

export interface WeightFormat {
  readonly dtype: Dtype;
  /** Bytes of memory a parameter takes, scales included. */
  readonly bytesPerParameter: number;
  /** A shard's split dimension must be a multiple of this (128 for block-FP8, the group size for int4). Absent: no rule. */
  readonly block?: number;
}

export interface Precision {
  readonly weights: Readonly<Record<WeightClass, WeightFormat>>;
  /** What a matrix multiplication reads its inputs in. The residual stream and its sums stay bf16. */
  readonly activations: Dtype;
  readonly kvCache: Dtype;
}

/** Bytes of one element of the residual stream and of everything that is summed: bf16. */
export const residualBytes = 2;

/**
 * The unit that multiplies a weight of one format by an activation of another: the wider of the two decides, since the
 * narrower is converted on the way in (weight-only int4 and MXFP4 run at the bf16 rate).
 */
export function computeDtype(weight: Dtype, activation: Dtype): ComputeDtype {
  return unit[wider(weight, activation)];
}

const unit: Readonly<Record<Dtype, ComputeDtype>> = {
  fp32: 'bf16',
  bf16: 'bf16',
  fp16: 'bf16',
  fp8: 'fp8',
  mxfp8: 'fp8',
  fp4: 'fp4',
  mxfp4: 'fp4',
  int8: 'int8',
  int4: 'fp4',
};

function wider(a: Dtype, b: Dtype): Dtype {
  return dtypeBytes[a] >= dtypeBytes[b] ? a : b;
}
