/**
 * The space of serving strategies, and how large it is without visiting it.
 *
 * A worker layout is (tp, cp, dp, pp, ep, etp, redundant experts) with tp·cp·dp·pp ≤ the cluster's N GPUs and ep·etp a divisor of tp·cp·dp
 * (a dense model has ep = etp = 1). A candidate is a layout and how many workers of it the N GPUs hold, or two layouts, one for each
 * half, and how many of each: x·a + y·b ≤ N for halves of a and b GPUs. `maxConcurrency` is not enumerated: it follows from the
 * candidate (./load.ts).
 *
 * With c(g) the layouts of g GPUs, aggregated candidates number Σ c(g)·⌊N/g⌋; with A(n) = Σ over g | n of c(g), the ways to spend
 * exactly n GPUs on workers of one layout, disaggregated ones number Σ over n + m ≤ N of A(n)·A(m). Both take N log N.
 */
import type { EngineName } from '../../engine.ts';
import { type Model, mixtureOf } from '../../model.ts';
import type { ServingWorkload } from '../../workload.ts';

/** Counts by GPUs of a worker: index 0 is unused. */
export type ByGpus = Float64Array;

export interface SpaceSetting {
  readonly gpus: number;
  readonly model: Model;
  readonly workload: Pick<ServingWorkload, 'routing'>;
  readonly engine: { readonly name: EngineName | 'generic' };
}

export interface ServingSpace {
  readonly gpus: number;
  /** Redundant experts to try with an ep: 0, and where the engine balances experts and routing is skewed ep, 2·ep, 4·ep … up to E/4. */
  readonly redundancies: (ep: number) => readonly number[];
  /** (ep, etp, redundant experts) of a stage of so many GPUs. */
  readonly folds: (stageGpus: number) => number;
  /** All layouts. */
  readonly layouts: () => ByGpus;
  /** Adds those with given tp to counts. */
  readonly addTp: (counts: ByGpus, tp: number) => void;
  /** Adds those with given tp·cp to counts, of one way to make it. */
  readonly addTpCp: (counts: ByGpus, product: number) => void;
}

export function divisorsOf(n: number): readonly number[] {
  const low: number[] = [];
  const high: number[] = [];
  for (let d = 1; d * d <= n; d++) {
    if (n % d !== 0) continue;
    low.push(d);
    if (d * d !== n) high.push(n / d);
  }
  return [...low, ...high.reverse()];
}

export function servingSpace({ gpus, model, workload, engine }: SpaceSetting): ServingSpace {
  const moe = mixtureOf(model);
  const skewed = workload.routing.kind === 'zipf' || workload.routing.kind === 'loads';
  const balances = moe !== undefined && engine.name !== 'generic' && skewed;
  const none = [0];
  const known = new Map<number, readonly number[]>();
  const redundancies = (ep: number): readonly number[] => {
    if (!moe || !balances || ep === 1) return none;
    let found = known.get(ep);
    if (!found) {
      const choices = [0];
      for (let copies = ep; copies <= moe.experts / 4; copies *= 2) choices.push(copies);
      found = choices;
      known.set(ep, found);
    }
    return found;
  };

  // Σ over ep | G of choices(ep) · divisors of G/ep: a sieve, once.
  const foldCounts = new Float64Array(gpus + 1);
  const divisors = new Float64Array(gpus + 1);
  for (let d = 1; d <= gpus; d++) for (let n = d; n <= gpus; n += d) divisors[n] = (divisors[n] ?? 0) + 1;
  // Ordered triples (tp, cp, dp) with a product of G.
  const triples = new Float64Array(gpus + 1);
  for (let d = 1; d <= gpus; d++) addMultiples(triples, d, divisors[d] ?? 0);
  if (!moe) foldCounts.fill(1);
  else {
    for (let ep = 1; ep <= gpus; ep++) {
      const choices = redundancies(ep).length;
      for (let rest = 1; ep * rest <= gpus; rest++) {
        foldCounts[ep * rest] = (foldCounts[ep * rest] ?? 0) + choices * (divisors[rest] ?? 0);
      }
    }
  }
  const folds = (stageGpus: number) => foldCounts[stageGpus] ?? 0;
  const addTp = (counts: ByGpus, tp: number) => {
    for (let stage = tp; stage <= gpus; stage += tp) {
      addMultiples(counts, stage, folds(stage) * (divisors[stage / tp] ?? 0));
    }
  };
  const addTpCp = (counts: ByGpus, product: number) => {
    for (let stage = product; stage <= gpus; stage += product) addMultiples(counts, stage, folds(stage));
  };
  const layouts = () => {
    const counts = new Float64Array(gpus + 1);
    for (let stage = 1; stage <= gpus; stage++) addMultiples(counts, stage, folds(stage) * (triples[stage] ?? 0));
    return counts;
  };
  return { gpus, redundancies, folds, layouts, addTp, addTpCp };
}

/** Adds a count at every multiple of a step: one stage, two, three … */
export function addMultiples(counts: ByGpus, step: number, count: number): void {
  for (let n = step; n < counts.length; n += step) counts[n] = (counts[n] ?? 0) + count;
}

/** Candidates of one worker layout each: Σ c(g)·⌊N/g⌋. */
export function aggregatedCount(layouts: ByGpus): number {
  const gpus = layouts.length - 1;
  let sum = 0;
  for (let g = 1; g <= gpus; g++) sum += (layouts[g] ?? 0) * Math.floor(gpus / g);
  return sum;
}

/** Candidates of two halves, the first of some layouts and the second of others: Σ over n + m ≤ N of A(n)·B(m). */
export function disaggregatedCount(first: ByGpus, second: ByGpus): number {
  const gpus = first.length - 1;
  const spent = (layouts: ByGpus) => {
    const ways = new Float64Array(gpus + 1);
    for (let g = 1; g <= gpus; g++) if (layouts[g]) addMultiples(ways, g, layouts[g] ?? 0);
    return ways;
  };
  const a = spent(first);
  const upTo = spent(second);
  for (let n = 1; n <= gpus; n++) upTo[n] = (upTo[n] ?? 0) + (upTo[n - 1] ?? 0);
  let sum = 0;
  for (let n = 1; n < gpus; n++) sum += (a[n] ?? 0) * (upTo[gpus - n] ?? 0);
  return sum;
}

/** (x, y) of positive numbers of workers with x·a + y·b ≤ N. */
export function splitCount(gpus: number, a: number, b: number): number {
  let sum = 0;
  for (let x = 1; x * a + b <= gpus; x++) sum += Math.floor((gpus - x * a) / b);
  return sum;
}
