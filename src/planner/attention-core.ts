/**
 * What a mixer computes between its projections: the shapes that FLOPs and times are derived from. Attention works on pairs of
 * a query and a key; a recurrence works on each token alone.
 */
import type { Indexer, Mixer } from './mixer.ts';

/** Attention's two products, of queries with keys and of weights with values, on `heads` heads (split by tp). */
export interface AttentionCore {
  readonly heads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  /** Heads that read the same cache entries: a decode step reads the cache once for them all. */
  readonly headsPerKvHead: number;
  /** Which pairs there are: see `attendedPairs`. */
  readonly span: Span;
  /**
   * MLA in decode steps: the up projections are absorbed into queries and output, so that heads attend in the latent space
   * (DeepSeek-V2, arXiv 2405.04434, section 2.1.2) and the cache is read once for all of them.
   */
  readonly absorbed?: { readonly keyDim: number; readonly valueDim: number };
  /** Scores every pair (of the compressed cache, where there is one) before attention; whole on every rank. */
  readonly indexer?: Indexer;
}

/** Tokens that a query sees. All limits hold at once: the last `window`, or its chunk of `window`; the `topK` best of the others. */
export interface Span {
  readonly window?: number;
  readonly chunked?: true;
  readonly topK?: number;
  /** Beside the window, one entry for so many tokens; `topK` limits these. 0: the window alone. */
  readonly compressed?: number;
}

function windowSpan(window: number | undefined, chunked: true | undefined): Span {
  if (window === undefined) return chunked ? { chunked } : {};
  return chunked ? { window, chunked } : { window };
}

/** Undefined for recurrent mixers. */
export function attentionCore(mixer: Mixer): AttentionCore | undefined {
  switch (mixer.kind) {
    case 'attention': {
      const { heads, kvHeads, headDim, valueDim = headDim, window, chunked } = mixer;
      const span = windowSpan(window, chunked);
      return { heads, keyDim: headDim, valueDim, headsPerKvHead: heads / kvHeads, span };
    }
    case 'mla': {
      const { heads, kvRank, nopeDim, ropeDim, valueDim, topK, indexer } = mixer;
      return {
        heads,
        keyDim: nopeDim + ropeDim,
        valueDim,
        absorbed: { keyDim: kvRank + ropeDim, valueDim: kvRank },
        headsPerKvHead: heads,
        span: topK === undefined ? {} : { topK },
        ...(indexer && { indexer }),
      };
    }
    case 'compressed': {
      const { heads, headDim, window, compression, topK, indexer } = mixer;
      return {
        heads,
        keyDim: headDim,
        valueDim: headDim,
        headsPerKvHead: heads,
        span: { window, compressed: compression?.ratio ?? 0, ...(topK !== undefined && { topK }) },
        ...(indexer && { indexer }),
      };
    }
    default:
      return undefined;
  }
}

/** Σ over i = 1 … n of min(i, most). */
function rising(n: number, most = Number.POSITIVE_INFINITY): number {
  const m = Math.min(n, most);
  return (m * (m + 1)) / 2 + (n > most ? (n - most) * most : 0);
}

/** Σ over i = 1 … n of min(⌊i/r⌋, most). */
function risingEntries(n: number, r: number, most = Number.POSITIVE_INFINITY): number {
  const free = Math.min(n, most * r - 1);
  const whole = Math.floor(free / r);
  const below = (r * whole * (whole - 1)) / 2 + whole * (free - whole * r + 1);
  return below + (n > free ? (n - free) * most : 0);
}

/** Query-key pairs of one causal sequence of `tokens`. */
export function attendedPairs({ window, chunked, topK, compressed }: Span, tokens: number): number {
  if (window !== undefined && chunked) {
    return Math.floor(tokens / window) * rising(window) + rising(tokens % window);
  }
  if (compressed !== undefined) {
    return rising(tokens, window) + (compressed === 0 ? 0 : risingEntries(tokens, compressed, topK));
  }
  return rising(tokens, Math.min(window ?? Number.POSITIVE_INFINITY, topK ?? Number.POSITIVE_INFINITY));
}

/** Cache entries that the token after `context` tokens reads, itself among them: what a decode step streams. */
export function attendedTokens({ window, chunked, topK, compressed }: Span, context: number): number {
  const seen = context + 1;
  if (window !== undefined && chunked) return (context % window) + 1;
  if (compressed !== undefined) {
    const entries = compressed === 0 ? 0 : Math.floor(seen / compressed);
    return Math.min(seen, window ?? seen) + Math.min(entries, topK ?? entries);
  }
  return Math.min(seen, window ?? seen, topK ?? seen);
}

/**
 * Cache entries that a decode step reads of a sequence on average over an answer: its contexts lie evenly within `answer` tokens around `context`.
 * At the mean context alone a chunk would have just begun, or be all but full.
 */
export function meanAttended(span: Span, { context, answer }: { context: number; answer: number }): number {
  const { window, topK, compressed } = span;
  const unlimited = window === undefined && topK === undefined && compressed === undefined;
  if (unlimited || answer <= 1) return attendedTokens(span, Math.round(context));
  const first = Math.max(0, Math.round(context - answer / 2));
  const past = first + Math.round(answer);
  return (attendedPairs(span, past) - attendedPairs(span, first)) / (past - first);
}

/**
 * FLOPs a token costs in the recurrence itself, for the whole layer, projections left out; all of it is split by tp.
 * - gdn: reading the state, correcting it by the delta rule and reading the output are three products of keyDim × valueDim a
 *   head, and the decay one more multiplication (arXiv 2412.06464, eq. 10): 7·nv·dk·dv.
 * - mamba2: decay and input (3 a state element), output (2): 5·H·d·N (arXiv 2405.21060). mamba1: the same of D·N, and one for
 *   the exponential's argument: 6·D·N.
 * - lightning: decay, outer product and output: 5·H·d².
 * The convolution's taps are weights, counted with the projections. Chunked prefill does more, on tensor cores: this errs low there.
 */
export function recurrenceFlops(mixer: Mixer): number {
  switch (mixer.kind) {
    case 'gdn':
      return 7 * mixer.valueHeads * mixer.keyDim * mixer.valueDim;
    case 'mamba2':
      return 5 * mixer.heads * mixer.headDim * mixer.stateSize;
    case 'mamba1':
      return 6 * mixer.innerSize * mixer.stateSize;
    case 'lightning':
      return 5 * mixer.heads * mixer.headDim * mixer.headDim;
    default:
      return 0;
  }
}
