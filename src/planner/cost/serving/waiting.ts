/**
 * What a request waits for before its first token, beside its own prompt's passes.
 *
 * Engines plan a step while the one before is computed (overlap scheduling, the default of vLLM, SGLang and TensorRT-LLM): who asks at the
 * end of a step finds the next one running and the one after that planned. A client of a closed loop asks when it has been answered, which
 * is at the end of a step; others ask at any time within one.
 */

import type { Engine } from '../../engine.ts';
import type { ServingWorkload } from '../../workload.ts';
import type { WorkerCost } from './cost.ts';
import type { PromptPasses } from './passes.ts';

export interface WaitContext {
  readonly engine: Engine;
  readonly cost: WorkerCost;
}

/** Seconds of a request that are neither computing nor waiting for steps: its way through the server, and its prompt made into tokens. */
export function requestSeconds({ inputTokens }: ServingWorkload, { times }: Engine): number {
  return times.requestOverhead + inputTokens * times.perPromptToken;
}

/** Steps that a request waits for in full when it comes as a step begins, and others run. */
export function stepsAhead(context: WaitContext): number {
  return context.engine.times.stepsAhead + stepsUnseen(context);
}

/** Steps that pass until an engine looks for requests, lets them in on all ranks, and sends what it has, where that is not done in each. */
export function stepsUnseen({ engine: { times }, cost: { latent, worker } }: WaitContext): number {
  return (latent ? times.latentSteps : 0) + (worker.dp > 1 ? times.rankSteps : 0);
}

/** Share of requests that find somebody running, of so many that run beside each other on the worker: nobody waits for an idle one. */
export function findsOthers(others: number): number {
  return Math.min(1, Math.max(0, others));
}

/** A kind of steps: a share `mixedShare` of them with prompts. */
export interface StepKinds {
  readonly decodeStep: number;
  readonly mixedStep: number;
  readonly mixedShare: number;
}

/**
 * Mean rest of the step that a request finds running when it comes at any time: longer ones are found more often. What is planned already is
 * left out: the open loops that were measured are of runtimes that plan nothing ahead (TensorRT-LLM up to 0.20), and today's take a step longer.
 */
export function restOfStep({ decodeStep, mixedStep, mixedShare }: StepKinds): number {
  const mean = decodeStep + mixedShare * (mixedStep - decodeStep);
  return (decodeStep ** 2 + mixedShare * (mixedStep ** 2 - decodeStep ** 2)) / (2 * mean);
}

/** Seconds of one more pass in a step that has one: it shares the step's floors. */
export function furtherPass({ cost: { table } }: WaitContext): number {
  return Math.max(0, table.pass(0, 2) - table.pass(0, 1));
}

/** Requests of each client in a closed loop, all of which begin at once: the mean TTFT of a run contains that burst. */
export const wavesOfLoop = 10;

/**
 * Lengths are taken to be uniform in 1 ± this of their means. A request does not say: InferenceX draws them from 0.8 to 1.0 of nominal, which is
 * 1 ± 1/9, and most other runs have them all equal.
 */
const lengthSpread = 1 / 14;

/**
 * How much denser prompts come in the steps that a request sees than over all steps. Clients who began together come together again, spread by
 * as much as their answers' lengths differ, which adds up as in a random walk: wave k is √12 deviations wide, and begins as wide as the
 * steps that its first prompts took.
 */
export function bunching(decodeSteps: number, firstSteps: number): number {
  const first = firstSteps / decodeSteps;
  let density = 0;
  for (let wave = 1; wave < wavesOfLoop; wave++) {
    density += 1 / Math.min(1, first + 2 * lengthSpread * Math.sqrt(wave));
  }
  return density / (wavesOfLoop - 1);
}

/** Steps that the prompts of so many requests on a rank fill. */
export function stepsFilled(engine: Engine, prompt: PromptPasses, together: number): number {
  return (together * prompt.computed) / engine.batchTokens;
}

/** Mean seconds until the first token of `together` requests on a rank that all come at once: their prompts fill steps, one after another. */
export function firstWave({ engine, cost }: WaitContext, prompt: PromptPasses, together: number): number {
  const steps = stepsFilled(engine, prompt, together);
  if (steps <= 1) return cost.table.pass(0, Math.max(1, together));
  return (cost.table.pass(0, Math.max(1, engine.batchTokens / prompt.tokens)) * (steps + 1)) / 2;
}

/**
 * Mean wait in service times, of `servers` with Poisson arrivals and service times that are all the same: half of what it is with exponential
 * ones (H. Sakasegawa, An approximation formula Lq ≃ αρ^β/(1 − ρ), 1977; exact for one server). Near a load of 1 it is cut off.
 */
export function waiting(load: number, servers = 1): number {
  const busy = Math.min(0.98, load);
  return busy ** (Math.sqrt(2 * (servers + 1)) - 1) / (2 * servers * (1 - busy));
}
