/**
 * Llama-Nemotron (model_type `nemotron-nas`, DeciLM): a Llama whose layers were searched one by one. `block_configs` says of each
 * layer whether it attends, with how many queries to a key-value head, and how wide its FFN is, as a multiple of h; a layer may have
 * neither, and then has no norms either.
 */
import type { Attention } from '../../planner/mixer.ts';
import type { DenseFfn, Layer } from '../../planner/model.ts';
import { names, type Shape } from './attention-rules.ts';
import { ceilings, type Fields, show } from './fields.ts';

/** What the planner has no words for: a matrix in place of a mixer or an FFN, and weights pruned in a pattern. */
function refuse(part: Fields): void {
  for (const name of ['replace_with_linear', 'sparsify', 'num_sink_tokens']) {
    const value = part.raw(name);
    if (value !== undefined && value !== false) part.fault(name, `${show(value)} cannot be planned`);
  }
}

function readAttention(part: Fields | undefined, shape: { heads: number; headDim: number }): Attention | undefined {
  if (!part || part.flag('no_op')) return undefined;
  refuse(part);
  const { heads, headDim } = shape;
  const group = part.count('n_heads_in_group', { max: heads });
  if (heads % group !== 0) part.fault('n_heads_in_group', `${group} does not divide ${heads} attention heads`);
  const window = part.optional('window_length');
  return {
    kind: 'attention',
    heads,
    kvHeads: Math.max(1, Math.floor(heads / group)),
    headDim,
    ...(window > 0 && { window }),
  };
}

/** A gated FFN keeps two thirds of the multiple, rounded up to whole 256. */
function readFfn(part: Fields | undefined, hidden: number): DenseFfn | undefined {
  if (!part || part.flag('no_op')) return undefined;
  refuse(part);
  const multiple = part.raw('ffn_mult');
  const size = typeof multiple === 'number' ? 256 * Math.ceil(Math.trunc((2 * multiple * hidden) / 3) / 256) : 0;
  if (!(size > 0 && size <= ceilings.width)) {
    part.fault('ffn_mult', `must be how many times hidden_size the FFN is wide, not ${show(multiple)}`);
    return undefined;
  }
  return { intermediateSize: size, matrices: 3 };
}

export function nasLayers(fields: Fields, { hidden, layers }: Shape): readonly Layer[] {
  const heads = fields.count(names.heads, { max: 100_000 });
  const headDim = Math.max(1, Math.floor(hidden / heads));
  const blocks = fields.sections('block_configs', { exactly: layers });
  if (!blocks) {
    if (!fields.has('block_configs'))
      fields.fault('block_configs', 'is missing: nothing else says what each layer has');
    return Array.from({ length: layers }, () => ({}));
  }
  return blocks.map((block) => {
    const mixer = readAttention(block.section('attention'), { heads, headDim });
    const dense = readFfn(block.section('ffn'), hidden);
    const normElements = hidden * ((mixer ? 1 : 0) + (dense ? 1 : 0));
    return { ...(mixer && { mixer }), ...(dense && { dense }), normElements };
  });
}
