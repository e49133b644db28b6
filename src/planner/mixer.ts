/**
 * What mixes tokens in a layer: the kinds of attention and of recurrence, as data. Their formulas are in
 * mixer-parameters.ts, mixer-cache.ts and attention-core.ts.
 *
 * Optional fields are the rarer properties of a kind; absent means without. They change counts by little, and are here so
 * that a model's count is its checkpoint's, to the parameter.
 */

/** Multi-head, grouped-query or multi-query attention: Q h·H·d, K and V h·K·d each, output H·d·h. */
export interface Attention {
  readonly kind: 'attention';
  readonly heads: number;
  readonly kvHeads: number;
  /** Of queries and keys; of values too, unless `valueDim` says otherwise. */
  readonly headDim: number;
  readonly valueDim?: number;
  /** The query projection is twice as wide: its second half gates the output (Qwen3-Next). */
  readonly outputGate?: true;
  readonly bias?: 'qkv' | 'qkvo';
  /** One learned logit a head, which takes up attention that goes nowhere (gpt-oss). */
  readonly sinks?: true;
  /** Norm of queries and keys: a weight a dimension of the head, or one a dimension of all heads. */
  readonly qkNorm?: 'head' | 'full';
  /** A query sees at most so many tokens, itself included. Absent: all before it. */
  readonly window?: number;
  /** The window does not slide: tokens see their own chunk of `window` tokens only (Llama 4). */
  readonly chunked?: true;
  /** Values are the keys before their norm: there is no V matrix; the cache holds both (Gemma 4). */
  readonly valuesFromKeys?: true;
  /** The layer reads the cache of an earlier one: it has no K, no V and no cache of its own (Gemma 3n and 4). */
  readonly sharesKv?: true;
}

/** The small attention that picks which tokens the large one reads (DeepSeek Sparse Attention, DeepSeek-V3.2-Exp report, 2025). */
export interface Indexer {
  readonly heads: number;
  readonly headDim: number;
}

/** Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): queries and KV go through low-rank latents. */
export interface LatentAttention {
  readonly kind: 'mla';
  readonly heads: number;
  /** Rank of the query latent; 0 where queries are projected directly. */
  readonly queryRank: number;
  /** Rank of the KV latent, which is what the cache holds, beside `ropeDim`. */
  readonly kvRank: number;
  readonly nopeDim: number;
  readonly ropeDim: number;
  readonly valueDim: number;
  /** On both down projections and on the output. */
  readonly bias?: true;
  /** Tokens that a query reads at most, chosen by this layer's indexer or, without one, by an earlier layer's. */
  readonly topK?: number;
  readonly indexer?: Indexer;
}

/**
 * DeepSeek-V4's attention: one KV head, keys and values the same `headDim` numbers, a sliding window over recent tokens and,
 * beside it, a cache with one entry for `ratio` tokens.
 */
export interface CompressedAttention {
  readonly kind: 'compressed';
  readonly heads: number;
  readonly headDim: number;
  readonly queryRank: number;
  /** The output projection is low-rank by groups of heads. */
  readonly outputGroups: number;
  readonly outputRank: number;
  readonly window: number;
  /** Absent: the window alone. `overlapping` entries are made of two projections (the sparse kind, ratio 4). */
  readonly compression?: { readonly ratio: number; readonly overlapping: boolean };
  /** Entries that a query reads at most, and what picks them. */
  readonly topK?: number;
  readonly indexer?: Indexer;
}

/** Gated delta net (arXiv 2412.06464), as Qwen3-Next has it: a state of keyDim × valueDim a value head, whatever the context. */
export interface GatedDeltaNet {
  readonly kind: 'gdn';
  readonly keyHeads: number;
  readonly valueHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  /** Width of the short convolution. */
  readonly convolution: number;
}

/** Mamba-2 (arXiv 2405.21060): a state of headDim × stateSize a head. */
export interface Mamba2 {
  readonly kind: 'mamba2';
  readonly heads: number;
  readonly headDim: number;
  readonly groups: number;
  readonly stateSize: number;
  readonly convolution: number;
  readonly convolutionBias?: true;
  readonly projectionBias?: true;
}

/** Mamba (arXiv 2312.00752): a state of stateSize a channel. */
export interface Mamba1 {
  readonly kind: 'mamba1';
  readonly innerSize: number;
  readonly stateSize: number;
  readonly convolution: number;
  readonly timeStepRank: number;
  readonly convolutionBias?: true;
  readonly projectionBias?: true;
  /** Norms of the time step and of B and C (Jamba). */
  readonly innerNorms?: true;
}

/** Lightning attention (arXiv 2501.08313): linear attention with a state of headDim × headDim a head, and an output gate. */
export interface LightningAttention {
  readonly kind: 'lightning';
  readonly heads: number;
  readonly headDim: number;
}

export type Mixer =
  | Attention
  | LatentAttention
  | CompressedAttention
  | GatedDeltaNet
  | Mamba2
  | Mamba1
  | LightningAttention;
