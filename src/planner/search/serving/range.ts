/** How many workers of a layout may be: by the cluster, by its fast domains and by the request's constraints. */
import { clusterGpus } from '../../cluster.ts';
import { ranksPerDomain, roomForRanks } from '../../placement.ts';
import type { Range, Reason } from '../../result.ts';
import type { ServingProblem } from '../../serving-result.ts';
import { busyWorkers } from './load.ts';
import type { Worker } from './workers.ts';

export interface NumberRange {
  /** Empty where min > max. */
  readonly allowed: Range;
  /** Numbers that the cluster has GPUs for and that are turned away. */
  readonly turnedAway: readonly { readonly reason: Reason; readonly count: number }[];
}

const none: NumberRange['turnedAway'] = [];

/** GPUs that a strategy may have. */
export function gpuRange({ cluster, constraints }: Pick<ServingProblem, 'cluster' | 'constraints'>): Range {
  const gpus = clusterGpus(cluster);
  return { min: constraints.gpus?.min ?? 1, max: Math.min(gpus, constraints.gpus?.max ?? gpus) };
}

/** Numbers of workers of one layout that do all. */
export function numberRange(problem: ServingProblem, { layout, gpus }: Worker): NumberRange {
  const { cluster, constraints } = problem;
  const most = Math.floor(clusterGpus(cluster) / gpus);
  const total = gpuRange(problem);
  const pinned = constraints.degrees.replicas;
  const min = Math.max(1, pinned?.min ?? 1, Math.ceil(total.min / gpus));
  const max = Math.min(most, pinned?.max ?? most, Math.floor(total.max / gpus));
  const room = Math.floor(roomForRanks(cluster, ranksPerDomain(layout, cluster.domainGpus)) / gpus);
  const placed = Math.min(max, room);
  const allowed = { min, max: Math.min(placed, busyWorkers(problem.workload.load)) };
  if (min === 1 && allowed.max === most) return { allowed, turnedAway: none };
  const above = (limit: number, lower: number) => Math.max(0, limit - Math.max(min - 1, lower));
  return {
    allowed,
    turnedAway: [
      { reason: 'constraint', count: most - Math.max(0, max - min + 1) },
      { reason: 'placement.tp-group-would-split', count: above(max, room) },
      { reason: 'rank-without-sequence', count: above(placed, allowed.max) },
    ],
  };
}
