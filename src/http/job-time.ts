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

/**
 * Least squares on ln ms over the CPU times of 240 random requests (79 batches, 161 of serving, 8 to 1024 GPUs, dense and MoE, all
 * objectives, engines and loads; bench/job-time.ts draws such requests and shows how far off it is), Node 20 on a core that measured 9 ms to 9 s. Half of the estimates are within a
 * factor of 1.8, nine in ten within 5.7 for a batch and 4.7 for serving; the worst is off by 27. Of two requests whose times
 * are a factor of three or more apart, nine times in ten the longer is expected to be the longer. Infeasible ones are told too
 * short: remedies are searched for after the search.
 */
const batchFit = { baseMs: 9.4, power: 0.41, moe: 2.1, pin: 0.53 };
const servingFit = { baseMs: 9.2, power: 0.46, moe: 3.1, pin: 0.48, apart: 2.1, deep: 1.9 };

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
