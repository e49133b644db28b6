/** What a serving worker's memory holds, and what the engine leaves of it for the KV cache. docs/accounting.md, "Serving". */
import type { Cluster } from '../../cluster.ts';
import type { Engine } from '../../engine.ts';
import type { MemoryAccount } from '../../estimate.ts';
import type { Model, MoeFfn } from '../../model.ts';
import { expertParameters } from '../../parameters.ts';
import { dtypeBytes, residualBytes } from '../../precision.ts';
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
import { type StageParameters, weightAccount, weightBytes } from '../weights.ts';
import { cacheShares, gatheredPassBytes, stepRows } from './context-parallel.ts';
import type { Stage, WorkerLayout } from './worker.ts';

export interface MemorySetting {
  readonly cluster: Cluster;
  readonly model: Model;
  readonly engine: Engine;
  /** The model's runs of layers as the worker's ranks of one tp and cp have them. */
  readonly runs: readonly RunMemory[];
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

/** What a layer of a run holds, keeps and works in, by tp and cp alone: the same for all workers with them. */
export interface RunMemory {
  readonly attention: number;
  readonly norm: number;
  readonly dense: number;
  readonly shared: number;
  readonly router: number;
  /** Parameters of one expert of each layer, and how many there are without redundant ones. */
  readonly expert: number;
  readonly experts: number;
  /** Bytes of a sequence's cache on a cp rank, before they are divided over the TP group. */
  readonly cache: number;
  /** Bytes of its KV as the largest pass over a prompt gathers it over cp. */
  readonly gathered: number;
  /** Bytes that its parts work in, but for the routed experts. */
  readonly phase: number;
}

interface RunsSetting {
  readonly model: Model;
  readonly engine: Engine;
  /** Tokens that a sequence keeps at most. */
  readonly sequenceTokens: number;
  /** Tokens of a prompt before its last pass. */
  readonly history: number;
}

/** Bytes that an FFN works in. */
function ffnBytes(
  { precision }: Model,
  { rows, outer, width, matrices }: { rows: number; outer: number; width: number; matrices: number },
): number {
  const a = dtypeBytes[precision.activations];
  return rows * (outer * a + residualBytes * (matrices - 1) * width + a * width + residualBytes * outer);
}

/** Tokens that a sequence takes room for in whole pages, as many on each rank that has a part of it. */
export function pagedTokens({ memory: { blockTokens } }: Engine, tokens: number, shares: number): number {
  const page = shares * blockTokens;
  return Math.ceil(tokens / page) * page;
}

export function runMemories(
  { model, engine, sequenceTokens, history }: RunsSetting,
  { tp, cp }: Pick<WorkerLayout, 'tp' | 'cp'>,
): readonly RunMemory[] {
  const h = model.hiddenSize;
  const shares = cacheShares({ engine, model }, cp);
  const kept = pagedTokens(engine, sequenceTokens, shares);
  const rows = stepRows(engine, cp);
  const lastPass = { tokens: engine.batchTokens, prompts: 1, history, tp, shares };
  return model.layers.map((run) => {
    const { mixer, dense, moe } = run;
    const { overCp, overTp } = cacheParts(mixer, model, { tokens: kept, tp });
    const widths = mixerWidths(mixer, tp);
    const a = dtypeBytes[model.precision.activations];
    let phase = mixer ? rows * (h * a + residualBytes * (widths.inputs + widths.output + h)) : 0;
    const ffn = (width: number, matrices: number) => ffnBytes(model, { rows, outer: h, width, matrices });
    if (dense) phase = Math.max(phase, ffn(dense.intermediateSize / tp, dense.matrices));
    if (moe && moe.sharedIntermediateSize > 0) {
      phase = Math.max(phase, ffn(moe.sharedIntermediateSize / tp, moe.matrices));
    }
    return {
      attention: mixerParametersPerRank(mixer, { hidden: h, tp }),
      norm: layerNorms(run, model),
      dense: denseParametersPerRank(run, model, 1),
      shared: sharedParametersPerRank(run, h, 1),
      router: routerParametersPerRank(run, h),
      expert: moe ? expertParameters(moe, h) : 0,
      experts: moe?.experts ?? 0,
      cache: (overCp / shares) * tp + overTp,
      gathered: cp > 1 ? gatheredPassBytes(mixer, model, lastPass) : 0,
      phase,
    };
  });
}

/** Bytes that the routed experts work in, of the tokens that come to the busiest rank. */
function expertPhase(model: Model, engine: Engine, worker: WorkerLayout, moe: MoeFfn): number {
  const { tp, cp, dp, ep, etp } = worker;
  const tokens = engine.batchTokens;
  const { experts, expertsPerToken, matrices } = moe;
  const most = tokens * dp * Math.min(expertsPerToken, experts / ep);
  const rows = Math.ceil(Math.min(most, (tokens * etp * expertsPerToken) / (tp * cp)));
  const outer = expertWidth(moe, model.hiddenSize);
  return ffnBytes(model, { rows, outer, width: moe.intermediateSize / etp, matrices });
}

/** The account of a rank of a stage that keeps no sequence yet. */
export function stageMemory(setting: MemorySetting, worker: WorkerLayout, stage: Stage): StageMemory {
  const { cluster, model, engine, runs } = setting;
  const { tp, cp, dp, pp, ep, etp, redundantExperts } = worker;
  const h = model.hiddenSize;
  const { precision, vocabulary } = model;
  const a = dtypeBytes[precision.activations];
  const sums: StageParameters = {
    layers: 0,
    attention: 0,
    dense: 0,
    expert: 0,
    shared: 0,
    router: 0,
    norm: stage.last ? finalNorms(model) : 0,
  };
  let cache = 0;
  let phase = 0;
  let dispatch = 0;
  let gathered = 0;
  for (const [i, run] of runs.entries()) {
    const count = stage.counts[i] ?? 0;
    if (count === 0) continue;
    sums.layers += count;
    sums.attention += count * run.attention;
    sums.norm += count * run.norm;
    sums.dense += count * run.dense;
    sums.shared += count * run.shared;
    sums.router += count * run.router;
    cache += count * run.cache;
    phase = Math.max(phase, run.phase);
    gathered = Math.max(gathered, run.gathered);
    const moe = model.layers[i]?.moe;
    if (!moe) continue;
    sums.expert += count * (run.experts + redundantExperts) * run.expert;
    if (ep > 1 && dp * cp > 1) {
      const copies = engine.batchTokens * moe.expertsPerToken * expertWidth(moe, h);
      dispatch = Math.max(dispatch, (copies * (a + residualBytes)) / (tp * cp));
    }
    phase = Math.max(phase, expertPhase(model, engine, worker, moe));
  }
  const vocabularySize = vocabulary ? paddedVocabulary(vocabulary.size, tp) : 0;
  if (vocabulary && stage.last) {
    const logits = residualBytes * h + engine.memory.logitBytes * vocabularySize;
    phase = Math.max(phase, engine.maxSequences * logits);
  }
  const { first, last } = stage;
  const weights = weightAccount(model, sums, { tp, ep, etp, first, last, vocabularySize });
  const residual = stepRows(engine, cp) * residualTokenBytes(model);
  const activation = Math.ceil(residual + phase);
  const messageBuffer = Math.ceil(dispatch) + Math.ceil(gathered) + (pp > 1 ? 2 * residual : 0);
  const held = weightBytes(weights);
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
  { tp, cp, dp, ep, etp }: WorkerLayout,
  { memory, weights, working }: { memory: number; weights: number; working: number },
): number {
  const overhead = tp * cp * dp * ep * etp === 1 ? knob.overheadAlone : knob.overheadWithCollectives;
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
