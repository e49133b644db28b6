/**
 * What no hardware of the given datasheet can undercut. Times of serving are a model's, and are not computed again: they are held
 * against the bytes that a step must read, the work that it must do, and each other.
 */
import type { Mixer } from '../../planner/mixer.ts';
import { dtypeBytes } from '../../planner/precision.ts';
import { fastestPeak } from '../flops.ts';
import { entriesRead } from '../mixer-work.ts';
import { keptBySequence } from '../sequence-bytes.ts';
import type { Stage } from '../stages.ts';
import type { WorkerGiven } from './derive.ts';
import { flopsOf } from './flops.ts';

/** Tokens for each local expert above which none stays without: the chance is e^-32 and less. */
const manyTokens = 32;

/** Bytes of weights that a rank of the stage reads once for its decoding, whatever its kernels do. Tables are looked up, not read. */
function weightsRead({ worker, memories }: WorkerGiven, stage: Stage): number {
  const { model, grid, load, passing, setting } = worker;
  const account = memories[stage.index]?.account;
  if (!account) return 0;
  const { embedding, head } = model.precision.weights;
  const table = (model.vocabulary?.size ?? 0) * model.hiddenSize;
  const headBytes = (table / grid.tp) * Math.min(head.bytesPerParameter, embedding.bytesPerParameter);
  const moe = model.layers.find((run) => run.moe)?.moe;
  // Through several stages the sequences may pass in as many parts, and each part visits the experts for itself.
  const copies = moe ? (load.sequences * passing * grid.dp * moe.expertsPerToken) / grid.pp : 0;
  const { kind } = setting.workload.routing;
  // By Zipf's law of 0.5 the least popular expert has half of the mean: n^-1/2 of a sum of 2·n^1/2.
  const share = kind === 'uniform' ? 1 : kind === 'usual' ? 1 / 2 : 0;
  const known = share > 0 && worker.strategy.redundantExperts === 0;
  const allVisited = known && moe !== undefined && copies * share >= manyTokens * moe.experts;
  return (
    account.attentionWeight +
    account.denseWeight +
    account.sharedExpertWeight +
    account.routerWeight +
    (stage.isLast && model.vocabulary ? Math.min(account.embeddingWeight, headBytes) : 0) +
    (allVisited ? account.expertWeight : 0)
  );
}

/** Bytes of a sequence's cache, as a rank has it, that a decoding token reads in a layer, at the shortest context that it ever has. */
function cacheRead(mixer: Mixer, { worker }: WorkerGiven): number {
  const { model, grid, setting, cacheParts } = worker;
  const tokens = setting.workload.inputTokens;
  const element = dtypeBytes[model.precision.kvCache] / cacheParts;
  switch (mixer.kind) {
    case 'mla':
      return entriesRead(mixer, tokens - 1) * (mixer.kvRank + mixer.ropeDim) * element;
    case 'compressed':
      return entriesRead(mixer, tokens - 1) * mixer.headDim * element;
    case 'attention': {
      // A chunk may just have begun.
      if (mixer.chunked) return 0;
      const { overContext } = keptBySequence(mixer, { model, tokens, tp: grid.tp });
      return overContext / cacheParts;
    }
    default:
      return keptBySequence(mixer, { model, tokens, tp: grid.tp }).overHeads / grid.tp;
  }
}

function cacheReadOfStage(given: WorkerGiven, stage: Stage): number {
  let bytes = 0;
  for (const { kind, count } of stage.kinds) if (kind.run.mixer) bytes += count * cacheRead(kind.run.mixer, given);
  return bytes;
}

/**
 * Seconds that pass at least until each decoding sequence has gone through every stage once: all stages read their weights, one after
 * the other; meanwhile each reads the cache of all its sequences, and does their work.
 */
export function leastDecode(given: WorkerGiven): number {
  const { worker, derived, specs } = given;
  const { sequences } = worker.load;
  if (sequences === 0) return 0;
  const { memoryBandwidth } = specs.cluster.gpu;
  const peak = fastestPeak(specs);
  let passing = 0;
  let longest = 0;
  for (const stage of derived.stages) {
    const weights = weightsRead(given, stage);
    passing += weights / memoryBandwidth;
    const reading = (weights + sequences * cacheReadOfStage(given, stage)) / memoryBandwidth;
    const working = flopsOf(worker, stage, { sequences, promptTokens: 0, ranks: worker.grid.dp }) / peak;
    longest = Math.max(longest, reading, working);
  }
  return Math.max(passing, longest);
}

/**
 * Seconds that a prompt takes at least which is alone: the work of all stages at the full rate, one after the other, where it goes through
 * them in one pass; that of the longest stage where several passes may follow each other.
 */
export function leastPrefill({ worker, derived, specs }: WorkerGiven): number {
  const { computed, passes } = worker.prompt;
  const work = derived.stages.map((stage) =>
    flopsOf(worker, stage, { sequences: 0, promptTokens: computed, ranks: 1 }),
  );
  const least = passes === 1 ? work.reduce((sum, each) => sum + each, 0) : Math.max(...work);
  return least / fastestPeak(specs);
}

/** Seconds that a mean step takes at least. */
export function leastStep(given: WorkerGiven): number {
  return Math.max(given.derived.busiest.flops / fastestPeak(given.specs), leastDecodeOfStage(given));
}

/** A mean step may be one stage's turn: what the longest of them reads. */
function leastDecodeOfStage(given: WorkerGiven): number {
  const { worker, derived, specs } = given;
  if (worker.load.sequences === 0) return 0;
  const read = derived.stages.map((stage) => weightsRead(given, stage));
  return Math.max(...read) / specs.cluster.gpu.memoryBandwidth;
}
