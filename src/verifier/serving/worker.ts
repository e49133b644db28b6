/**
 * One kind of worker as the verifier sees it: its ranks as the engine counts them, what a sequence is there, and what a step has to do
 * in the steady state. docs/accounting.md, "Serving".
 */

import type { EngineName } from '../../planner/engine.ts';
import { extended } from '../../planner/extended.ts';
import type { Model } from '../../planner/model.ts';
import type { StepLoad, WorkerEstimate } from '../../planner/serving-estimate.ts';
import type { WorkerStrategy } from '../../planner/strategy.ts';
import type { ServingWorkload } from '../../planner/workload.ts';
import type { ClaimedPlacement, DeepPartial } from '../claim.ts';
import type { Fault } from '../compare.ts';
import { type Grid, gpuOf, gridOf, type Numbering, nextFirstGpu, plainNumbering } from '../grid.ts';
import { countLayers } from '../layout.ts';
import type { ServingClaim, ServingVerifierSetting } from './claim.ts';
import { cachePartsOf } from './context.ts';
import { type Draft, draftOf } from './draft.ts';

/** both: prompts and answers share the workers. */
export type Role = 'both' | 'prefill' | 'decode';

export interface Prompt {
  /** P, and what the prefix cache has of it already. */
  readonly computed: number;
  readonly history: number;
  /** Passes that it is computed in, and tokens of each. */
  readonly passes: number;
  readonly passTokens: number;
}

export interface Worker {
  readonly role: Role;
  readonly setting: ServingVerifierSetting;
  readonly strategy: WorkerStrategy;
  readonly grid: Grid;
  /** As it is loaded: the vocabulary padded until it can be split. */
  readonly model: Model;
  /** κ: the context-parallel ranks that a sequence's cache is cut over; 1 where each of them keeps the whole. */
  readonly cacheParts: number;
  /** Tokens that a running sequence takes room for on average, the same in whole pages of every part, and those of its full length. */
  readonly keptTokens: number;
  readonly pagedTokens: number;
  readonly fullTokens: number;
  /** Sequences of a data-parallel rank at most: the first `fuller` of all have so many, the others one less; all have where it is all or none. */
  readonly sequences: number;
  readonly fuller: number;
  readonly prompt: Prompt;
  /** The mean step: how many decode is as claimed, or as many as there may be; the rest follows. */
  readonly load: StepLoad;
  /** Tokens of a decoding sequence that pass a step, guessed ones included, and those that it gains. */
  readonly passing: number;
  readonly gained: number;
  /** What guesses, where the model has it itself. */
  readonly draft: Draft | undefined;
  /** Said of this kind of worker. */
  readonly estimate: DeepPartial<WorkerEstimate> | undefined;
  readonly placement: ClaimedPlacement | undefined;
}

/** As read in the engines' sources: vllm config/parallel.py @00193b82, sglang parallel_state.py @0005973a, tensorrt_llm mapping.py. */
const numberings: Readonly<Record<EngineName | 'generic', Numbering>> = {
  generic: plainNumbering,
  vllm: { stages: 'below-dp', expert: ['edp', 'ep', 'etp'] },
  sglang: plainNumbering,
  'tensorrt-llm': { stages: 'outside', expert: ['edp', 'etp', 'ep'] },
};

/** Tokens that a sequence gains a step: the sum of a geometric series, of guesses that are only right if those before them are. */
function gainedTokens({ speculation }: ServingWorkload): number {
  if (!speculation) return 1;
  const { tokens, acceptance } = speculation;
  return acceptance === 1 ? 1 + tokens : (1 - acceptance ** (tokens + 1)) / (1 - acceptance);
}

export function promptOf({ inputTokens, prefixCacheHitRate }: ServingWorkload, batchTokens: number): Prompt {
  const computed = Math.ceil(inputTokens * (1 - prefixCacheHitRate));
  const passes = Math.ceil(computed / batchTokens);
  return { computed, history: inputTokens - computed, passes, passTokens: computed / passes };
}

/** The vocabulary of an LM head that a TP group can split: as it is, or padded to a multiple of 64 on each rank. */
function paddedModel(model: Model, tp: number): Model {
  const { vocabulary } = model;
  if (!vocabulary || vocabulary.size % tp === 0) return model;
  const step = 64 * tp;
  return { ...model, vocabulary: { ...vocabulary, size: vocabulary.size + step - (vocabulary.size % step) } };
}

interface Half {
  readonly role: Role;
  readonly strategy: WorkerStrategy;
  readonly estimate: DeepPartial<WorkerEstimate> | undefined;
  readonly placement: ClaimedPlacement | undefined;
}

function halvesOf({ strategy, estimate, placement, placements }: ServingClaim): readonly Half[] {
  if (strategy.mode === 'aggregated') return [{ role: 'both', strategy, estimate, placement }];
  const { prefill, decode } = strategy;
  return [
    { role: 'prefill', strategy: prefill, estimate: estimate?.halves?.prefill, placement: placements?.prefill },
    { role: 'decode', strategy: decode, estimate: estimate?.halves?.decode, placement: placements?.decode },
  ];
}

const degrees = ['tp', 'cp', 'dp', 'pp', 'ep', 'etp', 'replicas', 'maxConcurrency'] as const;

/** What keeps a worker from having ranks and stages at all. Without these nothing else can be derived. */
export function structuralFaults(setting: ServingVerifierSetting, strategy: WorkerStrategy): readonly Fault[] {
  const faults: Fault[] = [];
  const whole = (name: string, value: number, least: number) => {
    if (Number.isSafeInteger(value) && value >= least) return;
    const actual = Number.isFinite(value) ? value : null;
    faults.push({ expected: least, actual, text: `${name} is no integer of at least ${least}.` });
  };
  for (const name of degrees) whole(name, strategy[name], 1);
  whole('redundantExperts', strategy.redundantExperts, 0);
  if (faults.length > 0) return faults;
  const { tp, cp, dp, pp, ep, etp } = strategy;
  const inStage = tp * cp * dp;
  if (inStage % (ep * etp) !== 0) {
    const text = `tp·cp·dp = ${inStage} GPUs a stage do not fold into ep·etp = ${ep * etp}.`;
    faults.push({ expected: inStage, actual: ep * etp, text });
  }
  const layers = countLayers(setting);
  if (pp > layers) {
    faults.push({ expected: layers, actual: pp, text: `${pp} stages are more than the ${layers} layers.` });
  }
  return faults;
}

/** Faults of every kind of worker that is claimed, each told with its half. */
export function faultsOfClaim(setting: ServingVerifierSetting, claim: ServingClaim): readonly Fault[] {
  return halvesOf(claim).flatMap(({ role, strategy }) =>
    structuralFaults(setting, strategy).map((fault) => ({ ...fault, text: `${prefixOf(role)}${fault.text}` })),
  );
}

export function prefixOf(role: Role): string {
  return role === 'both' ? '' : role === 'prefill' ? 'Prefill workers: ' : 'Decode workers: ';
}

/** One kind of worker, or two: ranks of the second go on where those of the first end. @throws nothing for a claim without structural faults. */
export function workersOf(setting: ServingVerifierSetting, claim: ServingClaim): readonly Worker[] {
  const { cluster, engine } = setting;
  const numbering = numberings[engine.name];
  const workers: Worker[] = [];
  let firstRank = 0;
  let taken = 0;
  for (const half of halvesOf(claim)) {
    const firstGpu = nextFirstGpu(taken, half.strategy, cluster.domainGpus);
    const grid = gridOf(half.strategy, { cluster, numbering, firstRank, firstGpu });
    firstRank += grid.world;
    taken = gpuOf(grid, grid.world - 1) + 1;
    workers.push(workerOf(setting, half, grid));
  }
  return workers;
}

function workerOf(setting: ServingVerifierSetting, half: Half, grid: Grid): Worker {
  const { engine, workload } = setting;
  const { role, strategy } = half;
  const { inputTokens, outputTokens } = workload;
  const { blockTokens: page, outputReserve } = engine.memory;
  const answer = role === 'prefill' ? 0 : outputTokens;
  const kept = inputTokens + Math.ceil(answer * outputReserve);
  const cacheParts = cachePartsOf(engine.name, setting.model, strategy.cp);
  const pages = page * cacheParts;
  const ranks = strategy.replicas * strategy.dp;
  const prompt = promptOf(workload, engine.batchTokens);
  const gained = gainedTokens(workload);
  const most = strategy.maxConcurrency / ranks;
  const onlyPrompts = role === 'prefill' || outputTokens === 1;
  const sequences = onlyPrompts ? 0 : (half.estimate?.load?.sequences ?? most);
  const steps = (outputTokens - 1) / gained;
  const beside = sequences === 0 || role === 'decode' ? 0 : (sequences * prompt.computed) / steps;
  return extended(half, {
    setting,
    grid,
    model: paddedModel(setting.model, strategy.tp),
    keptTokens: kept,
    cacheParts,
    pagedTokens: Math.ceil(kept / pages) * pages,
    fullTokens: inputTokens + answer,
    sequences: Math.ceil(most),
    fuller: strategy.maxConcurrency % ranks,
    prompt,
    load: {
      sequences,
      context: role === 'prefill' ? 0 : inputTokens + outputTokens / 2,
      promptTokens: onlyPrompts && role !== 'decode' ? prompt.computed : beside,
    },
    passing: 1 + (workload.speculation?.tokens ?? 0),
    gained,
    draft: draftOf(setting.model, workload),
  });
}
