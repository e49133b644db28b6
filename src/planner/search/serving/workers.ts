/** Worker layouts that pass every rule of their degrees, in canonical order; the rest is counted by reason and by the worker's GPUs. */
import type { WorkerLayout } from '../../cost/serving/worker.ts';
import { layerCount, mixtureOf } from '../../model.ts';
import type { OutOfTime, Reason } from '../../result.ts';
import { inexpressibleAttention, inexpressibleContext, inexpressibleFold } from './engine-rules.ts';
import { degreeProblem, firstWorkerReason, type ServingRuleProblem } from './rules.ts';
import { addMultiples, type ByGpus, divisorsOf, type ServingSpace } from './space.ts';

export interface Worker {
  readonly layout: WorkerLayout;
  /** GPUs of one worker. */
  readonly gpus: number;
  /** Workers that differ in their stages alone have one family, their number in the listing. */
  readonly family: number;
}

/** Layouts turned away, by reason and by GPUs of a worker. */
export interface Tally {
  readonly of: (reason: Reason) => ByGpus;
  readonly entries: () => IterableIterator<[Reason, ByGpus]>;
}

export function tallyOf(gpus: number): Tally {
  const byReason = new Map<Reason, ByGpus>();
  return {
    of: (reason) => {
      let counts = byReason.get(reason);
      if (!counts) {
        counts = new Float64Array(gpus + 1);
        byReason.set(reason, counts);
      }
      return counts;
    },
    entries: () => byReason.entries(),
  };
}

export interface Listing {
  readonly workers: readonly Worker[];
  readonly turnedAway: Tally;
  /**
   * Layouts left out since others of the space are as good: attention data parallelism of a dense model, whose ranks share nothing, is
   * that many replicas with one queue less to fill evenly.
   */
  readonly redundant: ByGpus;
  readonly complete: boolean;
}

const one: WorkerLayout = { tp: 1, cp: 1, dp: 1, pp: 1, ep: 1, etp: 1, replicas: 1, redundantExperts: 0 };

interface Fold {
  readonly ep: number;
  readonly etp: number;
  readonly redundantExperts: number;
}

/** Folds of a stage: those that no rule turns away, and how many others by their reasons. */
interface Folds {
  readonly allowed: readonly Fold[];
  readonly refused: readonly { readonly reason: Reason; readonly times: number }[];
}

/** Reasons of a fold by its sides, each worked out once. */
function sideReasons(problem: ServingRuleProblem) {
  const known = new Map<number, Reason | undefined>();
  const reasonOf = (key: number, { ep, etp, redundantExperts }: Fold): Reason | undefined => {
    let reason = known.get(key);
    if (reason === undefined && !known.has(key)) {
      const asked = degreeProblem(problem, { tp: 1, redundantExperts });
      reason = firstWorkerReason('fold', asked, { ...one, dp: ep * etp, ep, etp, redundantExperts });
      known.set(key, reason);
    }
    return reason;
  };
  return {
    ofEp: (ep: number, redundantExperts: number) =>
      reasonOf(ep * 2 ** 24 + redundantExperts, { ep, etp: 1, redundantExperts }),
    ofEtp: (etp: number) => reasonOf(-etp, { ep: 1, etp, redundantExperts: 0 }),
  };
}

export function listWorkers(problem: ServingRuleProblem, space: ServingSpace, outOfTime: OutOfTime): Listing {
  const { gpus } = space;
  const moe = mixtureOf(problem.model) !== undefined;
  const layers = layerCount(problem.model);
  const turnedAway = tallyOf(gpus);
  const redundant = new Float64Array(gpus + 1);
  const workers: Worker[] = [];
  const sides = sideReasons(problem);
  const asked = degreeProblem(problem, one);
  const stageReasons = Array.from({ length: Math.min(gpus, layers + 1) + 1 }, (_, pp) =>
    firstWorkerReason('pp', asked, { ...one, pp: Math.max(1, pp) }),
  );
  const reasonOfStages = (pp: number) => stageReasons[Math.min(pp, stageReasons.length - 1)];
  const divisors = Array.from({ length: gpus + 1 }, (_, n): readonly number[] | undefined =>
    n === 0 ? [] : undefined,
  );
  const divisorsAt = (n: number): readonly number[] => {
    let found = divisors[n];
    if (!found) {
      found = divisorsOf(n);
      divisors[n] = found;
    }
    return found;
  };
  const dpReasons = Array.from({ length: gpus + 1 }, (_, dp) =>
    dp === 0 ? undefined : firstWorkerReason('dp', asked, { ...one, dp }),
  );
  /** Rules about context parallelism ask whether there are several ranks, or several stages, no more. */
  const contextReasons = new Map<number, Reason | undefined>();
  const contextReason = (cp: number, dp = 1, pp = 1): Reason | undefined => {
    if (cp === 1) return undefined;
    const ranks = Math.min(dp, 2);
    const stages = Math.min(pp, 2);
    const key = (cp * 2 + ranks) * 2 + stages;
    let reason = contextReasons.get(key);
    if (reason === undefined && !contextReasons.has(key)) {
      const broken = inexpressibleContext(problem, { cp, dp: ranks, pp: stages }) !== undefined;
      reason = broken ? 'engine-not-expressible' : undefined;
      contextReasons.set(key, reason);
    }
    return reason;
  };
  const foldsByStage = new Map<number, Folds>();
  const foldsOf = (stage: number): Folds => {
    let known = foldsByStage.get(stage);
    if (!known) {
      known = makeFolds(stage);
      foldsByStage.set(stage, known);
    }
    return known;
  };
  const makeFolds = (stage: number): Folds => {
    const allowed: Fold[] = [];
    const reasons = new Map<Reason, number>();
    const cannot = (ep: number, etp: number, redundantExperts: number): boolean =>
      moe &&
      inexpressibleFold(problem, { tp: 1, cp: 1, dp: stage, pp: 1, ep, etp, redundantExperts, replicas: 1 }) !==
        undefined;
    for (const ep of moe ? divisorsAt(stage) : [1]) {
      const redundancies = space.redundancies(ep);
      const ofEp = redundancies.map((redundantExperts) => sides.ofEp(ep, redundantExperts));
      for (const etp of moe ? divisorsAt(stage / ep) : [1]) {
        const ofEtp = sides.ofEtp(etp);
        for (let i = 0; i < redundancies.length; i++) {
          const redundantExperts = redundancies[i] ?? 0;
          const reason = ofEp[i] ?? ofEtp ?? (cannot(ep, etp, redundantExperts) ? 'engine-not-expressible' : undefined);
          if (reason) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
          else allowed.push({ ep, etp, redundantExperts });
        }
      }
    }
    return { allowed, refused: [...reasons].map(([reason, times]) => ({ reason, times })) };
  };
  let family = 0;

  const listStage = ({ tp, cp, dp }: Pick<WorkerLayout, 'tp' | 'cp' | 'dp'>): void => {
    const stage = tp * cp * dp;
    const all = space.folds(stage);
    const dpReason = dpReasons[dp] ?? contextReason(cp, dp);
    if (dpReason) {
      addMultiples(turnedAway.of(dpReason), stage, all);
      return;
    }
    if (inexpressibleAttention(problem, { tp, dp }) !== undefined) {
      addMultiples(turnedAway.of('engine-not-expressible'), stage, all);
      return;
    }
    if (!moe && dp > 1) {
      addMultiples(redundant, stage, all);
      return;
    }
    const { allowed, refused } = foldsOf(stage);
    const [inOne, inSeveral] = [contextReason(cp, dp, 1), contextReason(cp, dp, 2)];
    let last: { readonly reason: Reason; readonly counts: ByGpus } | undefined;
    let without: readonly { readonly counts: ByGpus; readonly times: number }[] | undefined;
    for (let pp = 1; pp * stage <= gpus; pp++) {
      const reason = reasonOfStages(pp) ?? (pp === 1 ? inOne : inSeveral);
      if (reason) {
        if (last?.reason !== reason) last = { reason, counts: turnedAway.of(reason) };
        const { counts } = last;
        counts[pp * stage] = (counts[pp * stage] ?? 0) + all;
        continue;
      }
      without ??= refused.map(({ reason, times }) => ({ counts: turnedAway.of(reason), times }));
      for (const { counts, times } of without) counts[pp * stage] = (counts[pp * stage] ?? 0) + times;
      let member = family;
      for (const { ep, etp, redundantExperts } of allowed) {
        const layout: WorkerLayout = { tp, cp, dp, pp, ep, etp, redundantExperts, replicas: 1 };
        workers.push({ layout, gpus: pp * stage, family: member++ });
      }
    }
    family += allowed.length;
  };

  for (let tp = 1; tp <= gpus; tp++) {
    const tpReason = firstWorkerReason('tp', degreeProblem(problem, { tp, redundantExperts: 0 }), { ...one, tp });
    if (tpReason) {
      space.addTp(turnedAway.of(tpReason), tp);
      continue;
    }
    for (let cp = 1; tp * cp <= gpus; cp++) {
      if (outOfTime()) return { workers, turnedAway, redundant, complete: false };
      const cpReason = firstWorkerReason('cp', asked, { ...one, cp }) ?? contextReason(cp);
      if (cpReason) {
        space.addTpCp(turnedAway.of(cpReason), tp * cp);
        continue;
      }
      for (let dp = 1; tp * cp * dp <= gpus; dp++) {
        if (outOfTime()) return { workers, turnedAway, redundant, complete: false };
        listStage({ tp, cp, dp });
      }
    }
  }
  return { workers, turnedAway, redundant, complete: true };
}
