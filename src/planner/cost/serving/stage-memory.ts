/**
 * The memory of a rank of each stage, in two steps: what follows from tp and cp alone is put together once for all workers that share them,
 * and a fold of experts adds a few products to it. A search asks this of every worker that no rule turns away.
 */

import type { Cluster } from '../../cluster.ts';
import type { Engine } from '../../engine.ts';
import { extended } from '../../extended.ts';
import type { Model, MoeFfn } from '../../model.ts';
import { dtypeBytes, residualBytes } from '../../precision.ts';
import type { Reason } from '../../result.ts';
import type { ServingSetting } from '../../serving-result.ts';
import { expertWidth } from '../layer.ts';
import { residualTokenBytes } from '../memory.ts';
import { type WeightAccount, weightAccount, weightBytes, withoutLayers } from '../weights.ts';
import { stepRows } from './context-parallel.ts';
import type { DraftRun } from './draft.ts';
import {
  ffnBytes,
  kvPool,
  paddedVocabulary,
  type RunMemory,
  runMemories,
  type StageMemory,
  sequencesHeld,
} from './memory.ts';
import { promptPasses } from './passes.ts';
import type { ModelLayers, Stage, WorkerLayout } from './worker.ts';

/** What a worker does: all of it, or one half. */
export type Role = 'both' | 'prefill' | 'decode';

export interface WorkerCapacity {
  /** Sequences of full length (prompts, for a prefill worker) that one data-parallel rank can run at once; 0 where none fits. */
  readonly sequencesPerRank: number;
  /** Where none fits: what lacks, and by how many bytes. */
  readonly reason?: Reason;
  readonly shortBytes?: number;
  /** Bytes on the largest rank but for the cache, and of one sequence's cache there. */
  readonly fixedBytes: number;
  readonly bytesPerSequence: number;
}

interface MemorySetting {
  readonly cluster: Cluster;
  readonly model: Model;
  readonly engine: Engine;
  /** Runs of layers, those of a draft included, and what the worker's ranks of one tp and cp have of them. */
  readonly layers: readonly DraftRun[];
  readonly runs: readonly RunMemory[];
  /** Bytes to keep free beyond what the engine withholds. */
  readonly memoryFree: number;
}

/** Routed experts of a run of layers. */
interface RunExperts {
  readonly moe: MoeFfn;
  readonly layers: number;
  readonly parameters: number;
  readonly experts: number;
}

/** One rank of a stage, of whatever fold of experts. */
interface StageParts {
  readonly stage: number;
  /** Without the routed experts, and the sum of it. */
  readonly weights: WeightAccount;
  readonly weightBytes: number;
  readonly experts: readonly RunExperts[];
  /** Bytes of one sequence, and of one that is only read. */
  readonly perSequence: number;
  readonly perPrompt: number;
  /** Bytes of the residual stream, and those that its parts work in but for the routed experts. */
  readonly residual: number;
  readonly phase: number;
  /** Bytes of messages: of KV gathered over cp, and of tokens sent to the experts where they are sent. */
  readonly gathered: number;
  readonly dispatch: number;
}

function stageParts(
  { model, engine, layers, runs }: MemorySetting,
  { tp, cp }: Pick<WorkerLayout, 'tp' | 'cp'>,
  stage: Stage,
): StageParts {
  const h = model.hiddenSize;
  const { precision, vocabulary } = model;
  const sums = withoutLayers(model, stage);
  let cache = 0;
  let promptCache = 0;
  let phase = 0;
  let dispatch = 0;
  let gathered = 0;
  const experts: RunExperts[] = [];
  for (let i = 0; i < runs.length; i++) {
    const run = runs[i];
    const count = stage.counts[i] ?? 0;
    if (!run || count === 0) continue;
    sums.layers += count;
    sums.attention += count * run.attention;
    sums.norm += count * run.norm;
    sums.dense += count * run.dense;
    sums.shared += count * run.shared;
    sums.router += count * run.router;
    cache += count * run.cache;
    promptCache += count * run.promptCache;
    phase = Math.max(phase, run.phase);
    gathered = Math.max(gathered, run.gathered);
    const moe = layers[i]?.moe;
    if (!moe) continue;
    experts.push({ moe, layers: count, parameters: run.expert, experts: run.experts });
    const copies = engine.batchTokens * moe.expertsPerToken * expertWidth(moe, h);
    dispatch = Math.max(dispatch, (copies * (dtypeBytes[precision.activations] + residualBytes)) / (tp * cp));
  }
  const vocabularySize = vocabulary ? paddedVocabulary(vocabulary.size, tp) : 0;
  if (vocabulary && stage.last) {
    const logits = residualBytes * h + engine.memory.logitBytes * vocabularySize;
    phase = Math.max(phase, engine.maxSequences * logits);
  }
  const { first, last } = stage;
  // What guesses looks tokens up too, and its stage has a table of its own unless it has the model's or a head that is tied to it.
  const looksUp = first || (last && layers.length > model.layers.length && vocabulary?.tied === false);
  const weights = weightAccount(model, sums, { tp, ep: 1, etp: 1, first, last, looksUp, vocabularySize });
  return {
    stage: stage.stage,
    weights,
    weightBytes: weightBytes(weights),
    experts,
    perSequence: cache / tp,
    perPrompt: promptCache / tp,
    residual: stepRows(engine, cp) * residualTokenBytes(model),
    phase,
    gathered: Math.ceil(gathered),
    dispatch: Math.ceil(dispatch),
  };
}

/** Bytes of the routed experts on a rank. */
function expertBytes(
  { precision }: Model,
  { experts }: StageParts,
  { ep, etp, redundantExperts }: WorkerLayout,
): number {
  let parameters = 0;
  for (const run of experts) parameters += run.layers * (run.experts + redundantExperts) * run.parameters;
  return Math.ceil((parameters * precision.weights.expert.bytesPerParameter) / (ep * etp));
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

/** Bytes that the parts of a rank work in. */
function activationBytes({ model, engine }: MemorySetting, worker: WorkerLayout, parts: StageParts): number {
  let { phase } = parts;
  for (const { moe } of parts.experts) phase = Math.max(phase, expertPhase(model, engine, worker, moe));
  return Math.ceil(parts.residual + phase);
}

/** Bytes of messages that a rank has room for. */
function messageBytes({ dp, cp, pp, ep }: WorkerLayout, parts: StageParts): number {
  const dispatch = ep > 1 && dp * cp > 1 ? parts.dispatch : 0;
  return dispatch + parts.gathered + (pp > 1 ? 2 * parts.residual : 0);
}

/** Bytes that the engine leaves for KV beside so many of weights and so many that are worked in. */
function poolBeside(
  { cluster, engine, memoryFree }: MemorySetting,
  worker: WorkerLayout,
  beside: { readonly weights: number; readonly working: number },
): number {
  const { weights, working } = beside;
  return kvPool(engine, worker, { memory: cluster.gpu.memoryBytes, weights, working }) - memoryFree;
}

const sequenceBytes = (parts: StageParts, role: Role): number =>
  role === 'prefill' ? parts.perPrompt : parts.perSequence;

/** The account of a rank of a stage that keeps no sequence yet. */
function stageMemory(setting: MemorySetting, worker: WorkerLayout, parts: StageParts, role: Role): StageMemory {
  const expertWeight = expertBytes(setting.model, parts, worker);
  const activation = activationBytes(setting, worker, parts);
  const messageBuffer = messageBytes(worker, parts);
  const weights = parts.weightBytes + expertWeight;
  const working = activation + messageBuffer;
  const total = weights + working;
  const pool = poolBeside(setting, worker, { weights, working });
  const account = extended(parts.weights, {
    expertWeight,
    kvCache: 0,
    activation,
    messageBuffer,
    total,
    runtimeReserve: Math.ceil(setting.cluster.gpu.memoryBytes - total - pool),
  });
  return { stage: parts.stage, account, pool, perSequence: sequenceBytes(parts, role) };
}

/** What the tightest of a worker's stages has room for, and the largest holds. Numbers alone are kept of each: a search asks for thousands. */
function capacityOf(
  setting: MemorySetting,
  worker: WorkerLayout,
  stages: readonly StageParts[],
  role: Role,
): WorkerCapacity {
  let fewest = setting.engine.maxSequences;
  let fixedBytes = -1;
  let bytesPerSequence = 0;
  const tightest = { held: Number.POSITIVE_INFINITY, pool: 0, perSequence: 0, total: 0, weights: 0 };
  for (const parts of stages) {
    const weights = parts.weightBytes + expertBytes(setting.model, parts, worker);
    const working = activationBytes(setting, worker, parts) + messageBytes(worker, parts);
    const total = weights + working;
    const pool = poolBeside(setting, worker, { weights, working });
    const perSequence = sequenceBytes(parts, role);
    const held = sequencesHeld({ pool, perSequence });
    if (held < fewest || tightest.held === Number.POSITIVE_INFINITY) {
      fewest = Math.min(fewest, held);
      tightest.held = held;
      tightest.pool = pool;
      tightest.perSequence = perSequence;
      tightest.total = total;
      tightest.weights = weights;
    }
    if (total > fixedBytes) {
      fixedBytes = total;
      bytesPerSequence = perSequence;
    }
  }
  if (fixedBytes < 0) throw new RangeError('a worker without stages');
  if (fewest > 0) return { sequencesPerRank: fewest, fixedBytes, bytesPerSequence };
  const shortBytes = Math.ceil(tightest.perSequence - tightest.pool);
  // What the engine withholds beyond weights and activations is the same however small the model is.
  const reason: Reason =
    tightest.pool + tightest.total - tightest.weights < 0
      ? 'memory.weights'
      : tightest.pool < 0
        ? 'memory.activations'
        : 'memory.kv-cache';
  return { sequencesPerRank: 0, reason, shortBytes, fixedBytes, bytesPerSequence };
}

/** Tokens that a running sequence takes room for on average. */
export function keptTokens({ workload, engine }: ServingSetting, role: Role): number {
  const { inputTokens, outputTokens } = workload;
  return role === 'prefill' ? inputTokens : inputTokens + Math.ceil(outputTokens * engine.memory.outputReserve);
}

export interface WorkerMemories {
  readonly capacity: (worker: WorkerLayout, role: Role) => WorkerCapacity;
  /** Each stage's, with no sequence yet. */
  readonly memory: (worker: WorkerLayout, role: Role) => readonly StageMemory[];
}

export function workerMemories(
  setting: ServingSetting,
  { runs: layers, stages }: Pick<ModelLayers, 'runs' | 'stages'>,
  memoryFree: number,
): WorkerMemories {
  const { cluster, model, workload, engine } = setting;
  const history = workload.inputTokens - promptPasses(workload, engine).tokens;
  const known = new Map<
    number,
    { readonly of: MemorySetting; readonly byStages: Map<number, readonly StageParts[]> }
  >();
  const tokens = { sequence: keptTokens(setting, 'both'), prompt: keptTokens(setting, 'prefill') };
  const sharing = (worker: WorkerLayout) => {
    // Degrees are at most 2^20.
    const key = worker.tp * 2 ** 24 + worker.cp;
    let found = known.get(key);
    if (!found) {
      const runs = runMemories({ model, layers, engine, tokens, history }, worker);
      found = { of: { cluster, model, engine, layers, runs, memoryFree }, byStages: new Map() };
      known.set(key, found);
    }
    let parts = found.byStages.get(worker.pp);
    if (!parts) {
      const { of } = found;
      parts = stages(worker.pp).map((stage) => stageParts(of, worker, stage));
      found.byStages.set(worker.pp, parts);
    }
    return { of: found.of, parts };
  };
  /** By the very object: a search asks again about the same layouts, and about each under every load. */
  const capacities = {
    prefill: new Map<WorkerLayout, WorkerCapacity>(),
    writing: new Map<WorkerLayout, WorkerCapacity>(),
  };
  return {
    capacity: (worker, role) => {
      const known = role === 'prefill' ? capacities.prefill : capacities.writing;
      let capacity = known.get(worker);
      if (!capacity) {
        const { of, parts } = sharing(worker);
        capacity = capacityOf(of, worker, parts, role);
        known.set(worker, capacity);
      }
      return capacity;
    },
    memory: (worker, role) => {
      const { of, parts } = sharing(worker);
      return parts.map((each) => stageMemory(of, worker, each, role));
    },
  };
}
