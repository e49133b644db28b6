/** Which layers of a model have experts: each family says it its own way. */
import type { Shape } from './attention-rules.ts';
import { type Fields, isIndex, isString } from './fields.ts';

export type LayerTest = (layer: number) => boolean;
export type SparseRule = (fields: Fields, shape: Shape) => LayerTest;

export const everyLayer: SparseRule = () => () => true;

/** `mlp_layer_types`, which newer transformers write for all families: where it is there, it decides. */
function typedLayers(fields: Fields, { layers }: Shape): LayerTest | undefined {
  const types = fields.list('mlp_layer_types', isString, { exactly: layers, longer: true });
  return types && ((layer) => types[layer] !== 'dense');
}

/** Qwen: each `decoder_sparse_step`-th layer, except those in `mlp_only_layers`. */
export const qwenSparse: SparseRule = (fields, shape) => {
  const typed = typedLayers(fields, shape);
  if (typed) return typed;
  const step = fields.count('decoder_sparse_step', { max: 10_000 });
  const dense = new Set(fields.list('mlp_only_layers', isIndex));
  return (layer) => (layer + 1) % step === 0 && !dense.has(layer);
};

/** DeepSeek and GLM: all but the first `first_k_dense_replace`, by `moe_layer_freq`, which may be a list of 0 and 1 (MiMo). */
export const deepseekSparse: SparseRule = (fields, shape) => {
  const typed = typedLayers(fields, shape);
  if (typed) return typed;
  if (Array.isArray(fields.raw('moe_layer_freq'))) {
    const flags = fields.list('moe_layer_freq', isIndex, { exactly: shape.layers, longer: true });
    return (layer) => flags?.[layer] !== 0;
  }
  const first = fields.optional('first_k_dense_replace', { max: 10_000 });
  const every = Math.max(1, fields.optional('moe_layer_freq', { max: 10_000 }));
  return (layer) => layer >= first && layer % every === 0;
};

/** MiMo's library default where no list is given: all but the first layer. */
export const mimoSparse: SparseRule = (fields, shape) => {
  const told = fields.has('moe_layer_freq') || fields.has('mlp_layer_types');
  return told ? deepseekSparse(fields, shape) : (layer) => layer > 0;
};

/** Llama 4: the layers in `moe_layers`, else each `interleave_moe_layer_step`-th. */
export const interleavedSparse: SparseRule = (fields) => {
  const listed = fields.list('moe_layers', isIndex);
  if (listed) {
    const sparse = new Set(listed);
    return (layer) => sparse.has(layer);
  }
  const step = fields.count('interleave_moe_layer_step', { max: 10_000 });
  return (layer) => (layer + 1) % step === 0;
};

/** Ernie 4.5: from `moe_layer_start_index` to `moe_layer_end_index` (−1: the last), each `moe_layer_interval`-th. */
export const ernieSparse: SparseRule = (fields, { layers }) => {
  const first = fields.optional('moe_layer_start_index', { max: 10_000 });
  const end = fields.raw('moe_layer_end_index');
  const last = end === undefined || end === -1 ? layers - 1 : fields.optional('moe_layer_end_index', { max: 10_000 });
  const every = fields.count('moe_layer_interval', { max: 10_000 });
  return (layer) => layer >= first && layer <= last && (layer + 1) % every === 0;
};

/** Jamba: each `expert_layer_period`-th layer, counted from `expert_layer_offset`. */
export const periodicSparse: SparseRule = (fields) => {
  const period = fields.count('expert_layer_period', { max: 10_000 });
  const offset = fields.optional('expert_layer_offset', { max: 10_000 });
  return (layer) => layer % period === offset;
};

/** AFMoE: all but the first few, whose number has a field. */
export const afterDense =
  (field: string): SparseRule =>
  (fields, shape) => {
    const typed = typedLayers(fields, shape);
    if (typed) return typed;
    const first = fields.optional(field, { max: 10_000 });
    return (layer) => layer >= first;
  };
