/** Windows and caches that single families lay out in a way of their own. */
import type { Mixer } from '../../planner/mixer.ts';
import { layerTypes, type MixerRule, names, readAttention, typedWindow, type WindowRule } from './attention-rules.ts';
import type { Fields } from './fields.ts';

/** Cohere 2, OLMo 3, AFMoE: all layers but each so many-th slide, by the field that the family has for it. */
export const periodicWindow = (period: string): WindowRule =>
  typedWindow((fields, layer) => (layer + 1) % fields.count(period, { max: 10_000 }) !== 0);

/** EXAONE 4: a letter a layer, over and over, L for those that slide; the last layer attends to all (transformers 5.18, models/exaone4). */
export const letteredWindow: WindowRule = (fields, shape) => {
  const letters = fields.raw('sliding_window_pattern');
  const pattern = typeof letters === 'string' && letters !== '' ? letters : undefined;
  const period = pattern ? 1 : Math.max(1, fields.optional('sliding_window_pattern', { max: 10_000 }));
  const slides = (layer: number): boolean =>
    pattern ? pattern[layer % pattern.length] === 'L' && layer < shape.layers - 1 : (layer + 1) % period !== 0;
  return typedWindow((_, layer) => slides(layer))(fields, shape);
};

/** Ministral: the window is for the layers that `layer_types` names; without the list it is for all, as engines take it. */
export const namedWindow: WindowRule = (fields, shape) =>
  typedWindow(() => layerTypes(fields, shape) === undefined)(fields, shape);

/** Seed-OSS: a flag for the biases of Q, K and V, and one for the output's. */
export const seedAttention: MixerRule = (fields, shape) => {
  const on = fields.flag('attention_out_bias') ? 'qkvo' : 'qkv';
  const same = readAttention(fields, shape, { bias: { on, flag: 'attention_bias' } });
  return () => same;
};

/** HunYuan-Large: of each `cla_share_factor` layers the first has keys and values, which the others read (arXiv 2411.02265). */
export const hunyuanAttention: MixerRule = (fields, shape) => {
  // The library always norms heads; configs from before it say whether they do.
  const normed = !fields.has('use_qk_norm') || fields.flag('use_qk_norm');
  const full = readAttention(fields, shape, {
    bias: { on: 'qkvo', flag: 'attention_bias' },
    ...(normed && { qkNorm: 'head' }),
  });
  const share = fields.flag('use_cla') ? fields.count('cla_share_factor', { max: 10_000 }) : 1;
  const reads: Mixer = { ...full, sharesKv: true };
  return (layer) => (layer % share === 0 ? full : reads);
};

/** ChatGLM has names of its own for what others call key-value heads and head dimension. */
export const glmAttention: MixerRule = (fields) => {
  const heads = fields.count(names.heads, { max: 100_000 });
  const groups = fields.flag('multi_query_attention') ? fields.count('multi_query_group_num', { max: 100_000 }) : heads;
  if (heads % groups !== 0) fields.fault('multi_query_group_num', `${groups} does not divide ${heads} attention heads`);
  const headDim = fields.count('kv_channels', { max: 100_000 });
  const bias = glmBias(fields);
  return () => ({ kind: 'attention', heads, kvHeads: groups, headDim, ...(bias && { bias }) });
};

function glmBias(fields: Fields): 'qkv' | 'qkvo' | undefined {
  if (fields.flag('add_bias_linear')) return 'qkvo';
  return fields.flag('add_qkv_bias') ? 'qkv' : undefined;
}
