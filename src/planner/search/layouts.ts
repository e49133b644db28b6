/** Layouts (tp, cp, dp, pp, micro-batch) that pass every rule of their degrees, in canonical order; the rest is counted by reason. */
import { microBatchSizes, splitBatch } from '../cost/shape.ts';
import { layerCount } from '../model.ts';
import type { Problem, Range, Reason } from '../result.ts';
import type { Strategy } from '../strategy.ts';
import { firstBroken } from './rules.ts';
import type { Space } from './space.ts';

export type Tally = (reason: Reason, count: number) => void;

export interface Listing {
  readonly space: Space;
  readonly tally: Tally;
  /** Nobody reads the counts: degrees outside the constraints are not even looked at. */
  readonly uncounted: boolean;
  /** Gets each layout with ep = etp = 1, and stops the listing by answering false. */
  readonly visit: (strategy: Strategy) => boolean;
}

/** The values of a degree to look at, up to `limit`. */
function rangeOf(problem: Problem, degree: 'tp' | 'cp' | 'dp' | 'pp', limit: number, uncounted: boolean): Range {
  const range = uncounted ? problem.constraints.degrees[degree] : undefined;
  return { min: range?.min ?? 1, max: Math.min(limit, range?.max ?? limit) };
}

const one: Strategy = { tp: 1, cp: 1, dp: 1, pp: 1, ep: 1, etp: 1, replicas: 1, microBatchSize: 1 };

/** @returns whether all were listed */
export function listLayouts(problem: Problem, listing: Listing): boolean {
  const { space, tally, uncounted } = listing;
  const { gpus } = space;
  const tps = rangeOf(problem, 'tp', gpus, uncounted);
  for (let tp = tps.min; tp <= tps.max; tp++) {
    const atTp = { ...one, tp };
    const tpReason = firstBroken('tp', problem, atTp);
    if (tpReason) {
      tally(tpReason, space.withTp(tp));
      continue;
    }
    const cps = rangeOf(problem, 'cp', Math.floor(gpus / tp), uncounted);
    for (let cp = cps.min; cp <= cps.max; cp++) {
      const atCp = { ...atTp, cp };
      const cpReason = firstBroken('cp', problem, atCp);
      if (cpReason) {
        tally(cpReason, space.withProduct(tp * cp));
        continue;
      }
      const dps = rangeOf(problem, 'dp', Math.floor(gpus / (tp * cp)), uncounted);
      for (let dp = dps.min; dp <= dps.max; dp++) {
        const atDp = { ...atCp, dp };
        const dpReason = firstBroken('dp', problem, atDp);
        if (dpReason) tally(dpReason, space.withStage(tp * cp, dp));
        else if (!listStages(problem, atDp, listing)) return false;
      }
    }
  }
  return true;
}

function listStages(problem: Problem, { tp, cp, dp }: Strategy, listing: Listing): boolean {
  const { space, tally, uncounted, visit } = listing;
  const stage = tp * cp * dp;
  const { most } = splitBatch(problem.workload.batchSize, dp);
  const folds = space.folds(stage);
  const layers = layerCount(problem.model);
  const several = microBatchSizes(most, 2);
  const pps = rangeOf(problem, 'pp', Math.floor(space.gpus / stage), uncounted);
  for (let pp = pps.min; pp <= pps.max; pp++) {
    // Written out, not spread: this runs for every layout there is.
    const atPp: Strategy = { tp, cp, dp, pp, ep: 1, etp: 1, replicas: 1, microBatchSize: 1 };
    const reason = firstBroken('pp', problem, atPp);
    if (reason) {
      // Beyond the layers every pp is turned away alike, unless a constraint on pp or GPUs speaks first.
      const rest = pp > layers && reason === 'stages-exceed-layers' && !bounded(problem);
      const times = rest ? pps.max - pp + 1 : 1;
      tally(reason, times * folds * space.choices(dp, pp));
      if (rest) break;
      continue;
    }
    for (const microBatchSize of pp === 1 ? microBatchSizes(most, 1) : several) {
      if (!visit({ tp, cp, dp, pp, ep: 1, etp: 1, replicas: 1, microBatchSize })) return false;
    }
  }
  return true;
}

function bounded({ constraints }: Problem): boolean {
  return constraints.degrees.pp !== undefined || constraints.gpus !== undefined;
}
