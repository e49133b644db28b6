/** FFNs of the families: dense, or a mixture of experts on some layers. */
import type { DenseFfn, MoeFfn } from '../../planner/model.ts';
import type { Shape } from './attention-rules.ts';
import { ceilings, type Fields } from './fields.ts';
import type { SparseRule } from './moe-layers.ts';

export interface Ffn {
  readonly dense?: DenseFfn;
  readonly moe?: MoeFfn;
}

export type FfnRule = (fields: Fields, shape: Shape) => (layer: number) => Ffn;

export const names = {
  experts: ['n_routed_experts', 'num_experts', 'num_local_experts', 'moe_num_experts'],
  topK: [
    'num_experts_per_tok',
    'num_experts_per_token',
    'moe_k',
    'moe_topk',
    'top_k_experts',
    'moe_top_k',
    'experts_per_token',
  ],
} as const;

export function readDense(
  fields: Fields,
  options: { size?: string; matrices?: 2 | 3; biasFlag?: string } = {},
): DenseFfn {
  return {
    intermediateSize: fields.count(options.size ?? 'intermediate_size'),
    matrices: options.matrices ?? 3,
    ...(options.biasFlag !== undefined && fields.flag(options.biasFlag) && { bias: true as const }),
  };
}

export const denseFfn =
  (options: { biasFlag?: string } = {}): FfnRule =>
  (fields) => {
    const dense = readDense(fields, options);
    return () => ({ dense });
  };

export interface MoeOptions {
  /** Field of one expert's intermediate size. */
  readonly size: string | readonly string[];
  readonly sparse: SparseRule;
  /** Field of the dense layers' intermediate size. */
  readonly denseSize?: string;
  /** Intermediate size of all shared experts together: a field of its own, a number of experts of the routed size, or one. */
  readonly shared?: { readonly sizeField: string } | { readonly countField: string } | 'one';
  readonly biasFlag?: string;
  readonly traits?: Partial<Pick<MoeFfn, 'sharedGate' | 'routerBias' | 'routerScales' | 'expertBias' | 'matrices'>>;
}

/** How many experts a token visits. A mixture that does not say so is a fault: no value would be safe to assume. */
export function readTopK(fields: Fields, experts: number): number {
  // Only Ernie's own field has a library default: its configs leave it out.
  if (names.topK.every((name) => !fields.has(name)) && !fields.hasDefault('moe_k')) {
    fields.fault('num_experts_per_tok', 'is missing: a mixture of experts must say how many experts a token visits');
    return 1;
  }
  const topK = fields.count(names.topK, { max: ceilings.experts });
  if (topK > experts) fields.fault('num_experts_per_tok', `a token cannot visit ${topK} of ${experts} experts`);
  return topK;
}

function sharedSize(fields: Fields, { shared }: MoeOptions, expertSize: number): number {
  if (shared === undefined) return 0;
  if (shared === 'one') return expertSize;
  if ('sizeField' in shared) return fields.optional(shared.sizeField);
  return fields.optional(shared.countField, { max: 10_000 }) * expertSize;
}

/** Undefined where the config has no experts: none, zero or one. */
export function readMoe(fields: Fields, options: MoeOptions): MoeFfn | undefined {
  const experts = fields.optional(names.experts, { max: ceilings.experts });
  if (experts <= 1) return undefined;
  const intermediateSize = fields.count(options.size);
  const sharedIntermediateSize = sharedSize(fields, options, intermediateSize);
  const { matrices = 3, sharedGate, ...traits } = options.traits ?? {};
  const biased = options.biasFlag !== undefined && fields.flag(options.biasFlag);
  return {
    experts,
    expertsPerToken: readTopK(fields, experts),
    intermediateSize,
    matrices,
    sharedIntermediateSize,
    ...traits,
    ...(sharedGate && sharedIntermediateSize > 0 && { sharedGate }),
    ...(biased && sharedIntermediateSize > 0 && { sharedBias: true as const }),
  };
}

/** A mixture of experts on the layers that the rule names, dense FFNs on the others. */
export function moeFfn(options: MoeOptions): FfnRule {
  return (fields, shape) => {
    const moe = readMoe(fields, options);
    const isSparse = moe ? options.sparse(fields, shape) : () => false;
    const sparse = Array.from({ length: shape.layers }, (_, layer) => isSparse(layer));
    const denseSize = options.denseSize ?? 'intermediate_size';
    const dense = sparse.every(Boolean)
      ? undefined
      : readDense(fields, { size: denseSize, ...(options.biasFlag !== undefined && { biasFlag: options.biasFlag }) });
    return (layer) => (sparse[layer] && moe ? { moe } : dense ? { dense } : {});
  };
}

/** Granite 4 hybrid may have no experts at all: the shared FFN is then a dense one. */
export const graniteFfn: FfnRule = (fields) => {
  const moe = readMoe(fields, {
    size: 'intermediate_size',
    sparse: () => () => true,
    shared: { sizeField: 'shared_intermediate_size' },
  });
  if (moe) return () => ({ moe });
  const dense = readDense(fields, { size: 'shared_intermediate_size' });
  return () => ({ dense });
};
