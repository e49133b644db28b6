/** What a serving worker's memory holds, and what the engine leaves of it for the KV cache. docs/accounting.md, "Serving". */

import type { Engine } from '../../engine.ts';
import type { MemoryAccount } from '../../estimate.ts';
import { extended } from '../../extended.ts';
import type { Model } from '../../model.ts';
import { expertParameters } from '../../parameters.ts';
import { dtypeBytes, residualBytes } from '../../precision.ts';
import {
  cacheParts,
  denseParametersPerRank,
  layerNorms,
  mixerParametersPerRank,
  mixerWidths,
  routerParametersPerRank,
  sharedParametersPerRank,
} from '../layer.ts';
import { cacheShares, gatheredPassBytes, stepRows } from './context-parallel.ts';
import { type DraftRun, joiningParameters } from './draft.ts';
import type { WorkerLayout } from './worker.ts';

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
  /** Bytes of a sequence's cache on a cp rank, before they are divided over the TP group, and of a prompt's where it is only read. */
  readonly cache: number;
  readonly promptCache: number;
  /** Bytes of its KV as the largest pass over a prompt gathers it over cp. */
  readonly gathered: number;
  /** Bytes that its parts work in, but for the routed experts. */
  readonly phase: number;
}

interface RunsSetting {
  readonly model: Model;
  /** Its layers, and those of its draft. */
  readonly layers: readonly DraftRun[];
  readonly engine: Engine;
  /** Tokens that a sequence keeps at most, and a prompt that is only read. */
  readonly tokens: { readonly sequence: number; readonly prompt: number };
  /** Tokens of a prompt before its last pass. */
  readonly history: number;
}

/** Bytes that an FFN works in. */
export function ffnBytes(
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
  { model, layers, engine, tokens, history }: RunsSetting,
  { tp, cp }: Pick<WorkerLayout, 'tp' | 'cp'>,
): readonly RunMemory[] {
  const h = model.hiddenSize;
  const shares = cacheShares({ engine, model }, cp);
  const rows = stepRows(engine, cp);
  const lastPass = { tokens: engine.batchTokens, prompts: 1, history, tp, shares };
  return layers.map((run) => {
    const { mixer, dense, moe } = run;
    const cacheOf = (kept: number): number => {
      const { overCp, overTp } = cacheParts(mixer, model, { tokens: pagedTokens(engine, kept, shares), tp });
      return (overCp / shares) * tp + overTp;
    };
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
      norm: layerNorms(run, model) + (run.joins ? joiningParameters(h) : 0),
      dense: denseParametersPerRank(run, model, 1),
      shared: sharedParametersPerRank(run, h, 1),
      router: routerParametersPerRank(run, h),
      expert: moe ? expertParameters(moe, h) : 0,
      experts: moe?.experts ?? 0,
      cache: cacheOf(tokens.sequence),
      promptCache: cacheOf(tokens.prompt),
      gathered: cp > 1 ? gatheredPassBytes(mixer, model, lastPass) : 0,
      phase,
    };
  });
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
export function sequencesHeld({ pool, perSequence }: Pick<StageMemory, 'pool' | 'perSequence'>): number {
  if (pool < 0) return 0;
  return perSequence === 0 ? Number.MAX_SAFE_INTEGER : Math.floor(pool / perSequence);
}

/** The account with so many sequences. */
export function withSequences({ account, perSequence }: StageMemory, sequences: number): MemoryAccount {
  const kvCache = Math.ceil(sequences * perSequence);
  return extended(account, { kvCache, total: account.total + kvCache });
}
