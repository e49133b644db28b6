/**
 * What a strategy makes of one problem, before any cost: how layers fall into stages and tokens onto ranks. Definitions:
 * docs/accounting.md.
 */
import type { LayerRun, Model } from '../model.ts';
import { layerCount } from '../model.ts';
import { stageLayers } from '../placement.ts';
import type { Strategy } from '../strategy.ts';
import type { BatchWorkload } from '../workload.ts';

/** A stage by what it holds. Stages of equal content are one entry. */
export interface StageShape {
  /** Layers of each of the model's runs, by index. */
  readonly counts: readonly number[];
  readonly first: boolean;
  readonly last: boolean;
  /** The first stage of this shape, and how many there are. */
  readonly stage: number;
  readonly stages: number;
}

export function stageShapes(model: Model, pp: number): readonly StageShape[] {
  const shapes: (StageShape & { stages: number })[] = [];
  const layers = layerCount(model);
  for (let stage = 0; stage < pp; stage++) {
    const range = stageLayers(layers, pp, stage);
    const counts = runCounts(model.layers, range.first, range.count);
    const first = stage === 0;
    const last = stage === pp - 1;
    const same = shapes.find(
      (s) => s.first === first && s.last === last && s.counts.every((count, i) => count === counts[i]),
    );
    if (same) same.stages++;
    else shapes.push({ counts, first, last, stage, stages: 1 });
  }
  return shapes;
}

function runCounts(runs: readonly LayerRun[], first: number, count: number): number[] {
  let start = 0;
  return runs.map((run) => {
    const from = Math.max(first, start);
    const to = Math.min(first + count, start + run.count);
    start += run.count;
    return Math.max(0, to - from);
  });
}

/** Sequences of the data-parallel ranks: the first `heavy` take `most`, the others `least`. */
export interface BatchSplit {
  readonly most: number;
  readonly least: number;
  readonly heavy: number;
}

export function splitBatch(batchSize: number, dp: number): BatchSplit {
  const least = Math.floor(batchSize / dp);
  const rest = batchSize % dp;
  return rest === 0 ? { most: least, least, heavy: dp } : { most: least + 1, least, heavy: rest };
}

/** Tokens of one micro-batch. */
export interface MicroBatch {
  readonly sequences: number;
  /** On one rank of the TP group: sequences·S/cp. */
  readonly tokens: number;
  /** Where tokens are split over the TP group: ⌈tokens/tp⌉. */
  readonly share: number;
  /** How many there are. */
  readonly count: number;
}

export function microBatchOf(strategy: Strategy, workload: BatchWorkload): MicroBatch {
  const { most } = splitBatch(workload.batchSize, strategy.dp);
  const sequences = strategy.microBatchSize;
  const tokens = (sequences * workload.sequenceLength) / strategy.cp;
  return { sequences, tokens, share: Math.ceil(tokens / strategy.tp), count: Math.ceil(most / sequences) };
}

/** Micro-batch sizes worth trying: with one stage the whole, otherwise the powers of two below it and itself. */
export function microBatchSizes(most: number, pp: number): readonly number[] {
  if (pp === 1) return [most];
  const sizes: number[] = [];
  for (let size = 1; size < most; size *= 2) sizes.push(size);
  sizes.push(most);
  return sizes;
}

/** How many microBatchSizes gives: ⌈log2(most)⌉ + 1 with several stages. */
export function microBatchChoices(most: number, pp: number): number {
  if (pp === 1) return 1;
  let choices = 1;
  for (let size = 1; size < most; size *= 2) choices++;
  return choices;
}
