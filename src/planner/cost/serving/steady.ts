/**
 * The steady state of workers that both read prompts and write answers (continuous batching with chunked prefill).
 *
 * A step decodes one token of each of n sequences. When a request ends another's prompt takes its place: on average
 * n·P/D prompt tokens a step and rank, P tokens of a prompt to compute, D steps a request decodes in. They come in passes of at most
 * the engine's batch, which everyone in the step waits for: a share g of the steps has one. With attention data parallelism the ranks of
 * a step wait for each other, so any rank's pass slows all.
 */

import type { Engine } from '../../engine.ts';
import { decodeSteps, type ServingWorkload } from '../../workload.ts';
import { idle, type WorkerCost } from './cost.ts';
import { readsAtMost, stepsOf, worksOf } from './mean-step.ts';
import { mixedWork, promptPasses } from './passes.ts';
import type { StepWork } from './step-work.ts';
import { findsOthers, furtherPass, requestSeconds, restOfStep, stepsAhead, stepsUnseen, waiting } from './waiting.ts';
import { firstWave, groupOf, groupsBeside, metInGroup, scattered, stepsFilled, wavesOf, wavesOfLoop } from './waves.ts';

/** The steady state of one worker. */
export interface WorkerSteady {
  /** Sequences that decode on each data-parallel rank, and prompt tokens that come with a mean step. */
  readonly sequences: number;
  readonly promptTokens: number;
  /** Share of the steps that have prompts on any rank. */
  readonly mixedShare: number;
  readonly mixed: StepWork;
  readonly plain: StepWork;
  /** Seconds of a step without prompts, and of a mean one. */
  readonly decodeStep: number;
  readonly meanStep: number;
  readonly ttft: number;
  readonly queueing: number;
  readonly prefill: number;
  readonly tpot: number;
  readonly requestsPerSecond: number;
  readonly utilization: number;
}

export interface SteadyContext {
  readonly workload: ServingWorkload;
  readonly engine: Engine;
  readonly cost: WorkerCost;
  /** Sequences that one data-parallel rank runs at most. */
  readonly slots: number;
}

/** A closed loop of `clients` requests on the worker, or as many as it has slots for where `clients` is infinite. */
export function closedLoop(context: SteadyContext, clients: number): WorkerSteady {
  const { workload, engine, cost, slots } = context;
  const { dp } = cost.worker;
  const D = decodeSteps(workload);
  const tokens = workload.outputTokens - 1;
  const overhead = requestSeconds(workload, engine);
  const prompt = promptPasses(workload, engine);
  const perRank = Math.min(clients / dp, slots);
  if (D <= 0) return promptsOnly(context, clients);
  const alone = prompt.passes * cost.table.pass(0, 1);
  const first = Number.isFinite(clients) ? firstWave(context, prompt, perRank) : 0;
  const { density, together } = Number.isFinite(clients)
    ? wavesOf(workload.lengthSpread, D, stepsFilled(engine, prompt, perRank))
    : scattered;
  const further = furtherPass(context);
  // A lone client finds nothing running.
  const ahead = stepsAhead(context) * findsOthers(clients - 1);
  const group = together > 0 ? groupOf(engine, prompt, perRank) : undefined;
  const grouped = group ? 1 + together * (group.prompts - 1) : 1;
  const readBeside = group ? Math.min(1, groupsBeside(group, ahead) * (prompt.passes / D)) : 0;
  // A step has room for so many tokens: more sequences would need more prompts a step than fit beside them.
  const each = 1 + (workload.speculation?.tokens ?? 0);
  const fed = Math.max(1, (D * engine.batchTokens) / (prompt.computed + D * each));
  const reading = readsAtMost(context, prompt);
  // Nobody waits for his own prompt while he decodes: who is in a closed loop meets it as those without him make it (the arrival theorem).
  const others = 1 - 1 / Math.max(1, Math.min(clients, perRank * dp));
  let sequences = Math.min(perRank, fed);
  let result: Omit<WorkerSteady, 'plain' | 'mixed'> | undefined;
  let lastPasses = 1;
  for (let round = 0; round < 12; round++) {
    const promptTokens = (sequences * prompt.computed) / D;
    const crowd = { sequences, promptTokens, grouped };
    const { passes, share, decodeStep, mixedStep, pass } = stepsOf(context, prompt, crowd);
    lastPasses = passes;
    const meanStep = decodeStep + share * (mixedStep - decodeStep);
    const seen = (1 - together) * (share * others) + together * readBeside;
    const seenStep = decodeStep + seen * (mixedStep - decodeStep);
    const tpot = (seenStep * D) / tokens;
    // A client asks when it has been answered, and so do those whose answers end in the same steps.
    const beside = density * others;
    const extra = Math.min(1, beside * share) * (mixedStep - decodeStep);
    const more = Math.max(0, (beside * promptTokens) / prompt.tokens - passes) * further;
    let own = prompt.passes * (pass + beside * (promptTokens / prompt.tokens) * further);
    let wait = ahead * (decodeStep + extra + more);
    if (group) {
      const met = metInGroup(context, group, { sequences, passes: prompt.passes, ahead });
      own = (1 - together) * own + together * met.own;
      wait = (1 - together) * wait + together * met.wait;
    }
    const inFlight = own + wait + overhead;
    const answer = tpot * tokens;
    const resident = inFlight + answer;
    const burst = Math.max(0, first + overhead - inFlight) / wavesOfLoop;
    const slotWait = Number.isFinite(clients) ? Math.max(0, clients / (perRank * dp) - 1) * resident : 0;
    const free = inFlight + burst + slotWait;
    const unfed = Number.isFinite(clients) ? clients / (free + answer) : (perRank * dp) / resident;
    const requestsPerSecond = Math.min(unfed, (fed * dp) / answer, reading);
    // Whoever cannot be fed yet waits before the first token.
    const present = Number.isFinite(clients) ? clients : perRank * dp;
    const ttft = Math.max(free, present / requestsPerSecond - answer);
    result = {
      sequences,
      promptTokens,
      mixedShare: share,
      decodeStep,
      meanStep,
      ttft,
      queueing: Math.max(0, ttft - own - overhead),
      prefill: alone,
      tpot,
      requestsPerSecond,
      utilization: 1,
    };
    const next = Math.min(fed, Math.max(Math.min(perRank, 1 / dp), (requestsPerSecond / dp) * answer));
    if (Math.abs(next - sequences) <= 1e-3 * sequences) break;
    sequences = next;
  }
  if (!result) throw new RangeError('no round');
  return withWorks(context, result, lastPasses);
}

/** Every key is written out: a search asks for thousands, and keys added to an object that was spread take microseconds (Node 20). */
function withWorks(
  context: SteadyContext,
  steady: Omit<WorkerSteady, 'plain' | 'mixed'>,
  passes: number,
): WorkerSteady {
  const { plain, mixed } = worksOf(context, steady.sequences, passes);
  const { sequences, promptTokens, mixedShare, decodeStep, meanStep } = steady;
  const { ttft, queueing, prefill, tpot, requestsPerSecond, utilization } = steady;
  return {
    sequences,
    promptTokens,
    mixedShare,
    mixed,
    plain,
    decodeStep,
    meanStep,
    ttft,
    queueing,
    prefill,
    tpot,
    requestsPerSecond,
    utilization,
  };
}

/** Requests of one token: the prompt is all there is. What the host does for one is hidden behind the one before, if there is one. */
function promptsOnly({ workload, engine, cost }: SteadyContext, clients: number): WorkerSteady {
  const prompt = promptPasses(workload, engine);
  const alone = prompt.passes * cost.pass(mixedWork(workload, engine, { sequences: 0, together: 1 }));
  const { dp } = cost.worker;
  const mixed: StepWork = {
    ...idle,
    promptTokens: prompt.computed,
    prompts: 1,
    history: prompt.cached,
    groupPromptTokens: dp * prompt.computed,
  };
  const busy =
    prompt.passes * cost.step({ ...mixed, promptTokens: prompt.tokens, groupPromptTokens: dp * prompt.tokens });
  const waiting = Number.isFinite(clients) ? Math.max(1, clients / dp) : 1;
  // Stages of a pipeline work on different prompts, and each prompt passes all of them.
  const ttft = clients <= 1 ? alone : Math.max(alone, busy * waiting);
  return {
    sequences: 0,
    promptTokens: prompt.computed,
    mixedShare: 1,
    mixed,
    plain: idle,
    decodeStep: 0,
    meanStep: busy,
    ttft,
    queueing: Math.max(0, ttft - alone),
    prefill: alone,
    tpot: 0,
    requestsPerSecond: clients <= dp ? clients / ttft : Math.min(clients / ttft, dp / busy),
    utilization: 1,
  };
}

/**
 * Poisson arrivals at `rate` requests a second on the worker. Where they come faster than it answers, all slots are taken, it answers what it
 * can (`requestsPerSecond` is less than the rate) and the wait is that of a worker that is nearly full: no steady state has a longer one.
 */
export function openLoop(context: SteadyContext, rate: number): WorkerSteady {
  const { workload, engine, cost, slots } = context;
  const { dp } = cost.worker;
  const D = decodeSteps(workload);
  const prompt = promptPasses(workload, engine);
  const tokens = workload.outputTokens - 1;
  const overhead = requestSeconds(workload, engine);
  if (D <= 0) {
    const only = promptsOnly(context, dp);
    const { prefill: alone } = only;
    const load = rate / only.requestsPerSecond;
    const queueing = waiting({ load, spread: workload.lengthSpread }) * only.meanStep;
    const requestsPerSecond = Math.min(rate, only.requestsPerSecond);
    return { ...only, ttft: alone + queueing + overhead, queueing, requestsPerSecond, utilization: Math.min(1, load) };
  }
  const perRankRate = rate / dp;
  const each = 1 + (workload.speculation?.tokens ?? 0);
  const most = Math.min(slots, Math.max(1, (D * engine.batchTokens) / (prompt.computed + D * each)));
  const reading = readsAtMost(context, prompt);
  // A step with nothing but one sequence is the shortest there is; sequences grow from there until as many end as come.
  let sequences = Math.min(most, perRankRate * D * cost.table.plain(1));
  let steady: Omit<WorkerSteady, 'plain' | 'mixed'> | undefined;
  let lastPasses = 1;
  const alone = prompt.passes * cost.table.pass(0, 1);
  for (let round = 0; round < 24; round++) {
    // A request that comes alone decodes alone, however rarely one comes.
    const at = Math.max(1 / dp, sequences);
    const decodeStep = cost.table.plain(at);
    // As many prompts come in as answers end, also where more would come.
    const promptTokens = (sequences * prompt.computed) / D;
    const { passes, share, mixedStep, pass } = stepsOf(context, prompt, { sequences: at, promptTokens });
    lastPasses = passes;
    const meanStep = decodeStep + share * (mixedStep - decodeStep);
    const tpot = (meanStep * D) / tokens;
    const next = Math.min(most, perRankRate * tpot * tokens);
    const own = prompt.passes * (pass + (promptTokens / prompt.tokens) * furtherPass(context));
    const rest = restOfStep({ decodeStep, mixedStep, mixedShare: share }) + stepsUnseen(context) * meanStep;
    // A step reads so many prompts; those that it has no room for wait for the next.
    const filled = (sequences * each + promptTokens) / engine.batchTokens;
    const servers = Math.max(1, engine.batchTokens / prompt.computed);
    const queue = waiting({ load: filled, servers, spread: workload.lengthSpread }) * prompt.passes * mixedStep;
    const queueing = rest * findsOthers(at * dp) + queue;
    steady = {
      sequences: at,
      promptTokens,
      mixedShare: share,
      decodeStep,
      meanStep,
      ttft: own + queueing + overhead,
      queueing,
      prefill: alone,
      tpot,
      requestsPerSecond: Math.min(rate, (most * dp) / (tpot * tokens), reading),
      utilization: Math.min(1, next / most),
    };
    if (Math.abs(next - sequences) <= 1e-4 * sequences) break;
    sequences = (sequences + next) / 2;
  }
  if (!steady) throw new RangeError('no round');
  return withWorks(context, steady, lastPasses);
}

/** Output tokens a second of a worker. */
export function tokenRate(steady: WorkerSteady, { outputTokens }: ServingWorkload): number {
  return steady.requestsPerSecond * outputTokens;
}
