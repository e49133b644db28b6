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

/** FP8 with an fp32 scale for each 128 × 128 weights. */
const fp8Block: WeightFormat = { dtype: 'fp8', bytesPerParameter: 1 + 4 / 128 ** 2, block: 128 };

/**
 * Of Qwen3 what FP8 in blocks is asked for: experts, routed and shared, are served over ranks that leave less than a block of them, which engines read
 * from checkpoints with one scale a tensor (nvidia/Qwen3-235B-A22B-FP8).
 */
const allButExperts: ReadonlySet<WeightClass> = new Set<WeightClass>(['attention', 'dense']);

/** GLM-5's own FP8 is DeepSeek's in all of it (zai-org/GLM-5-FP8: ROCm/aiter tunes its experts by blocks, a8w8_blockscale_tuned_fmoe_glm5.csv). */
const all: ReadonlySet<WeightClass> = new Set<WeightClass>(['attention', 'dense', 'expert', 'shared']);

/** The classes of weights that publishers store in blocks where their FP8 is asked for, by the config's model_type. */
export function fp8Blocks(modelType: unknown): ReadonlySet<WeightClass> {
  if (modelType === 'glm_moe_dsa') return all;
  return typeof modelType === 'string' && modelType.startsWith('qwen3') ? allButExperts : new Set();
}

const always16 = new Set<WeightClass>(['embedding', 'head', 'norm', 'router']);

/**
 * The word sets the matrices' weights. Embeddings, LM head, norms and router stay bf16, and MXFP4 models quantise their experts
 * only; a model without experts has its FFNs and attention in MXFP4 instead, since the word would otherwise say nothing.
 */
export function precisionOf(
  request: PrecisionRequest,
  { mixture, inBlocks }: { readonly mixture: boolean; readonly inBlocks?: ReadonlySet<WeightClass> },
): Precision {
  const asked = typeof request === 'string' ? { weights: request } : request;
  const { weights } = asked;
  const formatOf = (weightClass: WeightClass): WeightFormat => {
    if (always16.has(weightClass)) return weightFormat('bf16');
    if (weights === 'mxfp4' && mixture && weightClass !== 'expert') return weightFormat('bf16');
    if (weights === 'fp8' && inBlocks?.has(weightClass)) return fp8Block;
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
