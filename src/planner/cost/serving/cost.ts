/**
 * What serving costs, layer by layer: steps of one worker (./step.ts), the memory that its engine leaves for KV (./memory.ts), and the
 * steady states that follow from both (./steady.ts, ./disaggregated.ts).
 */
import type { ServingSetting } from '../../serving-result.ts';
import { addProfile, emptyProfile, type Profile } from '../profile.ts';
import { type Groundwork, groundworkOf } from './groundwork.ts';
import { profilesWithGuesses } from './guesses.ts';
import type { StageMemory } from './memory.ts';
import { mixedWork, plainWork, ranksTogether } from './passes.ts';
import type { Role, WorkerCapacity } from './stage-memory.ts';
import { type StepTable, stepTable } from './step-table.ts';
import type { StepWork } from './step-work.ts';
import type { ModelLayers, Stage, WorkerLayout, WorkerSpans } from './worker.ts';

/** One step in which nobody needs anything. */
export const idle: StepWork = {
  sequences: 0,
  tokensEach: 1,
  context: 0,
  answer: 0,
  promptTokens: 0,
  prompts: 0,
  history: 0,
  groupPromptTokens: 0,
};

/**
 * Steps of so many tokens run from captured graphs, which the host launches in one go (vLLM captures up to 512, and runs with prompts of 128 show
 * no launching); larger ones have prompts, whose kernels it launches one by one.
 */
const capturedTokens = 512;

export interface WorkerCost {
  readonly worker: WorkerLayout;
  readonly spans: WorkerSpans;
  readonly stages: readonly Stage[];
  readonly layers: ModelLayers;
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
  /** As many whole prompts on each rank as a step has room for, where these are several, and the seconds of their step. */
  readonly full: { readonly work: StepWork; readonly prompts: number; readonly seconds: number } | undefined;
}

export interface WorkerCosts {
  readonly of: (worker: WorkerLayout) => WorkerCost;
  readonly capacity: (worker: WorkerLayout, role: Role) => WorkerCapacity;
  readonly groundwork: Groundwork;
}

const noPrompts = { promptTokens: 0, prompts: 0, groupPromptTokens: 0 };

/** What one of pp micro-batches has of a step, with such prompts beside it. Every key is written out: a copy with others takes longer (Node 20). */
function inMicroBatches(
  { sequences, tokensEach, context, answer, history }: StepWork,
  pp: number,
  { promptTokens, prompts, groupPromptTokens }: Pick<StepWork, 'promptTokens' | 'prompts' | 'groupPromptTokens'>,
): StepWork {
  return {
    sequences: sequences / pp,
    tokensEach,
    context,
    answer,
    promptTokens,
    prompts,
    history,
    groupPromptTokens,
  };
}

function longest(seconds: readonly number[], least: number): number {
  let most = least;
  for (let i = 0; i < seconds.length; i++) most = Math.max(most, seconds[i] ?? 0);
  return most;
}

/** `known` is the groundwork of a setting that may be like this one. */
export function workerCosts(setting: ServingSetting, memoryFree = 0, known?: Groundwork): WorkerCosts {
  const { workload, engine } = setting;
  const groundwork = groundworkOf(setting, memoryFree, known);
  const { layers, places, memories } = groundwork;
  const { context, secondsOf } = groundwork.kernels;
  const { times } = engine;
  const latent = layers.kinds.some(({ mixer }) => mixer?.kind === 'mla');

  const plainOf = (sequences: number): StepWork => plainWork(workload, sequences);
  const isLaunched = (work: StepWork): boolean =>
    work.promptTokens > 0 && work.promptTokens + work.sequences > capturedTokens;
  const overheadOf = (work: StepWork): number => {
    const passing = work.groupPromptTokens > 0 ? times.passOverhead : 0;
    return times.stepOverhead + passing + times.perSequence * work.sequences;
  };

  const make = (asked: WorkerLayout, spans: WorkerSpans): WorkerCost => {
    const { tp, cp, dp, pp, ep, etp, replicas, redundantExperts } = asked;
    // Layouts and strategies come in keys of several orders: the costs of all are asked with one, which code is compiled for once.
    const worker: WorkerLayout = { tp, cp, dp, pp, ep, etp, replicas, redundantExperts };
    const own = layers.stages(pp);
    const stageSeconds = secondsOf({ worker, spans, stages: own });
    const slowestOf = (work: StepWork): Profile => {
      const staged = { stages: own, guesses: layers.guesses };
      const [first, ...others] = profilesWithGuesses(context, staged, { work, worker, spans });
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
    /** The total of profileOf, where no stage's part of a step with prompts is shorter than `least`. */
    const kernels = (work: StepWork, least = 0): number => {
      if (pp === 1) return longest(stageSeconds(work), least);
      const slowest = longest(stageSeconds(inMicroBatches(work, pp, work)), least);
      if (work.sequences === 0) return slowest;
      const plain =
        work.groupPromptTokens > 0 ? longest(stageSeconds(inMicroBatches(work, pp, noPrompts)), 0) : slowest;
      return (pp - 1) * plain + slowest;
    };
    /** As long as the host takes to launch its kernels, at least. */
    const launched = (work: StepWork): number =>
      kernels(work, isLaunched(work) ? times.perLayer * layers.mostLaunched(pp) : 0);
    const step = (work: StepWork): number => launched(work) + overheadOf(work);
    const parts = (work: StepWork) => ({
      profile: profileOf(work),
      overhead: overheadOf(work) + launched(work) - kernels(work),
    });
    const throughStages = (work: StepWork, perLayer: number): number => {
      const seconds = stageSeconds(pp === 1 ? work : inMicroBatches(work, pp, work));
      let sum = 0;
      for (let i = 0; i < seconds.length; i++) {
        const { launched = 0, stages = 1 } = own[i] ?? {};
        sum += Math.max(seconds[i] ?? 0, perLayer * launched) * stages;
      }
      return sum;
    };
    const through = (work: StepWork): number => throughStages(work, 0);
    const pass = (work: StepWork): number =>
      throughStages(work, isLaunched(work) ? times.perLayer : 0) + overheadOf(work);

    const together = ranksTogether(engine, worker.dp);
    const table = stepTable({
      plainWork: plainOf,
      mixedWork: (sequences, passes) => mixedWork(workload, engine, { sequences, together, passes }),
      step,
      pass: pp > 1 ? pass : undefined,
    });
    let reading: WorkerReading | undefined;
    const prompts = (): WorkerReading => {
      if (!reading) {
        const work = mixedWork(workload, engine, { sequences: 0, together: worker.dp });
        const alone = pass(mixedWork(workload, engine, { sequences: 0, together: 1 }));
        const prompts = Math.floor(engine.batchTokens / work.promptTokens);
        const crowd = mixedWork(workload, engine, { sequences: 0, together: worker.dp, passes: prompts });
        const full = prompts > 1 ? { work: crowd, prompts, seconds: step(crowd) } : undefined;
        reading = { work, alone, together: step(work), full };
      }
      return reading;
    };
    const memory = (role: Role): readonly StageMemory[] => memories.memory(worker, role);
    return {
      worker,
      spans,
      stages: own,
      layers,
      latent,
      step,
      pass,
      kernels: (work) => kernels(work),
      through,
      table,
      prompts,
      parts,
      memory,
    };
  };
  /** By the numbers of their places. */
  const made = new Map<number, WorkerCost>();
  const of = (worker: WorkerLayout): WorkerCost => {
    const { number, spans } = places.of(worker);
    let cost = made.get(number);
    if (!cost) {
      cost = make(worker, spans);
      made.set(number, cost);
    }
    return cost;
  };
  return { of, capacity: memories.capacity, groundwork };
}
