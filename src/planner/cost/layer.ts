/**
 * One layer on one rank: what its parts hold, keep and compute, whatever kind of mixer it has. Memory, FLOPs, messages and time
 * all read these, so that a new kind of layer is described once.
 */
import { type AttentionCore, attendedPairs, attentionCore, recurrenceFlops } from '../attention-core.ts';
import type { Mixer } from '../mixer.ts';
import { indexerBytes, kvElementsPerRank, sequenceKvElements, stateElements } from '../mixer-cache.ts';
import { mixerParameters } from '../mixer-parameters.ts';
import type { LayerRun, Model, MoeFfn } from '../model.ts';
import {
  denseParameters,
  expertParameters,
  hyperConnectionParameters,
  routerParameters,
  sharedParameters,
} from '../parameters.ts';
import { dtypeBytes, residualBytes } from '../precision.ts';
import type { Strategy } from '../strategy.ts';

/** Width of what a mixer makes of the hidden state on a rank, in elements a token: before its core and after it. */
export function mixerWidths(
  mixer: Mixer | undefined,
  tp: number,
): { readonly inputs: number; readonly output: number } {
  if (!mixer) return { inputs: 0, output: 0 };
  switch (mixer.kind) {
    case 'attention': {
      const { heads, kvHeads, headDim, valueDim = headDim } = mixer;
      const queries = (heads / tp) * headDim * (mixer.outputGate ? 2 : 1);
      const own = mixer.sharesKv ? 0 : Math.max(1, kvHeads / tp) * (headDim + valueDim);
      return { inputs: queries + own, output: (heads / tp) * valueDim };
    }
    case 'mla': {
      const { heads, queryRank, kvRank, nopeDim, ropeDim, valueDim } = mixer;
      const perHead = heads / tp;
      const expanded = perHead * (2 * (nopeDim + ropeDim) + valueDim);
      return { inputs: queryRank + kvRank + ropeDim + expanded, output: perHead * valueDim };
    }
    case 'compressed': {
      const output = (mixer.heads / tp) * mixer.headDim;
      return {
        inputs: mixer.queryRank + mixer.headDim + output,
        output: output + (mixer.outputGroups / tp) * mixer.outputRank,
      };
    }
    case 'gdn': {
      const { keyHeads, valueHeads, keyDim, valueDim } = mixer;
      return {
        inputs: (2 * keyHeads * keyDim + 2 * valueHeads * valueDim + 2 * valueHeads) / tp,
        output: (valueHeads * valueDim) / tp,
      };
    }
    case 'mamba2': {
      const inner = (mixer.heads / tp) * mixer.headDim;
      const groups = 2 * Math.max(1, mixer.groups / tp) * mixer.stateSize;
      return { inputs: 2 * inner + groups + mixer.heads / tp, output: inner };
    }
    case 'mamba1':
      return {
        inputs: (2 * mixer.innerSize) / tp + mixer.timeStepRank + 2 * mixer.stateSize,
        output: mixer.innerSize / tp,
      };
    case 'lightning': {
      const width = (mixer.heads / tp) * mixer.headDim;
      return { inputs: 4 * width, output: width };
    }
  }
}

/** Parameters of a layer's mixer on a rank of tp, norms left out. */
export function mixerParametersPerRank(
  mixer: Mixer | undefined,
  { hidden, tp }: { hidden: number; tp: number },
): number {
  if (!mixer) return 0;
  const { sharded, perKvHead, kvHeads, replicated } = mixerParameters(mixer, hidden);
  return sharded / tp + (perKvHead === 0 ? 0 : perKvHead * Math.max(1, kvHeads / tp)) + replicated;
}

/** Norms of a layer, with what is small, whole on every rank and kept like them: hyper-connections, norms of per-layer embeddings. */
export function layerNorms({ mixer, normElements }: LayerRun, model: Model): number {
  const h = model.hiddenSize;
  const { residualStreams: streams = 1 } = model;
  const connections = streams > 1 ? 2 * hyperConnectionParameters(streams, h).perConnection : 0;
  return (
    (normElements ?? 2 * h) +
    (mixer ? mixerParameters(mixer, h).norms : 0) +
    connections +
    (model.vocabulary?.perLayer ? h : 0)
  );
}

/** Norms past the last layer, on the last stage; `size` norm weights of per-layer embeddings stand with them. */
export function finalNorms(model: Model): number {
  const h = model.hiddenSize;
  const { residualStreams: streams = 1, vocabulary } = model;
  const head = streams > 1 ? hyperConnectionParameters(streams, h).head : 0;
  return (model.finalNormElements ?? h) + head + (vocabulary?.perLayer?.size ?? 0);
}

/** Dense weights of a layer on a rank: its FFN, and the gate and projections of per-layer embeddings. */
export function denseParametersPerRank({ dense }: LayerRun, model: Model, tp: number): number {
  const perLayer = model.vocabulary?.perLayer;
  const own = dense ? denseParameters(dense, model.hiddenSize) : 0;
  return (own + (perLayer ? 3 * model.hiddenSize * perLayer.size : 0)) / tp;
}

export function sharedParametersPerRank({ moe }: LayerRun, hidden: number, tp: number): number {
  return moe ? sharedParameters(moe, hidden) / tp : 0;
}

export function expertParametersPerRank(
  moe: MoeFfn,
  hidden: number,
  { ep, etp }: Pick<Strategy, 'ep' | 'etp'>,
): number {
  return ((moe.experts / ep) * expertParameters(moe, hidden)) / etp;
}

/** The router is whole on every rank. */
export function routerParametersPerRank({ moe }: LayerRun, hidden: number): number {
  return moe ? routerParameters(moe, hidden) : 0;
}

/** Width that routed experts work in: the hidden size, or the latent's. */
export function expertWidth(moe: MoeFfn, hidden: number): number {
  return moe.latentSize ?? hidden;
}

/** Bytes that one sequence leaves in a layer, before they are divided: over cp, KV and the indexer's keys; over tp, recurrent state. */
export interface CacheParts {
  readonly overCp: number;
  readonly overTp: number;
}

const noCache: CacheParts = { overCp: 0, overTp: 0 };

export function cacheParts(
  mixer: Mixer | undefined,
  model: Model,
  { tokens, tp }: { tokens: number; tp: number },
): CacheParts {
  if (!mixer) return noCache;
  const kv = sequenceKvElements(mixer, { tokens, tp, hybridCache: true }) * dtypeBytes[model.precision.kvCache];
  const { recurrent, convolution } = stateElements(mixer);
  // A state passes from one cp rank to the next; each keeps room for it.
  const state = recurrent * dtypeBytes[model.stateDtype ?? 'fp32'] + convolution * residualBytes;
  return { overCp: kv + tokens * indexerBytes(mixer), overTp: state };
}

/** What one sequence leaves in a layer's cache on a rank of tp and cp, in bytes: KV, the indexer's keys, recurrent state. */
export function cacheBytes(
  mixer: Mixer | undefined,
  model: Model,
  { tokens, tp, cp }: { tokens: number; tp: number; cp: number },
): number {
  const { overCp, overTp } = cacheParts(mixer, model, { tokens, tp });
  return overCp / cp + overTp / tp;
}

/** KV bytes of all ranks of a cp group, of one layer and `tokens` tokens: what an all-gather of it carries. A state is passed on instead. */
export function gatheredKvBytes(
  mixer: Mixer | undefined,
  model: Model,
  { tokens, tp }: { tokens: number; tp: number },
): number {
  if (!mixer) return 0;
  return tokens * (kvElementsPerRank(mixer, tp) * dtypeBytes[model.precision.kvCache] + indexerBytes(mixer));
}

/** FLOPs of one sequence between a mixer's projections, on a rank of tp and cp. */
export interface CoreFlops {
  /** Attention's two products. */
  readonly attention: number;
  readonly indexer: number;
  readonly recurrence: number;
}

export function coreFlops(
  mixer: Mixer | undefined,
  { tokens, tp, cp }: { tokens: number; tp: number; cp: number },
): CoreFlops {
  if (!mixer) return { attention: 0, indexer: 0, recurrence: 0 };
  const core = attentionCore(mixer);
  return {
    attention: core ? pairFlops(core, tokens, tp) / cp : 0,
    indexer: core ? indexerFlops(core, tokens) / cp : 0,
    recurrence: (tokens / cp) * (recurrenceFlops(mixer) / tp),
  };
}

function pairFlops(core: AttentionCore, tokens: number, tp: number): number {
  return 2 * (core.heads / tp) * (core.keyDim + core.valueDim) * attendedPairs(core.span, tokens);
}

/** An indexer scores every pair (every entry, of a compressed cache), on every rank alike. */
function indexerFlops({ indexer, span }: AttentionCore, tokens: number): number {
  if (!indexer) return 0;
  const { topK: _, window: __, ...all } = span;
  const pairs = attendedPairs(span.compressed ? { ...all, window: 0 } : {}, tokens);
  return 2 * indexer.heads * indexer.headDim * pairs;
}
