/** Nemotron-H and Nemotron 3 (transformers 5.18, models/nemotron_h): each "layer" is one block, a mixer or an FFN, with one norm. */
import type { Attention } from '../../planner/mixer.ts';
import type { Layer } from '../../planner/model.ts';
import { names as attentionNames, type Shape } from './attention-rules.ts';
import { readDense, readMoe } from './ffn-rules.ts';
import { ceilings, type Fields } from './fields.ts';
import { everyLayer } from './moe-layers.ts';
import { readNemotronMamba } from './recurrent-rules.ts';

type Block = 'mamba' | 'attention' | 'mlp' | 'moe';

const words: Readonly<Record<string, Block>> = {
  mamba: 'mamba',
  linear_attention: 'mamba',
  attention: 'attention',
  full_attention: 'attention',
  mlp: 'mlp',
  moe: 'moe',
};
const letters: Readonly<Record<string, Block>> = { M: 'mamba', '*': 'attention', '-': 'mlp', E: 'moe' };
const isWord = (value: unknown): value is string => typeof value === 'string' && Object.hasOwn(words, value);

/** The blocks in order: a list of words, or a pattern with a letter a block. Their number is the number of layers. */
function readBlocks(fields: Fields, lists: readonly string[], pattern: string): readonly Block[] | undefined {
  for (const name of lists) {
    const types = fields.list(name, isWord);
    if (types) return types.map((type) => words[type] ?? 'mlp');
  }
  const text = fields.word(pattern);
  if (text === undefined) return undefined;
  if (text.length > ceilings.layers) {
    fields.fault(pattern, `has ${text.length} blocks, more than ${ceilings.layers}`);
    return undefined;
  }
  const blocks = [...text].map((letter) => (Object.hasOwn(letters, letter) ? letters[letter] : undefined));
  if (blocks.every((block) => block !== undefined)) return blocks;
  fields.fault(pattern, 'must be of the letters M (Mamba), * (attention), - (FFN) and E (experts)');
  return undefined;
}

export function nemotronBlocks(fields: Fields): readonly Block[] {
  const lists = ['layers_block_type', 'layer_types'];
  const blocks = readBlocks(fields, lists, 'hybrid_override_pattern');
  if (blocks && blocks.length > 0) return blocks;
  if (![...lists, 'hybrid_override_pattern'].some(fields.has)) {
    fields.fault(
      'hybrid_override_pattern',
      'is missing (or layers_block_type): nothing else says which block is which',
    );
  }
  return ['mlp'];
}

function readBlock(fields: Fields, hidden: number): (block: Block) => Layer {
  const made = new Map<Block, Layer>();
  const make = (block: Block): Layer => {
    const one = { normElements: hidden };
    if (block === 'mamba') return { mixer: readNemotronMamba(fields), ...one };
    if (block === 'attention') return { mixer: readBlockAttention(fields), ...one };
    if (block === 'mlp') return { dense: readDense(fields, { matrices: 2, biasFlag: 'mlp_bias' }), ...one };
    const moe = readMoe(fields, {
      size: 'moe_intermediate_size',
      sparse: everyLayer,
      shared: { sizeField: 'moe_shared_expert_intermediate_size' },
      biasFlag: 'mlp_bias',
      traits: { matrices: 2 },
    });
    if (!moe) fields.fault('n_routed_experts', 'is missing, and the pattern has blocks of experts');
    const latentSize = fields.optional('moe_latent_size');
    return { ...(moe && { moe: { ...moe, ...(latentSize > 0 && { latentSize }) } }), ...one };
  };
  return (block) => {
    const known = made.get(block) ?? make(block);
    made.set(block, known);
    return known;
  };
}

function readBlockAttention(fields: Fields): Attention {
  const heads = fields.count(attentionNames.heads, { max: 100_000 });
  const otherwise = { value: heads, why: 'absent: as many as attention heads' };
  const kvHeads = fields.count(attentionNames.kvHeads, { max: 100_000, otherwise });
  if (heads % kvHeads !== 0) fields.fault('num_key_value_heads', `${kvHeads} does not divide ${heads} attention heads`);
  const window = fields.optional('sliding_window');
  const headDim = fields.count(['head_dim', 'attention_head_dim'], { max: 100_000 });
  return { kind: 'attention', heads, kvHeads, headDim, ...(window > 0 && { window }) };
}

export function nemotronLayers(fields: Fields, { hidden }: Shape): readonly Layer[] {
  return nemotronBlocks(fields).map(readBlock(fields, hidden));
}

/** The blocks of one multi-token prediction module: an attention and an experts block unless the config says otherwise. */
export function nemotronMtp(fields: Fields, { hidden }: Shape): readonly Layer[] {
  const blocks = readBlocks(fields, ['mtp_layers_block_type'], 'mtp_hybrid_override_pattern');
  return (blocks ?? (['attention', 'moe'] as const)).map(readBlock(fields, hidden));
}
