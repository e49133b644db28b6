/** FFNs of families that say them in a way of their own. */
import type { DenseFfn, MoeFfn } from '../../planner/model.ts';
import { type FfnRule, readDense, readMoe } from './ffn-rules.ts';
import { ceilings, type Fields, isIndex, show, type Wanted } from './fields.ts';
import { everyLayer } from './moe-layers.ts';

/** Two matrices, up and down, whatever the activation between them. */
export const ungatedFfn =
  ({ size, biasFlag }: { size?: string; biasFlag?: string } = {}): FfnRule =>
  (fields) => {
    const dense = readDense(fields, { matrices: 2, ...(size && { size }), ...(biasFlag && { biasFlag }) });
    return () => ({ dense });
  };

/** A gated FFN under another name. */
export const gatedFfn =
  (size: string, biasFlag: string): FfnRule =>
  (fields) => {
    const dense = readDense(fields, { size, biasFlag });
    return () => ({ dense });
  };

/** Arctic: a dense FFN as wide as h beside each mixture (`parallel_attn_mlp_res`), and mixtures on each `moe_layer_frequency`-th layer. */
export const arcticFfn: FfnRule = (fields, { hidden }) => {
  const moe = readMoe(fields, { size: 'intermediate_size', sparse: everyLayer });
  const wide = readDense(fields);
  const every = Math.max(1, fields.optional('moe_layer_frequency', { max: 10_000 }));
  const residual: DenseFfn = { intermediateSize: hidden, matrices: 3 };
  const sparse = { ...(moe && { moe }), ...(fields.flag('parallel_attn_mlp_res') && { dense: residual }) };
  return (layer) => (moe && (layer + 1) % every === 0 ? sparse : { dense: wide });
};

/** A number, or a list of one for each layer, all of them the same: other lists are of a mixture that no one description fits. */
function sameOnAll(fields: Fields, name: string, wanted: Wanted): number | undefined {
  if (!Array.isArray(fields.raw(name))) return fields.has(name) ? fields.optional(name, wanted) : undefined;
  const list = fields.list(name, isIndex) ?? [];
  const [first = 0] = list;
  if (list.every((entry) => entry === first)) return first;
  fields.fault(name, `${show(list)} differs between layers, which cannot be planned`);
  return first;
}

/** HunYuan's mixtures: each number may be a list of one a layer, and a shared expert is there unless `use_mixed_mlp_moe` says no. */
export const hunyuanFfn: FfnRule = (fields) => {
  const experts = sameOnAll(fields, 'num_experts', { max: ceilings.experts }) ?? 1;
  if (experts <= 1) {
    const dense = readDense(fields, { biasFlag: 'mlp_bias' });
    return () => ({ dense });
  }
  const intermediateSize = sameOnAll(fields, 'moe_intermediate_size', {}) ?? fields.count('intermediate_size');
  const mixed = !fields.has('use_mixed_mlp_moe') || fields.flag('use_mixed_mlp_moe');
  const shared = mixed ? (sameOnAll(fields, 'num_shared_expert', { max: 10_000 }) ?? 1) : 0;
  const expertsPerToken = sameOnAll(fields, 'moe_topk', { max: ceilings.experts });
  if (expertsPerToken === undefined || expertsPerToken === 0) {
    fields.fault('moe_topk', 'is missing: a mixture of experts must say how many experts a token visits');
  } else if (expertsPerToken > experts) {
    fields.fault('moe_topk', `a token cannot visit ${expertsPerToken} of ${experts} experts`);
  }
  const moe: MoeFfn = {
    experts,
    expertsPerToken: Math.max(1, expertsPerToken ?? 1),
    intermediateSize: Math.max(1, intermediateSize),
    matrices: 3,
    sharedIntermediateSize: shared * fields.count('intermediate_size'),
  };
  return () => ({ moe });
};
