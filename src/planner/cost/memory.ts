/** Bytes on one rank, class by class, as docs/accounting.md defines them. Exact arithmetic: nothing here is a model. */
import type { MemoryAccount } from '../estimate.ts';
import type { LayerRun, Model, MoeFfn } from '../model.ts';
import { dtypeBytes, residualBytes } from '../precision.ts';
import type { Strategy } from '../strategy.ts';
import type { BatchWorkload } from '../workload.ts';
import {
  cacheParts,
  denseParametersPerRank,
  expertParametersPerRank,
  expertWidth,
  gatheredKvBytes,
  layerNorms,
  mixerParametersPerRank,
  mixerWidths,
  routerParametersPerRank,
  sharedParametersPerRank,
} from './layer.ts';
import { imbalanceCap, routingImbalance } from './routing.ts';
import { type MicroBatch, microBatchOf, type StageShape } from './shape.ts';
import { weightAccount, withoutLayers } from './weights.ts';

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
  const sums = withoutLayers(model, shape);
  // Divided where it is rounded up, as the sums are.
  let cache = 0;
  let widestKv = 0;
  let phase = 0;
  let dispatch = 0;
  const tokens = workload.sequenceLength;
  for (const [i, run] of model.layers.entries()) {
    const count = shape.counts[i] ?? 0;
    if (count === 0) continue;
    sums.layers += count;
    sums.attention += count * mixerParametersPerRank(run.mixer, { hidden: h, tp });
    sums.norm += count * layerNorms(run, model);
    sums.dense += count * denseParametersPerRank(run, model, 1);
    sums.shared += count * sharedParametersPerRank(run, h, 1);
    sums.router += count * routerParametersPerRank(run, h);
    const { overCp, overTp } = cacheParts(run.mixer, model, { tokens, tp });
    cache += count * (overCp * tp + overTp * cp);
    widestKv = Math.max(widestKv, gatheredKvBytes(run.mixer, model, { tokens: micro.sequences * tokens, tp }));
    const moe = run.moe;
    if (moe) {
      sums.expert += count * expertParametersPerRank(moe, h, { ep: 1, etp: 1 });
      const copies = micro.share * moe.expertsPerToken * expertWidth(moe, h);
      if (ep > 1) dispatch = Math.max(dispatch, copies * (a + residualBytes));
    }
    phase = Math.max(phase, phases(run, model, strategy, micro));
  }
  if (vocabulary && shape.last) {
    phase = Math.max(phase, micro.sequences * (residualBytes * h + (4 * vocabulary.size) / tp));
  }
  const { first, last } = shape;
  const parts = {
    ...weightAccount(model, sums, { tp, ep, etp, first, last, looksUp: first, vocabularySize: vocabulary?.size ?? 0 }),
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
