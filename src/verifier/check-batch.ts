/** The check of a batch's split: every sequence on one data-parallel rank, in whole micro-batches. */
import type { BatchGiven } from './batch.ts';
import type { VerificationCheck } from './claim.ts';
import { checkOf, type Fault, type Figure } from './compare.ts';
import { sequencesOf } from './layout.ts';

export function checkBatch({ problem, claim, derived: { layout } }: BatchGiven): VerificationCheck {
  const { batchSize } = problem.workload;
  const { dp, microBatch: b, microBatches, replicas } = layout;
  const most = sequencesOf(problem.workload, dp, 0);
  let dealt = 0;
  for (let rank = 0; rank < dp; rank += 1) dealt += sequencesOf(problem.workload, dp, rank);
  const faults: Fault[] = [];
  if (b > most) {
    const text = `A micro-batch of ${b} sequences is more than the ${most} of a data-parallel rank.`;
    faults.push({ expected: most, actual: b, text });
  }
  if (replicas > 1) {
    const text = `One batch is split over dp, so there is one copy of it all; ${replicas} replicas would have nothing to do.`;
    faults.push({ expected: 1, actual: replicas, text });
  }
  const figures: readonly Figure[] = [
    {
      name: 'Micro-batches',
      unit: 'count',
      derived: microBatches,
      claimed: claim.estimate?.time?.microBatches,
      tolerance: 'exact',
    },
  ];
  const share =
    batchSize % dp === 0 ? `${most} each` : `${most} on the first ${batchSize % dp}, ${most - 1} on the others`;
  const notes = [
    `${batchSize} sequences over ${dp} data-parallel ranks: ${share}, in ${microBatches} micro-batches of ${b}.`,
  ];
  const headline: Figure = { name: 'Sequences', unit: 'count', derived: batchSize, claimed: dealt, tolerance: 'exact' };
  return checkOf('batch-split', { headline, figures, faults, notes });
}
