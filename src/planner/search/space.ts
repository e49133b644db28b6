/**
 * The space of candidates, and how large it is without visiting it.
 *
 * A candidate is (tp, cp, dp, pp, ep, etp, micro-batch) of positive integers with tp·cp·dp·pp ≤ the cluster's N GPUs and ep·etp a
 * divisor of G = tp·cp·dp (a dense model has ep = etp = 1); micro-batches as microBatchSizes gives them. A batch has one replica.
 *
 * Their number: Σ over u = tp·cp and dp with G = u·dp ≤ N of d2(u) · folds(G) · (1 + (⌊N/G⌋ − 1) · choices(dp)), where d2 counts
 * divisors, folds(G) = Σ over divisors of d2 is the number of ordered (ep, etp, edp) with product G, and choices the number of
 * micro-batch sizes with several stages. It is in the order of N log³N; the sum takes N log N.
 */
import { microBatchChoices, splitBatch } from '../cost/shape.ts';

export interface Space {
  readonly gpus: number;
  /** (ep, etp) of a stage of G GPUs. */
  readonly folds: (stageGpus: number) => number;
  /** Micro-batch sizes of a layout. */
  readonly choices: (dp: number, pp: number) => number;
  /** Candidates with given tp, cp and dp. */
  readonly withStage: (u: number, dp: number) => number;
  /** Candidates with given tp and cp, by their product. */
  readonly withProduct: (u: number) => number;
  /** Candidates with given tp. */
  readonly withTp: (tp: number) => number;
  readonly size: () => number;
}

/** d2(n) for n up to `limit`: how many divisors. */
function divisorCounts(limit: number): Uint32Array {
  const counts = new Uint32Array(limit + 1);
  for (let d = 1; d <= limit; d++) for (let n = d; n <= limit; n += d) counts[n] = (counts[n] ?? 0) + 1;
  return counts;
}

export function spaceOf({ gpus, batchSize, moe }: { gpus: number; batchSize: number; moe: boolean }): Space {
  const divisors = divisorCounts(gpus);
  const foldCounts = new Float64Array(gpus + 1).fill(moe ? 0 : 1);
  if (moe) {
    for (let d = 1; d <= gpus; d++) {
      for (let n = d; n <= gpus; n += d) foldCounts[n] = (foldCounts[n] ?? 0) + (divisors[d] ?? 0);
    }
  }
  const folds = (stageGpus: number) => foldCounts[stageGpus] ?? 0;
  const choices = (dp: number, pp: number) => microBatchChoices(Math.max(1, splitBatch(batchSize, dp).most), pp);
  const withStage = (u: number, dp: number): number => {
    const stage = u * dp;
    return folds(stage) * (1 + (Math.floor(gpus / stage) - 1) * choices(dp, 2));
  };
  const products = new Float64Array(gpus + 1).fill(-1);
  const withProduct = (u: number): number => {
    const known = products[u] ?? -1;
    if (known >= 0) return known;
    let sum = 0;
    for (let dp = 1; u * dp <= gpus; dp++) sum += withStage(u, dp);
    products[u] = sum;
    return sum;
  };
  const withTp = (tp: number): number => {
    let sum = 0;
    for (let cp = 1; tp * cp <= gpus; cp++) sum += withProduct(tp * cp);
    return sum;
  };
  const size = (): number => {
    let sum = 0;
    for (let u = 1; u <= gpus; u++) sum += (divisors[u] ?? 0) * withProduct(u);
    return sum;
  };
  return { gpus, folds, choices, withStage, withProduct, withTp, size };
}

/** A space whose subspaces count for nothing. */
export function uncountedSpace(gpus: number): Space {
  const none = () => 0;
  return { gpus, folds: none, choices: none, withStage: none, withProduct: none, withTp: none, size: none };
}
