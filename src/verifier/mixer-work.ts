/** FLOPs of a mixer beside its projections: pairs of a query and what it reads, an indexer's, a recurrence. docs/accounting.md, "FLOPs of a rank". */
import type { Mixer } from '../planner/mixer.ts';

/**
 * How often the entries of a causal cache are read, counted by entry and not by query: entry e of a cache that has one for
 * `every` tokens is complete at token e·every, and all tokens from there on read it. A query that reads at most `most` reads as
 * many as if only the first `most` entries were ever there, whichever they are.
 */
export function readings(tokens: number, { most = Number.POSITIVE_INFINITY, every = 1 } = {}): number {
  const entries = Math.min(most, Math.floor(tokens / every));
  return entries * (tokens + 1) - (every * (entries * (entries + 1))) / 2;
}

/** Pairs that the attention itself multiplies, over one sequence. */
export function attendedPairs(mixer: Mixer, tokens: number): number {
  switch (mixer.kind) {
    case 'attention': {
      const { window } = mixer;
      if (window === undefined) return readings(tokens);
      if (!mixer.chunked) return readings(tokens, { most: window });
      const rest = tokens % window;
      return ((tokens - rest) / window) * readings(window) + readings(rest);
    }
    case 'mla':
      return mixer.topK === undefined ? readings(tokens) : readings(tokens, { most: mixer.topK });
    case 'compressed': {
      const recent = readings(tokens, { most: mixer.window });
      if (!mixer.compression) return recent;
      const every = mixer.compression.ratio;
      return recent + readings(tokens, mixer.topK === undefined ? { every } : { every, most: mixer.topK });
    }
    default:
      return 0;
  }
}

/** Multiplications of a pair in one head: a query with a key, and the weight with a value. */
function depthOf(mixer: Mixer): number {
  switch (mixer.kind) {
    case 'attention':
      return mixer.headDim + (mixer.valueDim ?? mixer.headDim);
    case 'mla':
      return mixer.nopeDim + mixer.ropeDim + mixer.valueDim;
    case 'compressed':
      return 2 * mixer.headDim;
    default:
      return 0;
  }
}

/** Every query against every key of the indexer, which picks from all of them: FLOPs of a pair, and one key for how many tokens. */
function scoringOf(mixer: Mixer): { readonly flops: number; readonly every: number } | undefined {
  if (mixer.kind !== 'mla' && mixer.kind !== 'compressed') return undefined;
  const { indexer } = mixer;
  const every = mixer.kind === 'mla' ? 1 : mixer.compression?.ratio;
  return indexer && every !== undefined ? { flops: 2 * indexer.heads * indexer.headDim, every } : undefined;
}

function indexerFlops(mixer: Mixer, tokens: number): number {
  const scoring = scoringOf(mixer);
  return scoring ? scoring.flops * readings(tokens, { every: scoring.every }) : 0;
}

/** Of one token through the whole layer's state. */
export function recurrenceFlops(mixer: Mixer): number {
  switch (mixer.kind) {
    case 'gdn':
      return 7 * mixer.valueHeads * mixer.keyDim * mixer.valueDim;
    case 'mamba2':
      return 5 * mixer.heads * mixer.headDim * mixer.stateSize;
    case 'mamba1':
      return 6 * mixer.innerSize * mixer.stateSize;
    case 'lightning':
      return 5 * mixer.heads * mixer.headDim ** 2;
    default:
      return 0;
  }
}

/** FLOPs of a rank for one sequence. Heads are split over tp; the context, and with it the pairs, over cp; an indexer is whole on every TP rank. */
export function mixingFlops(
  mixer: Mixer,
  { tokens, tp, cp }: { readonly tokens: number; readonly tp: number; readonly cp: number },
): number {
  const heads = 'heads' in mixer ? mixer.heads / tp : 0;
  const attention = 2 * heads * depthOf(mixer) * attendedPairs(mixer, tokens);
  return (attention + indexerFlops(mixer, tokens) + (tokens / tp) * recurrenceFlops(mixer)) / cp;
}

/** The same of a prompt's last tokens, those before them being in the cache already. Recurrences are left out: they count by token. */
export function promptFlops(
  mixer: Mixer,
  { tokens, history, tp }: { readonly tokens: number; readonly history: number; readonly tp: number },
): number {
  const heads = 'heads' in mixer ? mixer.heads / tp : 0;
  const pairs = attendedPairs(mixer, tokens) - attendedPairs(mixer, history);
  return 2 * heads * depthOf(mixer) * pairs + indexerFlops(mixer, tokens) - indexerFlops(mixer, history);
}

/** Entries of the cache that a token reads which comes after `context` others; its own is there by then. */
export function entriesRead(mixer: Mixer, context: number): number {
  const there = context + 1;
  const most = (limit: number | undefined, entries: number) =>
    limit === undefined || entries < limit ? entries : limit;
  switch (mixer.kind) {
    case 'attention': {
      const { window, chunked } = mixer;
      return chunked && window !== undefined ? there - window * Math.floor(context / window) : most(window, there);
    }
    case 'mla':
      return most(mixer.topK, there);
    case 'compressed': {
      const packed = mixer.compression ? Math.floor(there / mixer.compression.ratio) : 0;
      return most(mixer.window, there) + most(mixer.topK, packed);
    }
    default:
      return 0;
  }
}

/** One decoded token. Latent attention works on the latents themselves then, with its up projections multiplied into queries and outputs. */
export function decodeFlops(mixer: Mixer, { context, tp }: { readonly context: number; readonly tp: number }): number {
  const heads = 'heads' in mixer ? mixer.heads / tp : 0;
  const depth = mixer.kind === 'mla' ? mixer.kvRank + mixer.ropeDim + mixer.kvRank : depthOf(mixer);
  const scoring = scoringOf(mixer);
  const scores = scoring ? scoring.flops * Math.floor((context + 1) / scoring.every) : 0;
  return 2 * heads * depth * entriesRead(mixer, context) + scores;
}
