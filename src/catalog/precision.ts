/** Number formats as a request asks for them, made into the planner's: one for each class of weights. */
import { type Dtype, dtypeBytes, type Precision, type WeightClass, type WeightFormat } from '../planner/precision.ts';

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

/**
 * A shard must hold whole blocks of the formats that have a scale for each. MXFP4 is left out: it is in use for gpt-oss, whose
 * 2880 wide experts engines pad after splitting them.
 */
const blocks: Readonly<Partial<Record<Dtype, number>>> = { mxfp8: 32, fp4: 16, int4: 128 };

/** A format on its own terms: its bytes, and the block that a shard must keep whole. */
export function weightFormat(dtype: Dtype): WeightFormat {
  const block = blocks[dtype];
  return { dtype, bytesPerParameter: dtypeBytes[dtype], ...(block !== undefined && { block }) };
}

const always16 = new Set<WeightClass>(['embedding', 'head', 'norm', 'router']);

/**
 * The word sets the matrices' weights. Embeddings, LM head, norms and router stay bf16, and MXFP4 models quantise their experts
 * only; a model without experts has its FFNs and attention in MXFP4 instead, since the word would otherwise say nothing.
 */
export function precisionOf(request: PrecisionRequest, { mixture }: { readonly mixture: boolean }): Precision {
  const asked = typeof request === 'string' ? { weights: request } : request;
  const { weights } = asked;
  const formatOf = (weightClass: WeightClass): WeightFormat => {
    if (always16.has(weightClass)) return weightFormat('bf16');
    if (weights === 'mxfp4' && mixture && weightClass !== 'expert') return weightFormat('bf16');
    return weightFormat(weights);
  };
  return {
    weights: byClass(formatOf),
    activations: asked.activations ?? activationsFor(weights),
    kvCache: asked.kvCache ?? kvCacheFor(weights),
  };
}

export function byClass<T>(make: (weightClass: WeightClass) => T): Readonly<Record<WeightClass, T>> {
  return {
    attention: make('attention'),
    dense: make('dense'),
    expert: make('expert'),
    shared: make('shared'),
    router: make('router'),
    embedding: make('embedding'),
    head: make('head'),
    norm: make('norm'),
  };
}
