/**
 * Gemma 4 (transformers 5.18, models/gemma4): local and global layers of different head sizes, an FFN and a mixture of experts
 * side by side where `enable_moe_block`, layers at the end that read earlier layers' cache, and embeddings for each layer.
 */
import type { Attention } from '../../planner/mixer.ts';
import type { Layer, Vocabulary } from '../../planner/model.ts';
import { layerTypes, readAttention, type Shape } from './attention-rules.ts';
import { readDense, readMoe } from './ffn-rules.ts';
import { ceilings, type Fields } from './fields.ts';
import { everyLayer } from './moe-layers.ts';

export function gemma4Layers(fields: Fields, shape: Shape): readonly Layer[] {
  const { hidden, layers } = shape;
  const base = readAttention(fields, shape, { qkNorm: 'head', bias: { on: 'qkvo', flag: 'attention_bias' } });
  const equalKv = fields.flag('attention_k_eq_v');
  const globalKv = equalKv && fields.has('num_global_key_value_heads');
  const full: Attention = {
    ...base,
    headDim: fields.count('global_head_dim', { max: 100_000 }),
    kvHeads: globalKv ? fields.count('num_global_key_value_heads', { max: 100_000 }) : base.kvHeads,
    ...(equalKv && { valuesFromKeys: true as const }),
  };
  if (full.heads % full.kvHeads !== 0) {
    fields.fault('num_global_key_value_heads', `${full.kvHeads} does not divide ${full.heads} attention heads`);
  }
  const local: Attention = { ...base, window: fields.count('sliding_window') };
  const types = layerTypes(fields, shape);
  // The library forces the last layer to attend to everything.
  const slides = (layer: number): boolean =>
    layer < layers - 1 && (types ? types[layer] === 'sliding_attention' : (layer + 1) % 6 !== 0);
  const sharing = Math.min(fields.optional('num_kv_shared_layers', { max: ceilings.layers }), layers);
  const sharesKv = { sharesKv: true } as const;
  const reads = (layer: number): boolean => sharing > 0 && layer >= layers - sharing;

  const dense = readDense(fields);
  const wide = { ...dense, intermediateSize: 2 * dense.intermediateSize };
  const doubles = sharing < layers && fields.flag('use_double_wide_mlp');
  const moe = fields.flag('enable_moe_block')
    ? readMoe(fields, { size: 'moe_intermediate_size', sparse: everyLayer, traits: { routerScales: true } })
    : undefined;
  const normElements = (moe ? 7 : 4) * hidden;
  return Array.from({ length: layers }, (_, layer) => {
    const mixer = slides(layer) ? local : full;
    return {
      mixer: reads(layer) ? { ...mixer, ...sharesKv } : mixer,
      dense: doubles && reads(layer) ? wide : dense,
      ...(moe && { moe }),
      normElements,
    };
  });
}

export function gemma4PerLayer(fields: Fields): Pick<Vocabulary, 'perLayer'> {
  const size = fields.optional('hidden_size_per_layer_input');
  if (size === 0) return {};
  const vocabularySize = fields.count('vocab_size_per_layer_input', { max: ceilings.vocabulary });
  return { perLayer: { vocabularySize, size } };
}
