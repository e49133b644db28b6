/** DBRX (transformers 5.18, models/dbrx): attention and experts are described in sections of their own. */
import type { Layer } from '../../planner/model.ts';
import { names, type Shape } from './attention-rules.ts';
import { readMoe } from './ffn-rules.ts';
import type { Fields } from './fields.ts';
import { everyLayer } from './moe-layers.ts';

export function dbrxLayers(fields: Fields, { hidden, layers }: Shape): readonly Layer[] {
  const heads = fields.count(names.heads, { max: 100_000 });
  const attention = fields.section('attn_config', { kv_n_heads: 1 });
  const ffn = fields.section('ffn_config', { ffn_hidden_size: 3584, moe_num_experts: 4 });
  if (!attention) fields.fault('attn_config', 'is missing: it says how many key-value heads there are');
  if (!ffn) fields.fault('ffn_config', 'is missing: it says how many experts there are, and how large');
  const kvHeads = attention?.count('kv_n_heads', { max: 100_000 }) ?? 1;
  if (heads % kvHeads !== 0) attention?.fault('kv_n_heads', `${kvHeads} does not divide ${heads} attention heads`);
  const moe = ffn && readMoe(ffn, { size: 'ffn_hidden_size', sparse: everyLayer });
  if (ffn && !moe) ffn.fault('moe_num_experts', 'must be at least 2');
  const layer: Layer = {
    mixer: { kind: 'attention', heads, kvHeads, headDim: Math.max(1, Math.floor(hidden / heads)) },
    ...(moe && { moe }),
  };
  return Array.from({ length: layers }, () => layer);
}
