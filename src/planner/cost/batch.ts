/**
 * Workload `batch`: one causal forward pass over a batch of prompts. KV of the whole batch is kept; logits are computed for
 * the last position of each sequence, where there is a vocabulary.
 *
 * Layouts compose blocks in closed form: a stage's time is the sum of its layers' blocks, and m micro-batches pass pp stages in
 * Σ stages + (m − 1) · the slowest (inference fills and drains the pipeline once).
 */
import type { Cluster } from '../cluster.ts';
import type { MemoryAccount } from '../estimate.ts';
import type { Model } from '../model.ts';
import { type Degrees, type Strategy, stageGpus } from '../strategy.ts';
import type { BatchWorkload } from '../workload.ts';
import { attentionBlock, type BlockContext, type BlockSpans, sharedFfnBlock, vocabularyBlock } from './block.ts';
import { hopTime } from './collectives.ts';
import { expertBlock } from './expert-block.ts';
import { expertWidth } from './layer.ts';
import { memoryOf, residualTokenBytes } from './memory.ts';
import { expertsBound } from './operators.ts';
import { addNetwork, addProfile, emptyProfile, type Profile } from './profile.ts';
import { type MicroBatch, microBatchOf, type StageShape, splitBatch, stageShapes } from './shape.ts';
import { aloneSpan, type NumberedSpan, type StrategySpans, spanIndex } from './spans.ts';

export interface BatchCost {
  readonly shapes: (pp: number) => readonly StageShape[];
  readonly spans: (degrees: Degrees) => StrategySpans;
  /** The account of the largest rank, and the first stage that has it. */
  readonly memory: (strategy: Strategy) => { readonly account: MemoryAccount; readonly stage: number };
  /** Seconds of a step. */
  readonly step: (strategy: Strategy) => number;
  /** A bound from below on `step` over every ep and etp: experts at their compute roof, balanced, and no exchange. */
  readonly stepBound: (strategy: Strategy) => number;
  /** The step's critical path by parts, and the share in which the slowest stage idles. */
  readonly path: (strategy: Strategy) => { readonly profile: Profile; readonly bubble: number };
}

export interface BatchProblem {
  readonly cluster: Cluster;
  readonly model: Model;
  readonly workload: BatchWorkload;
}

/** Seconds by two numbers, for one run of layers. Only sums are kept: a search looks at many more blocks than it explains. */
type Memo = Map<number, Map<number, number>>;

function remembered(memo: Memo | undefined, a: number, b: number, make: () => Profile): number {
  if (!memo) return make().total;
  let inner = memo.get(a);
  if (!inner) {
    inner = new Map();
    memo.set(a, inner);
  }
  let seconds = inner.get(b);
  if (seconds === undefined) {
    seconds = make().total;
    inner.set(b, seconds);
  }
  return seconds;
}

/** Two whole numbers as one key: the first below 2^24, the second below 2^28. */
const pair = (a: number, b: number): number => a * 2 ** 28 + b;

export function batchCost({ cluster, model, workload }: BatchProblem): BatchCost {
  const context: BlockContext = { cluster, model, sequenceLength: workload.sequenceLength };
  const memos = () => model.layers.map((): Memo => new Map());
  const attentionMemos = memos();
  const ffnMemos = memos();
  const expertMemos = memos();
  const shapesByPp = new Map<number, readonly StageShape[]>();
  const spans = spanIndex(cluster);

  const shapes = (pp: number): readonly StageShape[] => {
    let known = shapesByPp.get(pp);
    if (!known) {
      known = stageShapes(model, pp);
      shapesByPp.set(pp, known);
    }
    return known;
  };

  const plain = (s: { tp: NumberedSpan; cp: NumberedSpan; ep: NumberedSpan; etp: NumberedSpan }): BlockSpans => ({
    tp: s.tp.span,
    cp: s.cp.span,
    ep: s.ep.span,
    etp: s.etp.span,
  });

  type Block = (i: number, strategy: Strategy, micro: MicroBatch, s: StrategySpans) => Profile;
  const block =
    (make: typeof attentionBlock): Block =>
    (i, strategy, micro, s) => {
      const run = model.layers[i];
      return run ? make(context, run, strategy, micro, plain(s)) : emptyProfile();
    };
  const attentionOf = block(attentionBlock);
  const ffnOf = block(sharedFfnBlock);
  const expertsOf = block(expertBlock);

  /** Attention and FFN of one layer of run i: all but routed experts. */
  const commonSeconds = (i: number, strategy: Strategy, micro: MicroBatch, s: StrategySpans): number => {
    const size = pair(strategy.cp, micro.sequences);
    return (
      remembered(attentionMemos[i], pair(s.tp.id, s.cp.id), size, () => attentionOf(i, strategy, micro, s)) +
      remembered(ffnMemos[i], s.tp.id, size, () => ffnOf(i, strategy, micro, s))
    );
  };

  const expertSeconds = (i: number, strategy: Strategy, micro: MicroBatch, s: StrategySpans): number =>
    model.layers[i]?.moe
      ? remembered(expertMemos[i], pair(s.ep.id, s.etp.id), micro.share, () => expertsOf(i, strategy, micro, s))
      : 0;

  /** Seconds of the routed experts of one layer of run i that no ep and etp can undercut. */
  const expertBound = (i: number, micro: MicroBatch): number => {
    const moe = model.layers[i]?.moe;
    if (!moe) return 0;
    const { weights, activations } = model.precision;
    const matrices = moe.matrices * expertWidth(moe, model.hiddenSize) * moe.intermediateSize;
    return expertsBound(cluster.gpu, 2 * matrices * moe.expertsPerToken * micro.share, weights.expert, activations);
  };

  const hopBytes = (micro: MicroBatch) => micro.share * residualTokenBytes(model);

  /** Seconds of one layer of each run, filled in anew for each strategy. */
  const perLayer = new Float64Array(model.layers.length);

  /** Σ stages + (m − 1) · the slowest, of what perLayer says. `hop` is what every stage but the last adds. */
  const sumStages = (
    strategy: Strategy,
    micro: MicroBatch,
    ends: { first: number; last: number; hop: number },
  ): number => {
    let sum = 0;
    let slowest = 0;
    for (const shape of shapes(strategy.pp)) {
      let seconds = (shape.first ? ends.first : 0) + (shape.last ? ends.last : ends.hop);
      for (let i = 0; i < perLayer.length; i++) seconds += (shape.counts[i] ?? 0) * (perLayer[i] ?? 0);
      sum += seconds * shape.stages;
      if (seconds > slowest) slowest = seconds;
    }
    return sum + (micro.count - 1) * slowest;
  };

  const vocabularyMemo: Memo = new Map();
  /** Embedding look-up and LM head; 0 seconds where there is no vocabulary. */
  const vocabularySeconds = (
    strategy: Strategy,
    micro: MicroBatch,
    s: StrategySpans,
    end: 'first' | 'last',
  ): number => {
    if (!model.vocabulary) return 0;
    const which = pair(s.tp.id, end === 'first' ? 0 : 1);
    const make = () => vocabularyBlock(context, strategy, micro, plain(s))[end];
    return remembered(vocabularyMemo, which, pair(strategy.cp, micro.sequences), make);
  };

  const step = (strategy: Strategy): number => {
    const micro = microBatchOf(strategy, workload);
    const s = spans(strategy);
    for (let i = 0; i < perLayer.length; i++) {
      perLayer[i] = commonSeconds(i, strategy, micro, s) + expertSeconds(i, strategy, micro, s);
    }
    return sumStages(strategy, micro, {
      first: vocabularySeconds(strategy, micro, s, 'first'),
      last: vocabularySeconds(strategy, micro, s, 'last'),
      hop: hopTime(cluster, s.hopCrosses, hopBytes(micro)).seconds,
    });
  };

  const stepBound = (strategy: Strategy): number => {
    const micro = microBatchOf(strategy, workload);
    const { tp, ep, etp, hopCrosses } = spans(strategy);
    const s: StrategySpans = { tp, cp: aloneSpan, ep, etp, hopCrosses };
    for (let i = 0; i < perLayer.length; i++)
      perLayer[i] = commonSeconds(i, strategy, micro, s) + expertBound(i, micro);
    const hop = Math.min(
      hopTime(cluster, true, hopBytes(micro)).seconds,
      hopTime(cluster, false, hopBytes(micro)).seconds,
    );
    // Slightly low, so that a candidate which meets the bound exactly is not lost to rounding.
    return (1 - 1e-9) * sumStages(strategy, micro, { first: 0, last: 0, hop });
  };

  const path = (strategy: Strategy) => {
    const micro = microBatchOf(strategy, workload);
    const s = spans(strategy);
    const vocabulary = vocabularyBlock(context, strategy, micro, plain(s));
    const profile = emptyProfile();
    let slowest = emptyProfile();
    for (const shape of shapes(strategy.pp)) {
      const stage = emptyProfile();
      for (let i = 0; i < model.layers.length; i++) {
        const count = shape.counts[i] ?? 0;
        if (count === 0) continue;
        for (const make of [attentionOf, ffnOf, expertsOf]) addProfile(stage, make(i, strategy, micro, s), count);
      }
      if (shape.first) addProfile(stage, vocabulary.first, 1);
      if (shape.last) addProfile(stage, vocabulary.last, 1);
      else addNetwork(stage, 'pipeline hops', hopTime(cluster, s.hopCrosses, hopBytes(micro)));
      addProfile(profile, stage, shape.stages);
      if (stage.total > slowest.total) slowest = stage;
    }
    addProfile(profile, slowest, micro.count - 1);
    return { profile, bubble: 1 - (micro.count * slowest.total) / profile.total };
  };

  const memory = (strategy: Strategy) => {
    const { most } = splitBatch(workload.batchSize, strategy.dp);
    let largest: { account: MemoryAccount; stage: number } | undefined;
    for (const shape of shapes(strategy.pp)) {
      const account = memoryOf(model, workload, strategy, { shape, sequences: most });
      if (!largest || account.total > largest.account.total) largest = { account, stage: shape.stage };
    }
    if (!largest) throw new RangeError(`pp = ${strategy.pp} leaves no stage`);
    return largest;
  };

  return { shapes, spans, memory, step, stepBound, path };
}

/** Ranks before a stage of the first replica. */
export function firstRankOfStage(strategy: Strategy, stage: number): number {
  return stage * stageGpus(strategy);
}
