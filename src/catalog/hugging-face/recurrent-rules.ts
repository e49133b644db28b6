/** Families that mix attention with recurrent layers: Qwen3-Next and 3.5, Jamba, Granite 4, MiniMax-01; and Nemotron-H's parts. */
import type { GatedDeltaNet, LightningAttention, Mamba1, Mamba2 } from '../../planner/mixer.ts';
import { type AttentionOptions, layerTypes, type MixerRule, readAttention } from './attention-rules.ts';
import { type Fields, isIndex, isString } from './fields.ts';

const dimension = { max: 1_000_000 } as const;

function readDeltaNet(fields: Fields): GatedDeltaNet {
  const mixer: GatedDeltaNet = {
    kind: 'gdn',
    keyHeads: fields.count('linear_num_key_heads', dimension),
    valueHeads: fields.count('linear_num_value_heads', dimension),
    keyDim: fields.count('linear_key_head_dim', dimension),
    valueDim: fields.count('linear_value_head_dim', dimension),
    convolution: fields.count('linear_conv_kernel_dim', { max: 1000 }),
  };
  if (mixer.valueHeads % mixer.keyHeads !== 0) {
    fields.fault('linear_num_value_heads', `${mixer.valueHeads} is not a multiple of linear_num_key_heads`);
  }
  return mixer;
}

/** Qwen3-Next: gated delta nets, and each fourth layer full attention, its output gated. */
export const deltaNetHybrid: MixerRule = (fields, shape) => {
  const full = readAttention(fields, shape, {
    outputGate: true,
    qkNorm: 'head',
    bias: { on: 'qkvo', flag: 'attention_bias' },
  });
  const linear = readDeltaNet(fields);
  const types = layerTypes(fields, shape);
  const period = types ? 1 : fields.count('full_attention_interval', { max: 10_000 });
  const recurs = (layer: number): boolean => (types ? types[layer] === 'linear_attention' : (layer + 1) % period !== 0);
  return (layer) => (recurs(layer) ? linear : full);
};

/** Jamba: Mamba layers with an attention layer each `attn_layer_period`. */
export const jambaHybrid: MixerRule = (fields, shape) => {
  const full = readAttention(fields, shape, {});
  const recurrent: Mamba1 = {
    kind: 'mamba1',
    innerSize: fields.count('mamba_expand', { max: 1000 }) * shape.hidden,
    stateSize: fields.count('mamba_d_state', dimension),
    convolution: fields.count('mamba_d_conv', { max: 1000 }),
    timeStepRank:
      typeof fields.raw('mamba_dt_rank') === 'string'
        ? Math.ceil(shape.hidden / 16)
        : fields.count('mamba_dt_rank', {
            ...dimension,
            otherwise: { value: Math.ceil(shape.hidden / 16), why: 'absent: hidden_size / 16, rounded up' },
          }),
    innerNorms: true,
    ...(fields.flag('mamba_conv_bias') && { convolutionBias: true as const }),
    ...(fields.flag('mamba_proj_bias') && { projectionBias: true as const }),
  };
  const period = fields.count('attn_layer_period', { max: 10_000 });
  const offset = fields.optional('attn_layer_offset');
  return (layer) => (layer % period === offset ? full : recurrent);
};

/** Granite 4 hybrid: `layer_types` says which layers attend; the others are Mamba-2. */
export const graniteHybrid: MixerRule = (fields, shape) => {
  const full = readAttention(fields, shape, { bias: { on: 'qkvo', flag: 'attention_bias' } });
  const heads = fields.count('mamba_n_heads', dimension);
  const inner = fields.count('mamba_expand', { max: 1000 }) * shape.hidden;
  const otherwise = {
    value: Math.max(1, Math.floor(inner / heads)),
    why: 'absent: mamba_expand · hidden_size / mamba_n_heads',
  };
  const headDim =
    fields.raw('mamba_d_head') === 'auto' ? otherwise.value : fields.count('mamba_d_head', { ...dimension, otherwise });
  if (heads * headDim !== inner) {
    fields.fault('mamba_n_heads', `${heads} heads of ${headDim} are not mamba_expand · hidden_size = ${inner}`);
  }
  const recurrent: Mamba2 = {
    kind: 'mamba2',
    heads,
    headDim,
    groups: fields.count('mamba_n_groups', dimension),
    stateSize: fields.count('mamba_d_state', dimension),
    convolution: fields.count('mamba_d_conv', { max: 1000 }),
    ...(fields.flag('mamba_conv_bias') && { convolutionBias: true as const }),
    ...(fields.flag('mamba_proj_bias') && { projectionBias: true as const }),
  };
  const types = layerTypes(fields, shape) ?? fields.list('layers_block_type', isString, { exactly: shape.layers });
  return (layer) => {
    const type = types?.[layer];
    return type === 'attention' || type === 'full_attention' ? full : recurrent;
  };
};

/** MiniMax-01 and M1: lightning attention but for the layers that `layer_types` or `attn_type_list` (1) call full. */
export const lightningHybrid: MixerRule = (fields, shape) => {
  const full = readAttention(fields, shape, {});
  const linear: LightningAttention = { kind: 'lightning', heads: full.heads, headDim: full.headDim };
  const types = layerTypes(fields, shape);
  const flags = fields.list('attn_type_list', isIndex, { exactly: shape.layers, longer: true });
  const attends = (layer: number): boolean =>
    types ? types[layer] === 'full_attention' : flags ? flags[layer] === 1 : layer % 2 === 0;
  return (layer) => (attends(layer) ? full : linear);
};

/** Nemotron-H's Mamba-2 block. */
export function readNemotronMamba(fields: Fields): Mamba2 {
  return {
    kind: 'mamba2',
    heads: fields.count('mamba_num_heads', dimension),
    headDim: fields.count('mamba_head_dim', dimension),
    groups: fields.count(['n_groups', 'mamba_n_groups'], dimension),
    stateSize: fields.count('ssm_state_size', dimension),
    convolution: fields.count(['conv_kernel', 'mamba_d_conv'], { max: 1000 }),
    ...(fields.flag('use_conv_bias') && { convolutionBias: true as const }),
    ...(fields.flag('use_bias') && { projectionBias: true as const }),
  };
}

/** Mamba-2 by itself (transformers 5.18, models/mamba2): every layer is one mixer, without an FFN. */
export const mamba2Alone: MixerRule = (fields, { hidden }) => {
  const inner = fields.count('expand', { max: 1000 }) * hidden;
  const headDim = fields.count('head_dim', dimension);
  const heads = fields.count('num_heads', {
    ...dimension,
    otherwise: { value: Math.max(1, Math.floor(inner / headDim)), why: 'absent: expand · hidden_size / head_dim' },
  });
  if (heads * headDim !== inner) {
    fields.fault('num_heads', `${heads} heads of ${headDim} are not expand · hidden_size = ${inner}`);
  }
  const same: Mamba2 = {
    kind: 'mamba2',
    heads,
    headDim,
    groups: fields.count('n_groups', dimension),
    stateSize: fields.count('state_size', dimension),
    convolution: fields.count('conv_kernel', { max: 1000 }),
    ...(fields.flag('use_conv_bias') && { convolutionBias: true as const }),
    ...(fields.flag('use_bias') && { projectionBias: true as const }),
  };
  return () => same;
};

/** MiMo-V2: values narrower than keys; windowed layers have twice the KV heads, and sinks. */
export const mimoAttention: MixerRule = (fields, shape) => {
  const options: AttentionOptions = { bias: { on: 'qkv', flag: 'attention_bias' } };
  const base = readAttention(fields, shape, options);
  const full = { ...base, valueDim: fields.count('v_head_dim', dimension) };
  const doubled = { value: 2 * base.kvHeads, why: 'absent: twice num_key_value_heads, as the library does' };
  const own = (name: string, same: number): number => (fields.has(name) ? fields.count(name, dimension) : same);
  const local = {
    ...full,
    heads: own('swa_num_attention_heads', base.heads),
    kvHeads: fields.count('swa_num_key_value_heads', { ...dimension, otherwise: doubled }),
    headDim: own('swa_head_dim', base.headDim),
    valueDim: own('swa_v_head_dim', full.valueDim),
    sinks: true as const,
    window: fields.count(['sliding_window', 'sliding_window_size']),
  };
  const types = layerTypes(fields, shape);
  const pattern = fields.list('hybrid_layer_pattern', isIndex, { exactly: shape.layers });
  const slides = (layer: number): boolean =>
    types
      ? types[layer] === 'sliding_attention'
      : pattern
        ? pattern[layer] === 1
        : layer !== 0 && (layer + 1) % 6 !== 0;
  return (layer) => (slides(layer) ? local : full);
};
