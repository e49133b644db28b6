/** What a rank reads of a layer's mixer, kind by kind: the guide's words for src/planner/mixer-parameters.ts. */
import type { FeasiblePlan } from '../http/schemas/answer.ts';

type Mixer = NonNullable<FeasiblePlan['resolved']['model']['layers'][number]['mixer']>;

/** `columns tp × 128 to tp × 128 + 127`, or `expert ep`. */
export function slice(what: string, axis: string, size: number): string {
  return size === 1
    ? `${what.replace(/s$/, '')} ${axis}`
    : `${what} ${axis} × ${size} to ${axis} × ${size} + ${size - 1}`;
}

/** What ranks share once they outnumber it: a slice of its own, or the same one as its neighbours. */
function shared(what: string, tp: number, total: number): string {
  return total >= tp ? slice(`${what}s`, 'tp', total / tp) : `${what} ⌊tp / ${tp / total}⌋`;
}

export function mixerSlice(mixer: Mixer, tp: number): string {
  const heads = (what: string, total: number): string => slice(what, 'tp', total / tp);
  switch (mixer.kind) {
    case 'attention': {
      const span = mixer.window === undefined ? 'Attention' : `Attention over ${mixer.window} tokens`;
      const kv = mixer.sharesKv ? 'no KV heads, since it reads an earlier cache' : shared('KV head', tp, mixer.kvHeads);
      return `${span}: ${heads('query heads', mixer.heads)}, ${kv}, and the rows of the output projection that belong to these heads.`;
    }
    case 'mla': {
      const latents = mixer.queryRank > 0 ? 'query and KV latents' : 'KV latent';
      const indexer = mixer.indexer ? ', and the indexer,' : '';
      return `Attention: ${heads('query heads', mixer.heads)}; the projections into the ${latents}${indexer} whole, on every rank.`;
    }
    case 'compressed': {
      const span = mixer.compression ? `a cache of 1 in ${mixer.compression.ratio} tokens` : 'a window';
      return `Attention over ${span}: ${heads('query heads', mixer.heads)} and ${heads('output groups', mixer.outputGroups)}; the query latent, the one KV head and what compresses and picks entries whole, on every rank.`;
    }
    case 'gdn':
      return `Gated delta net: ${heads('key heads', mixer.keyHeads)}, ${heads('value heads', mixer.valueHeads)}, with their gates and the channels of the convolution that belong to them.`;
    case 'mamba2':
      return `Mamba-2: ${heads('heads', mixer.heads)}, ${shared('state group', tp, mixer.groups)}, with the channels of the convolution that belong to them.`;
    case 'mamba1':
      return `Mamba: ${heads('inner channels', mixer.innerSize)}, with their states and their part of the convolution.`;
    case 'lightning':
      return `Lightning attention: ${heads('heads', mixer.heads)}, with their gates.`;
  }
}
