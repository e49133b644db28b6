/**
 * DeepSeek-V4 (transformers 5.18, models/deepseek_v4): one wide KV head, a sliding window, and on most layers a compressed
 * cache, sparse (ratio 4, with an indexer) or heavy (ratio 128).
 */
import type { CompressedAttention } from '../../planner/mixer.ts';
import { type MixerRule, names } from './attention-rules.ts';
import type { Fields } from './fields.ts';

/**
 * The schedules of the released checkpoints, which shortened copies of their configs leave out. They differ from the library's
 * default, which starts with heavy compression whatever the model.
 */
const released: Readonly<
  Record<string, { readonly name: string; readonly first: number; readonly outputGroups: number }>
> = {
  '4096x43': { name: 'DeepSeek-V4-Flash', first: 0, outputGroups: 8 },
  '7168x61': { name: 'DeepSeek-V4-Pro', first: 128, outputGroups: 16 },
};

const isRatio = (value: unknown): value is 0 | 4 | 128 => value === 0 || value === 4 || value === 128;
const kinds: Readonly<Record<string, number>> = {
  sliding_attention: 0,
  compressed_sparse_attention: 4,
  heavily_compressed_attention: 128,
};
const isKind = (value: unknown): value is string => typeof value === 'string' && Object.hasOwn(kinds, value);

function ratios(fields: Fields, hidden: number, layers: number): readonly number[] {
  const types = fields.list('layer_types', isKind, { exactly: layers, longer: true });
  if (types) return types.map((type) => kinds[type] ?? 0);
  const given = fields.list('compress_ratios', isRatio, { exactly: layers, longer: true });
  if (given) return given;
  const known = released[`${hidden}x${layers}`];
  fields.notes.assumptions.push({
    path: '/compress_ratios',
    value: known ? `${known.first}, ${known.first}, then 4 and 128 in turn` : '128, 128, then 128 and 4 in turn',
    why: known ? `absent; as in ${known.name}, which has these sizes` : 'absent; the default of transformers 5.18',
  });
  return Array.from({ length: layers }, (_, layer) => {
    if (layer < 2) return known?.first ?? 128;
    const even = layer % 2 === 0;
    return even === (known !== undefined) ? 4 : 128;
  });
}

export const compressedAttention: MixerRule = (fields, { hidden, layers }) => {
  const heads = fields.count(names.heads, { max: 100_000 });
  const known = released[`${hidden}x${layers}`];
  const same: CompressedAttention = {
    kind: 'compressed',
    heads,
    headDim: fields.count('head_dim', { max: 100_000 }),
    queryRank: fields.count('q_lora_rank', { max: 1_000_000 }),
    outputGroups: known && !fields.has('o_groups') ? known.outputGroups : fields.count('o_groups', { max: 100_000 }),
    outputRank: fields.count('o_lora_rank', { max: 1_000_000 }),
    window: fields.count('sliding_window'),
  };
  if (heads % same.outputGroups !== 0) fields.fault('o_groups', `${same.outputGroups} does not divide ${heads} heads`);
  const indexer = {
    heads: fields.count('index_n_heads', { max: 100_000 }),
    headDim: fields.count('index_head_dim', { max: 100_000 }),
  };
  const sparse = { topK: fields.count('index_topk'), indexer };
  const schedule = ratios(fields, hidden, layers);
  return (layer) => {
    const ratio = schedule[layer] ?? 0;
    if (ratio === 0) return same;
    const compression = { ratio, overlapping: ratio === 4 };
    return { ...same, compression, ...(compression.overlapping && sparse) };
  };
};
