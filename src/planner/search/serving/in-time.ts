/** How many sequences run on a rank where the first token has to come in time: TTFT falls with them, as fewer wait for a slot, and then rises. */
import type { Steady } from '../../cost/serving/serving-cost.ts';
import type { ServingProblem } from '../../serving-result.ts';
import { lastWithin, lowest, smallest } from './bisect.ts';

/** States by the sequences that run on a rank, up to `most` of them. */
interface States {
  readonly most: number;
  readonly steadyAt: (perRank: number) => Steady | undefined;
}

/** Sequences on a rank at which the first token comes soonest: with fewer requests wait for a slot, with more for longer steps. */
export function soonest({ workload: { slo } }: ServingProblem, { most, steadyAt }: States): number {
  if (slo.ttft === undefined) return most;
  return lowest(most, (n) => steadyAt(n)?.ttft ?? Number.POSITIVE_INFINITY);
}

/** The most sequences on a rank with which the first token comes in time; `most` where it never does. */
export function inTime(problem: ServingProblem, { most, steadyAt }: States): number {
  const { ttft: bound = Number.POSITIVE_INFINITY } = problem.workload.slo;
  const ttft = (n: number) => steadyAt(n)?.ttft ?? 0;
  const within = lastWithin(bound, { most }, ttft);
  if (within !== undefined) return within;
  const least = soonest(problem, { most, steadyAt });
  return ttft(least) <= bound ? smallest({ tooFew: least, most }, (n) => ttft(n) > bound) - 1 : most;
}
