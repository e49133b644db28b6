/**
 * What serving costs, layer by layer: steps of one worker (./step.ts), the memory that its engine leaves for KV (./memory.ts), and the
 * steady states that follow from both (./steady.ts, ./disaggregated.ts).
 */
import type { Cluster } from '../../cluster.ts';
import type { Engine } from '../../engine.ts';
import { mixtureOf } from '../../model.ts';
import type { Reason } from '../../result.ts';
import type { ServingSetting } from '../../serving-result.ts';
import { addProfile, emptyProfile, type Profile } from '../profile.ts';
import { weightBytes } from '../weights.ts';
import { sharesCache } from './context-parallel.ts';
import { type RunMemory, runMemories, type StageMemory, sequencesHeld, stageMemory } from './memory.ts';
import { mixedWork, plainWork, promptPasses, ranksTogether } from './passes.ts';
import { expertLoads, popularitySkew } from './skew.ts';
import { stageProfiles } from './step.ts';
import { stepSeconds } from './step-seconds.ts';
import { type StepTable, stepTable } from './step-table.ts';
import type { StepContext, StepWork } from './step-work.ts';
import { layerKinds, type Stage, stagesOf, type WorkerLayout, type WorkerSpans, workerSpans } from './worker.ts';

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

/** One step in which nobody needs anything. */
export const idle: StepWork = {
  sequences: 0,
  tokensEach: 1,
  context: 0,
  promptTokens: 0,
  prompts: 0,
  history: 0,
  groupPromptTokens: 0,
};

export interface WorkerCost {
  readonly worker: WorkerLayout;
  readonly spans: WorkerSpans;
  readonly stages: readonly Stage[];
  /** Whether the model has latent attention. */
  readonly latent: boolean;
  /** Seconds of a step in which each data-parallel rank has at most this, engine overhead included. */
  readonly step: (work: StepWork) => number;
  /** Seconds in which the tokens of such a step pass all stages: longer than a step where there are several. */
  readonly pass: (work: StepWork) => number;
  /** Both without the engine's overhead. */
  readonly kernels: (work: StepWork) => number;
  readonly through: (work: StepWork) => number;
  /** Steps of this workload, by the sequences that decode in them. */
  readonly table: StepTable;
  /** The same by parts, without the engine's overhead, and that overhead. */
  readonly parts: (work: StepWork) => { readonly profile: Profile; readonly overhead: number };
  /** Passes of prompts beside which nobody decodes. */
  readonly prompts: () => WorkerReading;
  readonly memory: (role: Role) => readonly StageMemory[];
}

export interface WorkerReading {
  /** A pass on each data-parallel rank, and the seconds of its step. */
  readonly work: StepWork;
  readonly together: number;
  /** Seconds of one pass by itself, from the first stage to the last. */
  readonly alone: number;
}

export interface WorkerCosts {
  readonly of: (worker: WorkerLayout, spans?: WorkerSpans) => WorkerCost;
  readonly spansOf: (worker: WorkerLayout) => WorkerSpans;
  readonly capacity: (worker: WorkerLayout, role: Role) => WorkerCapacity;
}

export function workerCosts(setting: ServingSetting, memoryFree = 0): WorkerCosts {
  const { cluster, model, workload, engine } = setting;
  const { kinds, kindOf } = layerKinds(model);
  const experts = mixtureOf(model)?.experts ?? 0;
  const loads = experts > 0 ? expertLoads(workload.routing, experts) : undefined;
  const context: StepContext = {
    cluster: sustainedCluster(cluster, engine),
    model,
    engine,
    kinds,
    sharesCache: sharesCache(setting),
    skew: skewOf(loads),
  };
  const secondsOf = stepSeconds(context);
  const stagesByPp = new Map<number, readonly Stage[]>();
  const stages = (pp: number): readonly Stage[] => {
    let known = stagesByPp.get(pp);
    if (!known) {
      known = stagesOf(model, kindOf, pp);
      stagesByPp.set(pp, known);
    }
    return known;
  };
  const runsByTokens = new Map<number, Map<number, readonly RunMemory[]>>();
  const history = workload.inputTokens - promptPasses(workload, engine).tokens;
  const runsOf = (sequenceTokens: number, worker: WorkerLayout): readonly RunMemory[] => {
    let byRanks = runsByTokens.get(sequenceTokens);
    if (!byRanks) {
      byRanks = new Map();
      runsByTokens.set(sequenceTokens, byRanks);
    }
    const ranks = worker.tp * 2 ** 24 + worker.cp;
    let runs = byRanks.get(ranks);
    if (!runs) {
      runs = runMemories({ model, engine, sequenceTokens, history }, worker);
      byRanks.set(ranks, runs);
    }
    return runs;
  };
  const { times } = engine;
  const latent = kinds.some(({ mixer }) => mixer?.kind === 'mla');

  const spansOf = (worker: WorkerLayout): WorkerSpans => workerSpans(worker, cluster, engine.rankLayout);

  const memoryOf = (worker: WorkerLayout, role: Role): readonly StageMemory[] => {
    const runs = runsOf(keptTokens(setting, role), worker);
    return stages(worker.pp).map((stage) => stageMemory({ cluster, model, engine, runs, memoryFree }, worker, stage));
  };
  const capacity = (worker: WorkerLayout, role: Role): WorkerCapacity =>
    capacityOf(memoryOf(worker, role), engine.maxSequences);

  const of = (worker: WorkerLayout, spans = spansOf(worker)): WorkerCost => {
    const own = stages(worker.pp);
    const { pp } = worker;
    const stageSeconds = secondsOf({ worker, spans, stages: own });

    const overheadOf = (work: StepWork): number => {
      const passing = work.groupPromptTokens > 0 ? times.passOverhead : 0;
      return times.stepOverhead + passing + times.perSequence * work.sequences;
    };
    const slowestOf = (work: StepWork): Profile => {
      const [first, ...others] = stageProfiles(context, own, { work, worker, spans });
      if (!first) throw new RangeError('a worker without stages');
      return others.reduce((slowest, other) => (other.total > slowest.total ? other : slowest), first);
    };
    /** Each stage has one of pp micro-batches at a time, and a prompt passes in one of them: the others wait for its slowest stage. */
    const profileOf = (work: StepWork): Profile => {
      const micro = pp === 1 ? work : { ...work, sequences: work.sequences / pp };
      const slowest = slowestOf(micro);
      if (pp === 1) return slowest;
      const profile = emptyProfile();
      const plain =
        work.groupPromptTokens > 0 && work.sequences > 0
          ? slowestOf({ ...micro, promptTokens: 0, prompts: 0, groupPromptTokens: 0 })
          : slowest;
      addProfile(profile, plain, work.sequences > 0 ? pp - 1 : 0);
      addProfile(profile, slowest, 1);
      return profile;
    };
    const parts = (work: StepWork) => ({ profile: profileOf(work), overhead: overheadOf(work) });
    /** The total of profileOf. */
    const kernels = (work: StepWork): number => {
      if (pp === 1) return Math.max(...stageSeconds(work));
      const micro = { ...work, sequences: work.sequences / pp };
      const slowest = Math.max(...stageSeconds(micro));
      if (work.sequences === 0) return slowest;
      const plain =
        work.groupPromptTokens > 0
          ? Math.max(...stageSeconds({ ...micro, promptTokens: 0, prompts: 0, groupPromptTokens: 0 }))
          : slowest;
      return (pp - 1) * plain + slowest;
    };
    const step = (work: StepWork): number => kernels(work) + overheadOf(work);
    const through = (work: StepWork): number => {
      const micro = pp === 1 ? work : { ...work, sequences: work.sequences / pp };
      return stageSeconds(micro).reduce((sum, each, i) => sum + each * (own[i]?.stages ?? 1), 0);
    };
    const pass = (work: StepWork): number => through(work) + overheadOf(work);

    const table = stepTable({
      plainWork: (sequences) => plainWork(workload, sequences),
      mixedWork: (sequences, passes) =>
        mixedWork(workload, engine, { sequences, together: ranksTogether(engine, worker.dp), passes }),
      step,
      ...(pp > 1 && { pass }),
    });
    let reading: WorkerReading | undefined;
    const prompts = (): WorkerReading => {
      if (!reading) {
        const work = mixedWork(workload, engine, { sequences: 0, together: worker.dp });
        const alone = pass(mixedWork(workload, engine, { sequences: 0, together: 1 }));
        reading = { work, alone, together: step(work) };
      }
      return reading;
    };
    const memory = (role: Role): readonly StageMemory[] => memoryOf(worker, role);
    return { worker, spans, stages: own, latent, step, pass, kernels, through, table, prompts, parts, memory };
  };
  return { of, spansOf, capacity };
}

/** The cluster as operators find it that have run for hours: compute is slower than in the tables, memory is not. */
function sustainedCluster(cluster: Cluster, { times }: Engine): Cluster {
  const { peakFlops, curves } = cluster.gpu;
  if (curves.sustainedClocks) return cluster;
  const share = 1 / times.computeSlowdown;
  const { bf16, fp8, fp4, int8 } = peakFlops;
  const sustained = { bf16: bf16 * share, fp8: fp8 * share, fp4: fp4 * share, int8: int8 * share };
  return { ...cluster, gpu: { ...cluster.gpu, peakFlops: sustained } };
}

/** Skew by the ranks and the redundant experts, each worked out once. */
function skewOf(loads: readonly number[] | undefined): StepContext['skew'] {
  const known = new Map<number, Map<number, number>>();
  return (ep, redundant) => {
    let byCopies = known.get(ep);
    if (!byCopies) {
      byCopies = new Map();
      known.set(ep, byCopies);
    }
    let skew = byCopies.get(redundant);
    if (skew === undefined) {
      skew = popularitySkew(loads, { ep, redundant });
      byCopies.set(redundant, skew);
    }
    return skew;
  };
}

/** Tokens that a running sequence takes room for on average. */
export function keptTokens({ workload, engine }: ServingSetting, role: Role): number {
  const { inputTokens, outputTokens } = workload;
  return role === 'prefill' ? inputTokens : inputTokens + Math.ceil(outputTokens * engine.memory.outputReserve);
}

function capacityOf(stages: readonly StageMemory[], maxSequences: number): WorkerCapacity {
  let fewest = maxSequences;
  let largest: StageMemory | undefined;
  let tightest: StageMemory | undefined;
  for (const stage of stages) {
    const held = sequencesHeld(stage);
    if (held < fewest || !tightest) {
      fewest = Math.min(fewest, held);
      tightest = stage;
    }
    if (!largest || stage.account.total > largest.account.total) largest = stage;
  }
  if (!largest || !tightest) throw new RangeError('a worker without stages');
  const bytes = { fixedBytes: largest.account.total, bytesPerSequence: largest.perSequence };
  if (fewest > 0) return { sequencesPerRank: fewest, ...bytes };
  const shortBytes = Math.ceil(tightest.perSequence - tightest.pool);
  const weights = weightBytes(tightest.account);
  // What the engine withholds beyond weights and activations is the same however small the model is.
  const reason: Reason =
    tightest.pool + tightest.account.total - weights < 0
      ? 'memory.weights'
      : tightest.pool < 0
        ? 'memory.activations'
        : 'memory.kv-cache';
  return { sequencesPerRank: 0, reason, shortBytes, ...bytes };
}
