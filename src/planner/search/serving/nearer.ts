/** Of all that is turned away the nearest to feasible, and no more: an infeasible problem turns away pairs by the hundred thousand. */
import { servingGpus } from '../../strategy.ts';
import type { Rejected } from './judge.ts';

export interface Nearer {
  readonly look: (rejected: Rejected) => void;
  /** What fits and misses rate or SLO by least, and what lacks least memory. */
  readonly missing: () => Rejected | undefined;
  readonly lacking: () => Rejected | undefined;
}

export const excessOf = ({ excess = Number.POSITIVE_INFINITY }: Rejected): number => excess;

/** Of equals the first is kept. */
export function nearerOn(clusterGpus: number): Nearer {
  let missing: Rejected | undefined;
  let lacking: Rejected | undefined;
  return {
    look: (rejected) => {
      // Halves are turned away by one of them alone: only a pair that the cluster has GPUs for is near to anything.
      if (servingGpus(rejected.strategy) > clusterGpus) return;
      if (rejected.shortBytes !== undefined) {
        if (lacking?.shortBytes === undefined || rejected.shortBytes < lacking.shortBytes) lacking = rejected;
      } else if (!missing || excessOf(rejected) < excessOf(missing)) missing = rejected;
    },
    missing: () => missing,
    lacking: () => lacking,
  };
}
