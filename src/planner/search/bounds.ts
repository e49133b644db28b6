/**
 * Bounds from below on an objective's terms for a layout, over every expert fold it may have. A lexicographic order of bounds bounds
 * the lexicographic order: where an earlier bound is met exactly the later one still holds.
 *
 * - degree terms but experts per GPU and the fold's difference: exact;
 * - experts per GPU: the largest ep that divides both the experts and the stage;
 * - step: attention, dense and shared blocks exactly, with the cheapest links; experts at their compute roof with balanced routing (their
 *   FLOPs on the busiest rank do not depend on the fold, their efficiency is at most the curve's), no exchange;
 * - total bytes: the largest stage holds at least the mean of all; weights and KV that do not depend on the fold, routed experts spread
 *   over all GPUs of the stage, of activations only the residual stream, no embeddings, no message buffers.
 */
import type { BatchCost } from '../cost/batch.ts';
import {
  cacheBytes,
  denseParametersPerRank,
  expertParametersPerRank,
  layerNorms,
  mixerParametersPerRank,
  routerParametersPerRank,
  sharedParametersPerRank,
} from '../cost/layer.ts';
import { microBatchOf, splitBatch } from '../cost/shape.ts';
import { residualBytes, type WeightClass } from '../precision.ts';
import type { Problem } from '../result.ts';
import { type Strategy, stageGpus } from '../strategy.ts';
import { degreeTerm, type Term } from './objective.ts';

export interface BoundContext {
  readonly problem: Problem;
  readonly cost: BatchCost;
  readonly fixed: (tp: number) => FixedBytes;
  /** Experts a GPU holds of a layer with the best fold. */
  readonly fewestExperts: number;
}

/** Bytes on the largest rank, at least. */
export function memoryBound(strategy: Strategy, { problem, fixed }: BoundContext): number {
  const { model, workload } = problem;
  const { tp, cp, pp } = strategy;
  const { weights, sequenceCache } = fixed(tp);
  const cache = (splitBatch(workload.batchSize, strategy.dp).most * sequenceCache) / cp;
  const perStage = (weights + fixed(1).experts / stageGpus(strategy) + cache) / pp;
  const residual = microBatchOf(strategy, workload).share * model.hiddenSize * residualBytes;
  return Math.floor((perStage + residual) * (1 - 1e-12));
}

/** Bytes of all layers that depend on tp at most. */
export interface FixedBytes {
  /** Attention, dense, shared, router and layer norms, of a rank that held every layer. */
  readonly weights: number;
  /** All routed experts of all layers, unsplit. */
  readonly experts: number;
  /** Cache of one sequence in all layers on one rank, not yet split by cp. */
  readonly sequenceCache: number;
}

export function fixedBytes(problem: Problem): (tp: number) => FixedBytes {
  const { model } = problem;
  const known = new Map<number, FixedBytes>();
  const h = model.hiddenSize;
  const size = (weightClass: WeightClass) => model.precision.weights[weightClass].bytesPerParameter;
  return (tp) => {
    const found = known.get(tp);
    if (found) return found;
    let weights = 0;
    let experts = 0;
    let sequenceCache = 0;
    for (const run of model.layers) {
      const { count, mixer, moe } = run;
      weights +=
        count *
        (mixerParametersPerRank(mixer, { hidden: h, tp }) * size('attention') +
          layerNorms(run, model) * size('norm') +
          denseParametersPerRank(run, model, tp) * size('dense') +
          sharedParametersPerRank(run, h, tp) * size('shared') +
          routerParametersPerRank(run, h) * size('router'));
      sequenceCache += count * cacheBytes(mixer, model, { tokens: problem.workload.sequenceLength, tp, cp: 1 });
      if (moe) experts += count * expertParametersPerRank(moe, h, { ep: 1, etp: 1 }) * size('expert');
    }
    const made = { weights, experts, sequenceCache };
    known.set(tp, made);
    return made;
  };
}

/** Bounds on the leading terms that the degrees alone decide: what layouts are sorted by when there are any. */
export function degreeBound(order: readonly Term[], strategy: Strategy, context: BoundContext): number[] {
  const bound: number[] = [];
  for (const term of order) {
    if (term === 'expertsPerGpu') bound.push(context.fewestExperts);
    else if (term === 'foldDiffers') bound.push(0);
    else {
      const value = degreeTerm(term, strategy, context.problem.model);
      if (value === undefined) break;
      bound.push(value);
    }
  }
  return bound;
}

/** A bound on the first term that has to be computed; undefined where the order has none. */
export function costBound(order: readonly Term[], strategy: Strategy, context: BoundContext): number | undefined {
  const term = order.find((t) => t === 'totalBytes' || t === 'step');
  if (term === undefined) return undefined;
  return term === 'step' ? context.cost.stepBound(strategy) : memoryBound(strategy, context);
}
