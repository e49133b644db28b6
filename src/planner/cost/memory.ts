/** Bytes on one rank, class by class, as docs/accounting.md defines them. Exact arithmetic: nothing here is a model. */
import type { MemoryAccount } from '../estimate.ts';
import { kvElementsPerRank, type LayerRun, type Mixer, type Model, type MoeFfn, mixerParameters } from '../model.ts';
import { dtypeBytes, residualBytes, type WeightClass } from '../precision.ts';
import type { Strategy } from '../strategy.ts';
import type { BatchWorkload } from '../workload.ts';
import { imbalanceCap, routingImbalance } from './routing.ts';
import { type MicroBatch, microBatchOf, type StageShape } from './shape.ts';

const gib = 2 ** 30;

/**
 * What the GPU's context and the collectives library take. Measured on vLLM 0.19 and H100 (llm-d-planner, accuracy_report.md
 * @875a4fd6): 0.25 to 0.27 GiB on a rank without collectives, 2.07 to 2.17 GiB with a TP group. The upper ends: it errs high.
 */
export const reserveBytes = { alone: Math.round(0.27 * gib), withCollectives: Math.round(2.17 * gib) } as const;

export function runtimeReserve({ tp, cp, ep, etp }: Strategy): number {
  return tp * cp * ep * etp === 1 ? reserveBytes.alone : reserveBytes.withCollectives;
}

/** Parameters of one layer's mixer on a rank of tp. */
export function mixerParametersPerRank(mixer: Mixer, { hidden, tp }: { hidden: number; tp: number }): number {
  const { sharded, perKvHead, kvHeads, replicated } = mixerParameters(mixer, hidden);
  return sharded / tp + (perKvHead === 0 ? 0 : perKvHead * Math.max(1, kvHeads / tp)) + replicated;
}

/** Parameters of the routed experts of one layer on a rank. */
export function expertParametersPerRank(moe: MoeFfn, hidden: number, { ep, etp }: Strategy): number {
  return ((moe.experts / ep) * moe.matrices * hidden * moe.intermediateSize) / etp;
}

/** Width of what attention makes of the hidden state on a rank, in elements a token: its inputs' and its output's. */
export function mixerWidths(mixer: Mixer, tp: number): { readonly inputs: number; readonly output: number } {
  if (mixer.kind === 'attention') {
    const output = (mixer.heads / tp) * mixer.headDim;
    return { inputs: output + 2 * Math.max(1, mixer.kvHeads / tp) * mixer.headDim, output };
  }
  const { heads, queryRank, kvRank, nopeDim, ropeDim, valueDim } = mixer;
  const perHead = heads / tp;
  return {
    inputs: queryRank + kvRank + ropeDim + perHead * (2 * (nopeDim + ropeDim) + valueDim),
    output: perHead * valueDim,
  };
}

/** Tokens that the busiest rank of an EP group receives of one micro-batch, on average and expected at most. */
export function routedTokens(moe: MoeFfn, { ep, etp }: Strategy, share: number) {
  const { experts, expertsPerToken } = moe;
  const mean = etp * share * expertsPerToken;
  const routing = { ep, mean, experts, expertsPerToken };
  const imbalance = routingImbalance(routing);
  // At the cap the product is a whole number, which rounding must not miss.
  const capped = imbalance === imbalanceCap(routing);
  const most = capped ? ep * etp * share * Math.min(expertsPerToken, experts / ep) : Math.ceil(mean * imbalance);
  return { mean, imbalance, most };
}

function phases(run: LayerRun, model: Model, strategy: Strategy, { tokens, share }: MicroBatch): number {
  const h = model.hiddenSize;
  const a = dtypeBytes[model.precision.activations];
  const { tp, etp } = strategy;
  const widths = mixerWidths(run.mixer, tp);
  let peak = tokens * (h * a + residualBytes * (widths.inputs + widths.output + h));
  const ffn = (rows: number, width: number, matrices: number) =>
    rows * (h * a + residualBytes * (matrices - 1) * width + a * width + residualBytes * h);
  if (run.dense) peak = Math.max(peak, ffn(tokens, run.dense.intermediateSize / tp, run.dense.matrices));
  const moe = run.moe;
  if (moe) {
    peak = Math.max(peak, ffn(routedTokens(moe, strategy, share).most, moe.intermediateSize / etp, moe.matrices));
    if (moe.sharedIntermediateSize > 0) {
      peak = Math.max(peak, ffn(tokens, moe.sharedIntermediateSize / tp, moe.matrices));
    }
  }
  return peak;
}

export interface RankLoad {
  readonly shape: StageShape;
  /** Sequences whose KV the rank keeps. */
  readonly sequences: number;
}

export function memoryOf(model: Model, workload: BatchWorkload, strategy: Strategy, load: RankLoad): MemoryAccount {
  const { shape, sequences } = load;
  const { tp, cp, pp, ep } = strategy;
  const h = model.hiddenSize;
  const { precision, vocabulary } = model;
  const kvBytes = dtypeBytes[precision.kvCache];
  const a = dtypeBytes[precision.activations];
  const micro = microBatchOf(strategy, workload);
  let attention = 0;
  let dense = 0;
  let expert = 0;
  let shared = 0;
  let router = 0;
  let norm = shape.last ? h : 0;
  let kv = 0;
  let widestKv = 0;
  let phase = 0;
  let dispatch = 0;
  for (const [i, run] of model.layers.entries()) {
    const count = shape.counts[i] ?? 0;
    if (count === 0) continue;
    const elements = kvElementsPerRank(run.mixer, tp);
    attention += count * mixerParametersPerRank(run.mixer, { hidden: h, tp });
    norm += count * 2 * h;
    kv += count * elements;
    widestKv = Math.max(widestKv, elements);
    if (run.dense) dense += (count * run.dense.matrices * h * run.dense.intermediateSize) / tp;
    const moe = run.moe;
    if (moe) {
      expert += count * expertParametersPerRank(moe, h, strategy);
      shared += (count * moe.matrices * h * moe.sharedIntermediateSize) / tp;
      router += count * h * moe.experts;
      if (ep > 1) dispatch = Math.max(dispatch, micro.share * moe.expertsPerToken * h * (a + residualBytes));
    }
    phase = Math.max(phase, phases(run, model, strategy, micro));
  }
  let embedding = 0;
  if (vocabulary) {
    const table = (vocabulary.size * h) / tp;
    if (shape.first) embedding += Math.ceil(table * precision.weights.embedding.bytesPerParameter);
    if (shape.last && !(vocabulary.tied && shape.first)) {
      embedding += Math.ceil(table * precision.weights.head.bytesPerParameter);
    }
    if (shape.last) phase = Math.max(phase, micro.sequences * (residualBytes * h + (4 * vocabulary.size) / tp));
  }
  const bytes = (weightClass: WeightClass, parameters: number) =>
    Math.ceil(parameters * precision.weights[weightClass].bytesPerParameter);
  const parts = {
    attentionWeight: bytes('attention', attention),
    denseWeight: bytes('dense', dense),
    expertWeight: bytes('expert', expert),
    sharedExpertWeight: bytes('shared', shared),
    routerWeight: bytes('router', router),
    embeddingWeight: embedding,
    normWeight: bytes('norm', norm),
    kvCache: Math.ceil(((sequences * workload.sequenceLength) / cp) * kvBytes * kv),
    activation: Math.ceil(micro.share * h * residualBytes + phase),
    messageBuffer:
      Math.ceil(dispatch) +
      (cp > 1 ? Math.ceil(micro.sequences * workload.sequenceLength * kvBytes * widestKv) : 0) +
      (pp > 1 ? 2 * micro.share * h * residualBytes : 0),
  };
  const total = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return { ...parts, total, runtimeReserve: runtimeReserve(strategy) };
}

export function weightBytes(account: MemoryAccount): number {
  return (
    account.attentionWeight +
    account.denseWeight +
    account.expertWeight +
    account.sharedExpertWeight +
    account.routerWeight +
    account.embeddingWeight +
    account.normWeight
  );
}
