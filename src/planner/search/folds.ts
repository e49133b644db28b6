/** Expert folds (ep, etp) of a stage: which divide its GPUs, which of them the rules allow, and the fewest experts a GPU can hold. */
import { mixtureOf } from '../model.ts';
import type { Problem, Reason } from '../result.ts';
import type { Strategy } from '../strategy.ts';
import { firstBroken } from './rules.ts';

export interface Fold {
  readonly ep: number;
  readonly etp: number;
}

export interface StageFolds {
  readonly allowed: readonly Fold[];
  /** Folds that a rule turns away whatever the rest of the layout is, by reason. */
  readonly rejected: ReadonlyMap<Reason, number>;
}

export interface FoldTable {
  readonly of: (stageGpus: number) => StageFolds;
  /** Experts of a layer that a GPU holds at least, whichever the fold: 0 for a dense model. */
  readonly fewestExperts: (stageGpus: number) => number;
}

function divisorsOf(n: number): readonly number[] {
  const low: number[] = [];
  const high: number[] = [];
  for (let d = 1; d * d <= n; d++) {
    if (n % d !== 0) continue;
    low.push(d);
    if (d * d !== n) high.push(n / d);
  }
  return [...low, ...high.reverse()];
}

/** Results kept at a time: few stage sizes matter in a cluster of thousands, and the folds of a million would not fit in memory. */
const rememberedAtMost = 4096;

function remembered<T>(make: (stageGpus: number) => T): (stageGpus: number) => T {
  const known = new Map<number, T>();
  return (stage) => {
    let value = known.get(stage);
    if (value === undefined) {
      if (known.size >= rememberedAtMost) known.clear();
      value = make(stage);
      known.set(stage, value);
    }
    return value;
  };
}

/** Each stage size is worked out once: few sizes exist, however many layouts have them. */
export function foldTable(problem: Problem): FoldTable {
  const moe = mixtureOf(problem.model);
  const divisors = remembered(divisorsOf);
  const of = remembered((stage): StageFolds => {
    const allowed: Fold[] = [];
    const rejected = new Map<Reason, number>();
    const sides = moe ? divisors(stage) : [1];
    for (const ep of sides) {
      for (const etp of sides) {
        if (stage % (ep * etp) !== 0) continue;
        const strategy: Strategy = { tp: 1, cp: 1, dp: stage, pp: 1, ep, etp, replicas: 1, microBatchSize: 1 };
        const reason = firstBroken('fold', problem, strategy);
        if (reason) rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
        else allowed.push({ ep, etp });
      }
    }
    return { allowed, rejected };
  });
  const fewestExperts = remembered((stage) => {
    if (!moe) return 0;
    const most = problem.constraints.degrees.ep?.max ?? stage;
    let widest = 1;
    for (const ep of divisors(stage)) if (ep <= most && moe.experts % ep === 0) widest = Math.max(widest, ep);
    return moe.experts / widest;
  });
  return { of, fewestExperts };
}
