/**
 * What no number of workers and no concurrency gets below: whole families of layouts are turned away by it, unjudged.
 *
 * TPOT: a step takes no less than one that only decodes, nor that less than with one sequence among all ranks and stages; of a family the
 * one of fewest stages is the quickest (./sides.ts). TTFT: nobody has a token before the passes of his own prompt, which take no less than
 * alone; what queues, moves and starts a request comes on top. Both hold for either mode; of two halves the reader's is the prompt, the
 * writer's the step. A batch in which all begin together has no such steps, and requests of one token are costed otherwise: no floors here.
 */
import type { ServingProblem } from '../../serving-result.ts';
import type { Rejected } from './judge.ts';
import type { Family, Sides } from './sides.ts';

/** So that what meets a bound exactly is not lost to rounding. */
export const slightlyLess = 1 - 1e-9;

/** A bound of the SLO that is missed by at least so many times. */
export interface Missed {
  readonly reason: 'slo.ttft' | 'slo.tpot';
  readonly excess: number;
}

/** Candidates that are known to miss something, and what judging the best of them would say. */
export interface Unjudged {
  /** They miss it by no less; infinite where that has no measure. */
  readonly excess: number;
  /** What misses it by as much as `below` or more is of no interest. */
  readonly judge: (below?: number) => Rejected | undefined;
  /** Whether what they do may be on the frontier, where TPOT is not held to its bound. */
  readonly onFrontier: boolean;
}

/** Of a worker that reads prompts, by itself or beside answers. */
export function promptTooLong({ workload }: ServingProblem, sides: Sides, { first }: Family): Missed | undefined {
  const { ttft } = workload.slo;
  if (ttft === undefined || workload.load.kind === 'static' || workload.outputTokens === 1) return undefined;
  const least = sides.prefill(first).seconds * slightlyLess;
  return least > ttft ? { reason: 'slo.ttft', excess: least / ttft } : undefined;
}

/** Of a worker that writes answers. */
export function stepTooLong({ workload }: ServingProblem, sides: Sides, family: Family): Missed | undefined {
  const { first, members } = family;
  const { tpot } = workload.slo;
  if (tpot === undefined || workload.load.kind === 'static') return undefined;
  const { dp, pp } = first.layout;
  // Where arrivals do not set them, families are crowded by TPOT: with more than one on a rank it is met.
  if (workload.load.kind !== 'rate' && sides.crowding(family) * pp > 1) return undefined;
  const least = sides.decode(first, 1 / (dp * (members.at(-1)?.layout.pp ?? pp))).tpot * slightlyLess;
  return least > tpot ? { reason: 'slo.tpot', excess: least / tpot } : undefined;
}
