/** What launch files have to say of a plan, worked out from specs and strategy alone. */
import type { EngineName } from '../../planner/engine.ts';
import { type Dtype, dtypeBytes } from '../../planner/precision.ts';
import type { ServingCandidate } from '../../planner/serving-result.ts';
import type { Strategy } from '../../planner/strategy.ts';
import type { VerifierProblem } from '../claim.ts';
import { type Grid, gpuOf, gridOf } from '../grid.ts';
import { countLayers } from '../layout.ts';
import type { ServingVerifierSetting } from '../serving/claim.ts';
import { cachePartsOf } from '../serving/context.ts';
import { deriveWorker, tightest } from '../serving/derive.ts';
import { brokenRules, type RuledStrategy } from '../serving/rules.ts';
import { type Role, type Worker, workersOf } from '../serving/worker.ts';
import { dealLayers } from '../stages.ts';
import { expectedKernels, type Kernels } from './expert-kernels.ts';

/** Workers of one kind under one engine. */
export interface ExpectedWorkers {
  readonly role: Role;
  readonly grid: Grid;
  readonly redundantExperts: number;
  readonly cacheParts: number;
  readonly stages: readonly number[];
  /** The share that the plan was costed with, on the engine's own base; absent: the engine's own default, whatever it is. */
  readonly memoryFraction?: number;
  readonly sequencesPerRank: number;
  readonly tokensPerStep: number;
  readonly contextTokens: number;
  readonly kvCache: '16-bit' | 'fp8' | 'fp4';
  readonly kvDtype: Dtype;
  /** What the engine's own rules have against such degrees. */
  readonly broken: (strategy: RuledStrategy) => readonly string[];
  readonly dtype: 'bfloat16' | 'float16';
  readonly exchange: 'deepep' | 'allgather';
  readonly usesPrefixCache: boolean;
  readonly guessedTokens: number;
  /** Steps that prompts wait for those of other ranks beside requests that decode, on average. */
  readonly rankSteps: number;
  /** Any of these; none: as the engine likes. */
  readonly expertKernels: readonly Kernels[];
}

export interface ExpectedLaunch {
  readonly planId: string;
  readonly engine: EngineName;
  readonly layers: number;
  /** Routed experts of a layer; 0 of a dense model. */
  readonly experts: number;
  readonly workers: readonly ExpectedWorkers[];
}

function cacheOf(model: ServingVerifierSetting['model']): ExpectedWorkers['kvCache'] {
  const bytes = dtypeBytes[model.precision.kvCache];
  return bytes >= 2 ? '16-bit' : bytes >= 1 ? 'fp8' : 'fp4';
}

/** Norms are what no format quantises. */
function dtypeOf({ precision }: ServingVerifierSetting['model']): ExpectedWorkers['dtype'] {
  return precision.weights.norm.dtype === 'fp16' ? 'float16' : 'bfloat16';
}

function stagesOf(model: ServingVerifierSetting['model'], pp: number): readonly number[] {
  const dealt = dealLayers(countLayers({ model }), pp);
  return Array.from({ length: pp }, (_, stage) => dealt.filter((each) => each === stage).length);
}

function expertsOf({ layers }: ServingVerifierSetting['model']): number {
  return layers.find((run) => run.moe)?.moe?.experts ?? 0;
}

/** Bases of the engines' knobs: TensorRT-LLM's is what is free, SGLang's all memory for weights and cache, vLLM's all memory for everything. */
const bases = { vllm: 'total', sglang: 'static', 'tensorrt-llm': 'free' } as const;

/**
 * The share that leaves the KV pool which the plan was costed with: the plan's own where the bases are one, else worked out from the bytes of the
 * stage with least room.
 */
function fractionOf({ engine, cluster }: ServingVerifierSetting, name: EngineName, worker: Worker): number | undefined {
  const { basis, fraction } = engine.memory;
  if (engine.name === name || bases[name] === basis) return fraction;
  const memory = basis === 'total' ? tightest(deriveWorker(worker)) : undefined;
  if (!memory) return undefined;
  const { account, pool } = memory;
  const all = cluster.gpu.memoryBytes;
  const beside = account.activation + account.messageBuffer + account.kvCache;
  return bases[name] === 'static' ? (account.total - beside + pool) / all : pool / (all * (1 - fraction) + pool);
}

export function servingExpectation(
  setting: ServingVerifierSetting,
  { strategy, estimate }: ServingCandidate,
  { planId, engine }: { readonly planId: string; readonly engine: EngineName },
): ExpectedLaunch {
  const { model, workload, engine: costed } = setting;
  const workers = workersOf(setting, { strategy, estimate }).map((worker): ExpectedWorkers => {
    const { role, grid, strategy: own } = worker;
    const memoryFraction = fractionOf(setting, engine, worker);
    return {
      role,
      grid,
      redundantExperts: own.redundantExperts,
      cacheParts: own.cp === 1 ? 1 : cachePartsOf(engine, model, own.cp),
      stages: stagesOf(model, own.pp),
      ...(memoryFraction !== undefined && { memoryFraction }),
      // Prompts that were read still count until they have moved on.
      sequencesPerRank: role === 'prefill' ? Math.min(costed.maxSequences, costed.batchTokens) : worker.sequences,
      tokensPerStep: costed.batchTokens,
      contextTokens: workload.inputTokens + workload.outputTokens,
      kvCache: cacheOf(model),
      kvDtype: model.precision.kvCache,
      broken: (asked) => brokenRules({ engine: { name: engine }, model, workload }, asked),
      dtype: dtypeOf(model),
      // DeepEP takes tokens from ranks that have their own to ranks that have whole experts.
      exchange: costed.exchange === 'deepep' && own.dp > 1 && own.ep > 1 && own.etp === 1 ? 'deepep' : 'allgather',
      usesPrefixCache: workload.prefixCacheHitRate > 0,
      guessedTokens: workload.speculation?.tokens ?? 0,
      rankSteps: role === 'both' && own.dp > 1 ? costed.times.rankSteps : 0,
      expertKernels: expectedKernels(setting, { ...own, sequences: worker.load.sequences }),
    };
  });
  return { planId, engine, layers: countLayers({ model }), experts: expertsOf(model), workers };
}

export function batchExpectation(
  { cluster, model, workload }: VerifierProblem,
  strategy: Strategy,
  { planId, engine }: { readonly planId: string; readonly engine: EngineName },
): ExpectedLaunch {
  const grid = gridOf(strategy, { cluster });
  const workers: ExpectedWorkers = {
    role: 'both',
    grid,
    redundantExperts: 0,
    cacheParts: strategy.cp === 1 ? 1 : cachePartsOf(engine, model, strategy.cp),
    stages: stagesOf(model, strategy.pp),
    sequencesPerRank: Math.ceil(workload.batchSize / strategy.dp),
    tokensPerStep: strategy.microBatchSize * workload.sequenceLength,
    contextTokens: workload.sequenceLength + 1,
    kvCache: cacheOf(model),
    kvDtype: model.precision.kvCache,
    broken: (asked) => brokenRules({ engine: { name: engine }, model, workload: {} }, asked),
    dtype: dtypeOf(model),
    exchange: 'allgather',
    usesPrefixCache: false,
    guessedTokens: 0,
    rankSteps: 0,
    expertKernels: expectedKernels({ cluster, model }, { ...strategy, sequences: 0 }),
  };
  return { planId, engine, layers: countLayers({ model }), experts: expertsOf(model), workers: [workers] };
}

/** What a worker has of one node. */
export interface ExpectedShare {
  readonly node: number;
  /** Local numbers. */
  readonly gpus: readonly number[];
  /** The first of the worker's ranks that is here. */
  readonly firstRank: number;
}

/** Ranks of a worker, walked one by one. */
export function sharesOf({ grid }: ExpectedWorkers, worker: number): readonly ExpectedShare[] {
  const ranks = grid.world / grid.replicas;
  const { gpusPerNode } = grid.cluster;
  const shares: { node: number; gpus: number[]; firstRank: number }[] = [];
  for (let rank = 0; rank < ranks; rank += 1) {
    const gpu = gpuOf(grid, worker * ranks + rank);
    const node = Math.floor(gpu / gpusPerNode);
    const last = shares.at(-1);
    if (last?.node === node) last.gpus.push(gpu % gpusPerNode);
    else shares.push({ node, gpus: [gpu % gpusPerNode], firstRank: rank });
  }
  return shares;
}
