/** Number formats as a request asks for them, made into the planner's: one for each class of weights. */
import {
  type Dtype,
  dtypeBytes,
  type Precision,
  type WeightClass,
  type WeightFormat,
  weightClasses,
} from '../planner/precision.ts';

/** Words a request may use. fp32 is a format of states only. */
export type PrecisionWord = Exclude<Dtype, 'fp32'>;

export type PrecisionRequest =
  | PrecisionWord
  | { readonly weights: PrecisionWord; readonly activations?: PrecisionWord; readonly kvCache?: PrecisionWord };

/** Weight-only formats leave activations in bf16. */
export function activationsFor(weights: Dtype): Dtype {
  return weights === 'int4' || weights === 'int8' || weights === 'mxfp4' || weights === 'fp32' ? 'bf16' : weights;
}

export function kvCacheFor(weights: Dtype): Dtype {
  return weights === 'fp8' || weights === 'mxfp8' || weights === 'fp4' ? 'fp8' : 'bf16';
}

const plain = (dtype: Dtype): WeightFormat => ({ dtype, bytesPerParameter: dtypeBytes[dtype] });

const always16 = new Set<WeightClass>(['embedding', 'head', 'norm', 'router']);

/**
 * The word sets the matrices' weights. Embeddings, LM head, norms and router stay bf16, and MXFP4 models quantise their experts
 * only; a model without experts has its FFNs and attention in MXFP4 instead, since the word would otherwise say nothing.
 */
export function precisionOf(request: PrecisionRequest, { mixture }: { readonly mixture: boolean }): Precision {
  const asked = typeof request === 'string' ? { weights: request } : request;
  const { weights } = asked;
  const formatOf = (weightClass: WeightClass): WeightFormat => {
    if (always16.has(weightClass)) return plain('bf16');
    if (weights === 'mxfp4' && mixture && weightClass !== 'expert') return plain('bf16');
    return plain(weights);
  };
  return {
    weights: byClass(formatOf),
    activations: asked.activations ?? activationsFor(weights),
    kvCache: asked.kvCache ?? kvCacheFor(weights),
  };
}

export function byClass<T>(make: (weightClass: WeightClass) => T): Readonly<Record<WeightClass, T>> {
  const entries = weightClasses.map((weightClass) => [weightClass, make(weightClass)] as const);
  return Object.fromEntries(entries) as Record<WeightClass, T>;
}
