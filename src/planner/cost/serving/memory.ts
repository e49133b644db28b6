/** What a serving worker's memory holds, and what the engine leaves of it for the KV cache. docs/accounting.md, "Serving". */
import type { Cluster } from '../../cluster.ts';
import type { Engine } from '../../engine.ts';
import type { MemoryAccount } from '../../estimate.ts';
import type { LayerRun, Model } from '../../model.ts';
import { expertParameters } from '../../parameters.ts';
import { dtypeBytes, residualBytes, type WeightClass } from '../../precision.ts';
import {
  cacheParts,
  denseParametersPerRank,
  expertWidth,
  finalNorms,
  layerNorms,
  mixerParametersPerRank,
  mixerWidths,
  routerParametersPerRank,
  sharedParametersPerRank,
} from '../layer.ts';
import { residualTokenBytes } from '../memory.ts';
import type { Stage, WorkerLayout } from './worker.ts';

export interface MemorySetting {
  readonly cluster: Cluster;
  readonly model: Model;
  readonly engine: Engine;
  /** Tokens that a sequence keeps at most. */
  readonly sequenceTokens: number;
  /** Bytes to keep free beyond what the engine withholds. */
  readonly memoryFree: number;
}

/** One rank of a stage, without sequences. */
export interface StageMemory {
  readonly stage: number;
  readonly account: MemoryAccount;
  /** Bytes that the engine leaves for KV; negative where there is no room at all. */
  readonly pool: number;
  /** Bytes that one sequence takes of it, not rounded. */
  readonly perSequence: number;
}

/** The vocabulary as a TP group shards it: padded to a multiple of 64 a rank where it does not divide. */
export function paddedVocabulary(size: number, tp: number): number {
  return size % tp === 0 ? size : Math.ceil(size / (64 * tp)) * 64 * tp;
}

function phases(model: Model, engine: Engine, worker: WorkerLayout, run: LayerRun): number {
  const h = model.hiddenSize;
  const a = dtypeBytes[model.precision.activations];
  const { tp, dp, ep, etp } = worker;
  const tokens = engine.batchTokens;
  const widths = mixerWidths(run.mixer, tp);
  let peak = run.mixer ? tokens * (h * a + residualBytes * (widths.inputs + widths.output + h)) : 0;
  const ffn = (rows: number, outer: number, width: number, matrices: number) =>
    rows * (outer * a + residualBytes * (matrices - 1) * width + a * width + residualBytes * outer);
  if (run.dense) peak = Math.max(peak, ffn(tokens, h, run.dense.intermediateSize / tp, run.dense.matrices));
  const { moe } = run;
  if (moe) {
    const { experts, expertsPerToken } = moe;
    const most = tokens * dp * Math.min(expertsPerToken, experts / ep);
    const rows = Math.ceil(Math.min(most, (tokens * etp * expertsPerToken) / tp));
    peak = Math.max(peak, ffn(rows, expertWidth(moe, h), moe.intermediateSize / etp, moe.matrices));
    if (moe.sharedIntermediateSize > 0) {
      peak = Math.max(peak, ffn(tokens, h, moe.sharedIntermediateSize / tp, moe.matrices));
    }
  }
  return peak;
}

/** The account of a rank of a stage that keeps no sequence yet. */
export function stageMemory(setting: MemorySetting, worker: WorkerLayout, stage: Stage): StageMemory {
  const { cluster, model, engine, sequenceTokens } = setting;
  const { tp, dp, pp, ep, etp, redundantExperts } = worker;
  const h = model.hiddenSize;
  const { precision, vocabulary } = model;
  const a = dtypeBytes[precision.activations];
  let attention = 0;
  let dense = 0;
  let expert = 0;
  let shared = 0;
  let router = 0;
  let norm = stage.last ? finalNorms(model) : 0;
  let cache = 0;
  let phase = 0;
  let dispatch = 0;
  let layers = 0;
  const { blockTokens } = engine.memory;
  const tokens = Math.ceil(sequenceTokens / blockTokens) * blockTokens;
  for (const [i, run] of model.layers.entries()) {
    const count = stage.counts[i] ?? 0;
    if (count === 0) continue;
    layers += count;
    attention += count * mixerParametersPerRank(run.mixer, { hidden: h, tp });
    norm += count * layerNorms(run, model);
    dense += count * denseParametersPerRank(run, model, 1);
    shared += count * sharedParametersPerRank(run, h, 1);
    router += count * routerParametersPerRank(run, h);
    const { overCp, overTp } = cacheParts(run.mixer, model, { tokens, tp });
    cache += count * (overCp * tp + overTp);
    const { moe } = run;
    if (moe) {
      expert += count * (moe.experts + redundantExperts) * expertParameters(moe, h);
      if (ep > 1 && dp > 1) {
        const copies = engine.batchTokens * moe.expertsPerToken * expertWidth(moe, h);
        dispatch = Math.max(dispatch, (copies * (a + residualBytes)) / tp);
      }
    }
    phase = Math.max(phase, phases(model, engine, worker, run));
  }
  let embedding = 0;
  if (vocabulary) {
    const { tied, perLayer } = vocabulary;
    const size = paddedVocabulary(vocabulary.size, tp);
    const table = (weightClass: 'embedding' | 'head', parameters: number) =>
      Math.ceil((parameters * precision.weights[weightClass].bytesPerParameter) / tp);
    if (stage.first) embedding += table('embedding', size * h);
    if (perLayer) embedding += table('embedding', perLayer.vocabularySize * layers * perLayer.size);
    if (stage.last) {
      const copy = tied && stage.first ? 0 : size * h;
      embedding += table('head', copy + (vocabulary.headBias ? size : 0));
      phase = Math.max(phase, engine.maxSequences * (residualBytes * h + engine.memory.logitBytes * size));
    }
  }
  const bytes = (weightClass: WeightClass, parameters: number, over = 1) =>
    Math.ceil((parameters * precision.weights[weightClass].bytesPerParameter) / over);
  const weights = {
    attentionWeight: bytes('attention', attention),
    denseWeight: bytes('dense', dense, tp),
    expertWeight: bytes('expert', expert, ep * etp),
    sharedExpertWeight: bytes('shared', shared, tp),
    routerWeight: bytes('router', router),
    embeddingWeight: embedding,
    normWeight: bytes('norm', norm),
  };
  const activation = Math.ceil(engine.batchTokens * residualTokenBytes(model) + phase);
  const messageBuffer = Math.ceil(dispatch) + (pp > 1 ? 2 * engine.batchTokens * residualTokenBytes(model) : 0);
  const held = Object.values(weights).reduce((sum, part) => sum + part, 0);
  const working = activation + messageBuffer;
  const pool = kvPool(engine, worker, { memory: cluster.gpu.memoryBytes, weights: held, working }) - setting.memoryFree;
  const total = held + working;
  const account: MemoryAccount = {
    ...weights,
    kvCache: 0,
    activation,
    messageBuffer,
    total,
    runtimeReserve: Math.ceil(cluster.gpu.memoryBytes - total - pool),
  };
  return { stage: stage.stage, account, pool, perSequence: cache / tp };
}

/** Bytes of the KV pool by the engine's knob. May be negative. */
export function kvPool(
  { memory: knob }: Engine,
  { tp, dp, ep, etp }: WorkerLayout,
  { memory, weights, working }: { memory: number; weights: number; working: number },
): number {
  const overhead = tp * dp * ep * etp === 1 ? knob.overheadAlone : knob.overheadWithCollectives;
  const free = memory - overhead - weights - working;
  switch (knob.basis) {
    case 'total':
      return free - (1 - knob.fraction) * memory;
    case 'static':
      return Math.min(free, knob.fraction * memory - weights);
    case 'free':
      return free * (free > 0 ? knob.fraction : 1);
  }
}

/** Sequences that a rank of a stage can keep at once. */
export function sequencesHeld({ pool, perSequence }: StageMemory): number {
  if (pool < 0) return 0;
  return perSequence === 0 ? Number.MAX_SAFE_INTEGER : Math.floor(pool / perSequence);
}

/** The account with so many sequences. */
export function withSequences({ account, perSequence }: StageMemory, sequences: number): MemoryAccount {
  const kvCache = Math.ceil(sequences * perSequence);
  return { ...account, kvCache, total: account.total + kvCache };
}
