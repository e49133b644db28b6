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

export interface Queue {
  /** Share of the time in which servers are busy, and how many they are. */
  readonly load: number;
  readonly servers?: number;
  /** Service times are uniform in 1 ± this of their mean. */
  readonly spread: number;
}

/**
 * Mean wait in mean service times, with Poisson arrivals: where these are all the same half of what it is with exponential ones (H. Sakasegawa,
 * An approximation formula Lq ≃ αρ^β/(1 − ρ), 1977; exact for one server). It grows as 1 + c², c the deviation over the mean of what is served
 * (Pollaczek and Khinchine; for several servers A. M. Lee and P. A. Longton, 1959). Near a load of 1 it is cut off.
 */
export function waiting({ load, servers = 1, spread }: Queue): number {
  const busy = Math.min(0.98, load);
  const equal = busy ** (Math.sqrt(2 * (servers + 1)) - 1) / (2 * servers * (1 - busy));
  return equal * (1 + spread ** 2 / 3);
}
