/**
 * Context parallelism of a server (docs/accounting.md, "Serving"): prompts are cut over the cp ranks, what decodes is on all of them, and
 * the cache is cut where the engine interleaves it over them by pages (arXiv 2507.07120, section 2).
 */
import { attentionCore } from '../../attention-core.ts';
import type { Engine } from '../../engine.ts';
import type { Mixer } from '../../mixer.ts';
import type { Model } from '../../model.ts';
import { residualBytes } from '../../precision.ts';
import { gatheredKvBytes } from '../layer.ts';

export interface ContextSetting {
  readonly engine: Pick<Engine, 'name'>;
  readonly model: {
    readonly layers: readonly { readonly mixer?: { readonly kind: Mixer['kind']; readonly topK?: number } }[];
  };
}

/**
 * Whether the cp ranks share out a sequence's cache, or each keeps the whole. vLLM shares it in layers of sparse latent attention alone
 * (`MLAAttention.supports_pcp_dcp`, model_executor/layers/attention/mla_attention.py).
 */
export function sharesCache({ engine, model }: ContextSetting): boolean {
  if (engine.name !== 'vllm') return true;
  return model.layers.every(({ mixer }) => mixer === undefined || (mixer.kind === 'mla' && mixer.topK !== undefined));
}

/** Parts that a sequence's cache is cut in. */
export function cacheShares(setting: ContextSetting, cp: number): number {
  return cp > 1 && sharesCache(setting) ? cp : 1;
}

/** Tokens of its history that a pass over a prompt has to gather: none where each rank has all, of a window no more than that. */
function reach(mixer: Mixer, { history, shares }: { readonly history: number; readonly shares: number }): number {
  if (shares === 1) return 0;
  const windowed = mixer.kind === 'attention' || (mixer.kind === 'compressed' && !mixer.compression);
  return windowed ? Math.min(history, mixer.window ?? history) : history;
}

export interface GatheredPass {
  /** Tokens of the pass, of how many prompts, each over so long a history. */
  readonly tokens: number;
  readonly prompts: number;
  readonly history: number;
  readonly tp: number;
  readonly shares: number;
}

/** Bytes of one layer's KV on a rank of tp once a pass over prompts has gathered it over cp. */
export function gatheredPassBytes(mixer: Mixer | undefined, model: Model, pass: GatheredPass): number {
  if (!mixer) return 0;
  const { tokens, prompts, tp } = pass;
  return gatheredKvBytes(mixer, model, { tokens: tokens + prompts * reach(mixer, pass), tp });
}

/** A log-sum-exp is fp32. */
const logSumExpBytes = 4;

/**
 * Bytes of what attention over a part of the cache says of `tokens` that decode, on a rank of tp: the log-sum-exps of all parts, gathered,
 * and its outputs, summed. Undefined where nothing has to be put together.
 */
export function partialBytes(
  mixer: Mixer,
  { tokens, tp, shares }: { readonly tokens: number; readonly tp: number; readonly shares: number },
): { readonly logSumExps: number; readonly outputs: number } | undefined {
  const core = attentionCore(mixer);
  if (!core || shares === 1 || tokens === 0) return undefined;
  const heads = tokens * (core.heads / tp);
  const { valueDim } = core.absorbed ?? core;
  return { logSumExps: shares * heads * logSumExpBytes, outputs: heads * valueDim * residualBytes };
}

/** Tokens of the largest step on each cp rank: those that decode are on all of them. */
export function stepRows({ batchTokens, maxSequences }: Pick<Engine, 'batchTokens' | 'maxSequences'>, cp: number) {
  const decoding = Math.min(batchTokens, maxSequences);
  return cp === 1 ? batchTokens : decoding + Math.ceil((batchTokens - decoding) / cp);
}
