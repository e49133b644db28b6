/** Attention of the families that differ by fields only: heads, biases, norms, and which layers see a window. */
import type { Attention, LatentAttention, Mixer } from '../../planner/mixer.ts';
import { type Fields, isIndex, isString } from './fields.ts';

/** What every rule is given beside the fields. */
export interface Shape {
  readonly hidden: number;
  readonly layers: number;
}

/** The mixer of each layer, by its index; undefined where a layer has none. */
export type MixerRule = (fields: Fields, shape: Shape) => (layer: number) => Mixer | undefined;

export const names = {
  heads: ['num_attention_heads', 'n_heads'],
  kvHeads: ['num_key_value_heads', 'num_kv_heads'],
} as const;

export interface Heads {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Head dimension and KV heads where the config is silent: h/H, rounded down as the library does, and one KV head a head. */
export function readHeads(fields: Fields, { hidden }: Shape): Heads {
  const heads = fields.count(names.heads, { max: 100_000 });
  const kvHeads = fields.count(names.kvHeads, {
    max: 100_000,
    otherwise: { value: heads, why: 'absent: as many as attention heads' },
  });
  if (heads % kvHeads !== 0) {
    fields.fault('num_key_value_heads', `${kvHeads} key-value heads do not divide ${heads} attention heads`);
  }
  const headDim = fields.count('head_dim', {
    max: 100_000,
    otherwise: { value: Math.max(1, Math.floor(hidden / heads)), why: 'absent: hidden_size / num_attention_heads' },
  });
  return { heads, kvHeads, headDim };
}

/** Which layers see a window, and of how many tokens; undefined: all tokens. */
export type WindowRule = (fields: Fields, shape: Shape) => (layer: number) => Window | undefined;
export type Window = Pick<Attention, 'window' | 'chunked'>;

export const noWindow: WindowRule = () => () => undefined;

/** One window for all layers, where the config gives one (Mistral, Mixtral, Phi). */
export const everywhere: WindowRule = (fields) => {
  const window = fields.optional('sliding_window');
  return () => (window > 0 ? { window } : undefined);
};

/** Qwen: a `sliding_window` alone means nothing; `use_sliding_window` turns it on, above `max_window_layers` where there is one. */
export const qwenWindow: WindowRule = (fields, shape) => {
  if (!fields.flag('use_sliding_window')) return () => undefined;
  const window = fields.optional('sliding_window');
  if (window === 0) return () => undefined;
  const types = layerTypes(fields, shape);
  if (types) return (layer) => (types[layer] === 'sliding_attention' ? { window } : undefined);
  const first = fields.optional('max_window_layers');
  return (layer) => (layer >= first ? { window } : undefined);
};

/** `layer_types`, and where it is absent the pattern that the library makes. */
export function typedWindow(pattern: (fields: Fields, layer: number) => boolean): WindowRule {
  return (fields, shape) => {
    const window = fields.optional('sliding_window');
    const types = layerTypes(fields, shape);
    const slides = (layer: number): boolean => (types ? types[layer] === 'sliding_attention' : pattern(fields, layer));
    return (layer) => (window > 0 && slides(layer) ? { window } : undefined);
  };
}

export function layerTypes(fields: Fields, { layers }: Shape): readonly string[] | undefined {
  return fields.list('layer_types', isString, { exactly: layers });
}

/** Gemma 3: five local layers, then a global one; older configs give the period, newer ones the list. */
export const gemmaWindow = typedWindow(
  (fields, layer) => (layer + 1) % fields.count('sliding_window_pattern', { max: 10_000 }) !== 0,
);

/** gpt-oss: every other layer, the first one first. */
export const alternatingWindow = typedWindow((_, layer) => layer % 2 === 0);

/** Llama 4: layers with rotary embedding see their chunk; each fourth has none and sees everything. */
export const chunkedWindow: WindowRule = (fields, shape) => {
  const window = fields.optional('attention_chunk_size');
  const types = layerTypes(fields, shape);
  const flags = fields.list('no_rope_layers', isIndex, { exactly: shape.layers });
  const period = types || flags ? 1 : fields.count('no_rope_layer_interval', { max: 10_000 });
  const local = (layer: number): boolean =>
    types ? types[layer] === 'chunked_attention' : flags ? flags[layer] === 1 : (layer + 1) % period !== 0;
  return (layer) => (window > 0 && local(layer) ? { window, chunked: true } : undefined);
};

export interface AttentionOptions {
  /** Always there, or where a flag of the config says so. */
  readonly bias?: { readonly on: 'qkv' | 'qkvo'; readonly flag?: string };
  readonly qkNorm?: 'head' | 'full';
  /** A flag that turns the norm on. */
  readonly qkNormFlag?: string;
  readonly outputGate?: true;
  readonly sinks?: true;
  readonly window?: WindowRule;
}

/** The attention of a config, the same in all layers but for windows. */
export function readAttention(fields: Fields, shape: Shape, options: AttentionOptions): Attention {
  const { bias, qkNorm, qkNormFlag, outputGate, sinks } = options;
  const biased = bias && (bias.flag === undefined || fields.flag(bias.flag));
  const normed = qkNorm && (qkNormFlag === undefined || fields.flag(qkNormFlag));
  return {
    kind: 'attention',
    ...readHeads(fields, shape),
    ...(outputGate && { outputGate }),
    ...(biased && { bias: bias.on }),
    ...(sinks && { sinks }),
    ...(normed && { qkNorm }),
  };
}

export function attention(options: AttentionOptions): MixerRule {
  return (fields, shape) => {
    const same = readAttention(fields, shape, options);
    const windows = (options.window ?? noWindow)(fields, shape);
    return (layer) => ({ ...same, ...windows(layer) });
  };
}

const dimension = { max: 100_000 } as const;
const rank = { max: 1_000_000 } as const;

function readLatent(fields: Fields): LatentAttention {
  return {
    kind: 'mla',
    heads: fields.count(names.heads, dimension),
    queryRank: fields.optional('q_lora_rank', rank),
    kvRank: fields.count('kv_lora_rank', rank),
    nopeDim: fields.count('qk_nope_head_dim', dimension),
    ropeDim: fields.count('qk_rope_head_dim', dimension),
    valueDim: fields.count('v_head_dim', dimension),
    ...(fields.flag('attention_bias') && { bias: true as const }),
  };
}

/** DeepSeek-V2 and -V3, Kimi-K2: `head_dim` and `num_key_value_heads` are in the configs and mean nothing. */
export const latentAttention: MixerRule = (fields) => {
  const same = readLatent(fields);
  return () => same;
};

const isIndexerType = (value: unknown): value is 'full' | 'shared' => value === 'full' || value === 'shared';

/** DeepSeek-V3.2 and GLM-5: each query reads the `index_topk` tokens that an indexer picks, its own or an earlier layer's. */
export const sparseLatentAttention: MixerRule = (fields, { layers }) => {
  const base = readLatent(fields);
  if (base.queryRank === 0) fields.fault('q_lora_rank', 'must be given: the indexer works on the query latent');
  const same: LatentAttention = { ...base, topK: fields.count('index_topk') };
  const indexer = {
    heads: fields.count('index_n_heads', dimension),
    headDim: fields.count('index_head_dim', dimension),
  };
  const full = indexedLayers(fields, layers);
  return (layer) => (full(layer) ? { ...same, indexer } : same);
};

/** Which layers have an indexer of their own: a list, a pattern of F and S, or a frequency with an offset; by default all. */
function indexedLayers(fields: Fields, layers: number): (layer: number) => boolean {
  const types = fields.list('indexer_types', isIndexerType, { exactly: layers, longer: true });
  if (types) return (layer) => types[layer] === 'full';
  const pattern = fields.raw('index_topk_pattern');
  if (typeof pattern === 'string') {
    if (pattern.length < layers || /[^FS]/.test(pattern.slice(0, layers))) {
      fields.fault('index_topk_pattern', `must be a letter F or S for each of ${layers} layers`);
    }
    return (layer) => pattern[layer] === 'F';
  }
  const every = Math.max(1, fields.optional('index_topk_freq'));
  const offset = fields.has('index_skip_topk_offset') ? fields.optional('index_skip_topk_offset') : 2;
  return (layer) => Math.max(layer - offset + 1, 0) % every === 0;
}
