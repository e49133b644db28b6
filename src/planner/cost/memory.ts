/** Bytes on one rank, class by class, as docs/accounting.md defines them. Exact arithmetic: nothing here is a model. */
import type { MemoryAccount } from '../estimate.ts';
import type { LayerRun, Model, MoeFfn } from '../model.ts';
import { dtypeBytes, residualBytes, type WeightClass } from '../precision.ts';
import type { Strategy } from '../strategy.ts';
import type { BatchWorkload } from '../workload.ts';
import {
  cacheParts,
  denseParametersPerRank,
  expertParametersPerRank,
  expertWidth,
  finalNorms,
  gatheredKvBytes,
  layerNorms,
  mixerParametersPerRank,
  mixerWidths,
  routerParametersPerRank,
  sharedParametersPerRank,
} from './layer.ts';
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
  let peak = run.mixer ? tokens * (h * a + residualBytes * (widths.inputs + widths.output + h)) : 0;
  const ffn = (rows: number, outer: number, width: number, matrices: number) =>
    rows * (outer * a + residualBytes * (matrices - 1) * width + a * width + residualBytes * outer);
  if (run.dense) peak = Math.max(peak, ffn(tokens, h, run.dense.intermediateSize / tp, run.dense.matrices));
  const moe = run.moe;
  if (moe) {
    const rows = routedTokens(moe, strategy, share).most;
    peak = Math.max(peak, ffn(rows, expertWidth(moe, h), moe.intermediateSize / etp, moe.matrices));
    if (moe.sharedIntermediateSize > 0) {
      peak = Math.max(peak, ffn(tokens, h, moe.sharedIntermediateSize / tp, moe.matrices));
    }
  }
  return peak;
}

/** Bytes of the residual stream of one token: one stream of h, or several. */
export function residualTokenBytes({ hiddenSize, residualStreams = 1 }: Model): number {
  return residualStreams * hiddenSize * residualBytes;
}

export interface RankLoad {
  readonly shape: StageShape;
  /** Sequences whose KV the rank keeps. */
  readonly sequences: number;
}

export function memoryOf(model: Model, workload: BatchWorkload, strategy: Strategy, load: RankLoad): MemoryAccount {
  const { shape, sequences } = load;
  const { tp, cp, pp, ep, etp } = strategy;
  const h = model.hiddenSize;
  const { precision, vocabulary } = model;
  const a = dtypeBytes[precision.activations];
  const micro = microBatchOf(strategy, workload);
  // Sums of what tp, ep, etp or cp divides are whole numbers here, and divided where they are rounded up: a sum of fractions
  // may come out a hair above the integer that it is.
  let attention = 0;
  let dense = 0;
  let expert = 0;
  let shared = 0;
  let router = 0;
  let norm = shape.last ? finalNorms(model) : 0;
  let cache = 0;
  let widestKv = 0;
  let phase = 0;
  let dispatch = 0;
  let layers = 0;
  const tokens = workload.sequenceLength;
  for (const [i, run] of model.layers.entries()) {
    const count = shape.counts[i] ?? 0;
    if (count === 0) continue;
    layers += count;
    attention += count * mixerParametersPerRank(run.mixer, { hidden: h, tp });
    norm += count * layerNorms(run, model);
    dense += count * denseParametersPerRank(run, model, 1);
    shared += count * sharedParametersPerRank(run, h, 1);
    router += count * routerParametersPerRank(run, h);
    const { overCp, overTp } = cacheParts(run.mixer, model, { tokens, tp });
    cache += count * (overCp * tp + overTp * cp);
    widestKv = Math.max(widestKv, gatheredKvBytes(run.mixer, model, { tokens: micro.sequences * tokens, tp }));
    const moe = run.moe;
    if (moe) {
      expert += count * expertParametersPerRank(moe, h, { ep: 1, etp: 1 });
      const copies = micro.share * moe.expertsPerToken * expertWidth(moe, h);
      if (ep > 1) dispatch = Math.max(dispatch, copies * (a + residualBytes));
    }
    phase = Math.max(phase, phases(run, model, strategy, micro));
  }
  let embedding = 0;
  if (vocabulary) {
    const { size, tied, perLayer } = vocabulary;
    const table = (weightClass: 'embedding' | 'head', parameters: number) =>
      Math.ceil((parameters * precision.weights[weightClass].bytesPerParameter) / tp);
    if (shape.first) embedding += table('embedding', size * h);
    // Each stage keeps the tables of its own layers.
    if (perLayer) embedding += table('embedding', perLayer.vocabularySize * layers * perLayer.size);
    if (shape.last) {
      const copy = tied && shape.first ? 0 : size * h;
      embedding += table('head', copy + (vocabulary.headBias ? size : 0));
      phase = Math.max(phase, micro.sequences * (residualBytes * h + (4 * size) / tp));
    }
  }
  const bytes = (weightClass: WeightClass, parameters: number, over = 1) =>
    Math.ceil((parameters * precision.weights[weightClass].bytesPerParameter) / over);
  const parts = {
    attentionWeight: bytes('attention', attention),
    denseWeight: bytes('dense', dense, tp),
    expertWeight: bytes('expert', expert, ep * etp),
    sharedExpertWeight: bytes('shared', shared, tp),
    routerWeight: bytes('router', router),
    embeddingWeight: embedding,
    normWeight: bytes('norm', norm),
    kvCache: Math.ceil((sequences * cache) / (tp * cp)),
    activation: Math.ceil(micro.share * residualTokenBytes(model) + phase),
    messageBuffer:
      Math.ceil(dispatch) +
      (cp > 1 ? Math.ceil(widestKv) : 0) +
      (pp > 1 ? 2 * micro.share * residualTokenBytes(model) : 0),
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
