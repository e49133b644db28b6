/** FLOPs of each rank in one step at mean routing, as docs/accounting.md defines them: products and attention, nothing element-wise. */
import type { Model } from '../model.ts';
import { expertParameters, parameterCounts } from '../parameters.ts';
import { computeDtype, type WeightClass, weightClasses } from '../precision.ts';
import { type Strategy, stageGpus } from '../strategy.ts';
import type { BatchWorkload } from '../workload.ts';
import {
  coreFlops,
  denseParametersPerRank,
  mixerParametersPerRank,
  routerParametersPerRank,
  sharedParametersPerRank,
} from './layer.ts';
import { type StageShape, splitBatch } from './shape.ts';
import type { Share } from './spread.ts';

/** FLOPs of a rank in one step: `own` per sequence it holds, `routed` per token that its EP×ETP block holds. */
export interface StageFlops {
  readonly own: number;
  readonly routed: number;
}

export function stageFlops(
  model: Model,
  { sequenceLength }: BatchWorkload,
  strategy: Strategy,
  shape: StageShape,
): StageFlops {
  const { tp, cp, ep, etp } = strategy;
  const h = model.hiddenSize;
  const tokens = sequenceLength / cp;
  let own = 0;
  let routed = 0;
  for (const [i, run] of model.layers.entries()) {
    const count = shape.counts[i] ?? 0;
    if (count === 0) continue;
    const weights =
      mixerParametersPerRank(run.mixer, { hidden: h, tp }) +
      denseParametersPerRank(run, model, tp) +
      sharedParametersPerRank(run, h, tp) +
      routerParametersPerRank(run, h) / tp;
    const core = coreFlops(run.mixer, { tokens: sequenceLength, tp, cp });
    own += count * (2 * tokens * weights + core.attention + core.indexer + core.recurrence);
    const { moe } = run;
    if (moe) routed += count * 2 * (expertParameters(moe, h) / etp) * (moe.expertsPerToken / ep);
  }
  if (shape.last && model.vocabulary) own += (2 * h * model.vocabulary.size) / (tp * cp);
  return { own, routed };
}

/** FLOPs over all ranks: ranks of equal work are one entry. */
export function flopsShares(
  model: Model,
  workload: BatchWorkload,
  strategy: Strategy,
  shapes: readonly StageShape[],
): readonly Share[] {
  const { tp, cp, dp, ep, etp } = strategy;
  const split = splitBatch(workload.batchSize, dp);
  const inStage = stageGpus(strategy);
  const slice = tp * cp;
  const block = ep * etp;
  const perSequence = workload.sequenceLength / cp / tp;
  const shares: Share[] = [];
  for (const shape of shapes) {
    const { own, routed } = stageFlops(model, workload, strategy, shape);
    if (split.most === split.least) {
      const tokens = block * split.most * perSequence;
      shares.push({ value: split.most * own + routed * tokens, ranks: inStage * shape.stages });
      continue;
    }
    // Heavy and light data-parallel ranks may share an EP×ETP block, which then holds a number of tokens between theirs.
    const heavyRanks = split.heavy * slice;
    for (let first = 0; first < inStage; first += block) {
      const heavy = Math.min(Math.max(heavyRanks - first, 0), block);
      const tokens = (heavy * split.most + (block - heavy) * split.least) * perSequence;
      if (heavy > 0) shares.push({ value: split.most * own + routed * tokens, ranks: heavy * shape.stages });
      if (heavy < block)
        shares.push({ value: split.least * own + routed * tokens, ranks: (block - heavy) * shape.stages });
    }
  }
  return shares;
}

/** The weight class that holds most of the model's parameters: the peak that utilisation is measured against is its. */
export function mainPeak(model: Model, peaks: Readonly<Record<ReturnType<typeof computeDtype>, number>>): number {
  const counts = parameterCounts(model);
  let main: WeightClass = 'attention';
  for (const weightClass of weightClasses) if (counts[weightClass] > counts[main]) main = weightClass;
  return peaks[computeDtype(model.precision.weights[main].dtype, model.precision.activations)];
}
