/**
 * How long a plan is expected to take of a planning thread, told from its request before it is queued.
 *
 * A power law of the GPUs, with a factor for each thing that makes a search wider or narrower:
 *
 *   ms = base · GPUs^power · moe · pin^pins              for a batch
 *   ms = … · apart · deep                                 for serving; apart where prompts and answers may have workers of their own,
 *                                                         deep where the objective leaves the bounds of the search little to prune by
 *
 * The number of candidates would be a poorer guide: what is pruned costs nothing, and of 9e11 candidates a search may cost 14.
 * It orders a queue and nothing more, so a factor of two either way is good enough, and it costs no search to have it.
 */
import { clusterGpus } from '../planner/cluster.ts';
import { mixtureOf } from '../planner/model.ts';
import type { ResolvedPlanRequest } from './resolve.ts';

// FIT-COMMENT
const batchFit = { baseMs: 8.5, power: 0.41, moe: 1.9, pin: 0.7 };
const servingFit = { baseMs: 16, power: 0.46, moe: 2.9, pin: 0.45, apart: 1.9, deep: 2.2 };

/** Milliseconds on a thread that has been planning for a while. */
export function expectedPlanMs({ workload, problem }: ResolvedPlanRequest): number {
  const { cluster, model, constraints, objective } = problem;
  const { baseMs, power, moe, pin } = workload === 'batch' ? batchFit : servingFit;
  const pins = Object.values(constraints.degrees).filter(({ min, max }) => min === max).length;
  const common = baseMs * clusterGpus(cluster) ** power * (mixtureOf(model) ? moe : 1) * pin ** pins;
  if (!('modes' in problem)) return common;
  const apart = problem.modes.includes('disaggregated') ? servingFit.apart : 1;
  const deep = objective === 'balance' || objective === 'cost' ? 1 : servingFit.deep;
  return common * apart * deep;
}
