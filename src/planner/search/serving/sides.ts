/**
 * What bounds are made of: what each worker holds, and what one would do that only read prompts or only wrote answers. Most candidates
 * need no more than what is known of the first of their family.
 *
 * A family is workers that differ in their stages alone. A pipeline's stage more adds hops and takes GPUs, and in return leaves each GPU
 * more memory. So (1) with no fewer stages no rank holds more weights; (2) with x sequences on a rank for each stage a worker does no more
 * per GPU than one of fewer stages with as many for each, and a prompt takes it no less time; (3) twice the sequences are at most twice
 * the throughput.
 */
import type { Role, WorkerCapacity } from '../../cost/serving/stage-memory.ts';
import { layerCount } from '../../model.ts';
import type { OutOfTime, Reason } from '../../result.ts';
import { lastWithin, smallest } from './bisect.ts';
import { decodeLimit, type JudgeContext } from './judge.ts';
import { askedPerRank } from './load.ts';
import type { Worker } from './workers.ts';

export interface Family {
  /** Those that fit, fewest stages first. */
  readonly members: readonly Worker[];
  readonly first: Worker;
}

export interface Unfit {
  readonly worker: Worker;
  readonly reason: Reason;
  /** Of the one of its family that lacks least. */
  readonly shortBytes?: number;
}

/** What a worker does that only writes answers: seconds of a token, of the steps that a request waits for, answers a second. */
export type Writing = ReturnType<JudgeContext['cost']['decodeSide']>;

export interface Sides {
  readonly capacity: (worker: Worker, role: Role) => WorkerCapacity;
  readonly prefill: (worker: Worker) => { readonly seconds: number; readonly requestsPerSecond: number };
  /** Requests a second whose prompts a worker reads at most that writes their answers too. */
  readonly readsAtMost: (worker: Worker) => number;
  readonly decode: (worker: Worker, perRank: number) => Writing;
  /** The same, not remembered: where a search for a load asks, no two ask for the same, and remembering costs more than looking. */
  readonly glance: (worker: Worker, perRank: number) => Writing;
  /** Most sequences on a rank of a decode worker, by memory and by the SLO on TPOT. */
  readonly limit: (worker: Worker) => number;
  /** Sequences on a rank for each stage that no member of the family exceeds, by the SLO on TPOT and whatever its memory: KV fills a GPU. */
  readonly crowding: (family: Family) => number;
}

/** A figure of a worker, worked out once. */
function ofWorker<T>(make: (worker: Worker) => T): (worker: Worker) => T {
  const known = new Map<Worker, T>();
  return (worker) => {
    let value = known.get(worker);
    if (value === undefined) {
      value = make(worker);
      known.set(worker, value);
    }
    return value;
  };
}

export function sidesOf(context: JudgeContext): Sides {
  const { problem, cost } = context;
  const decodes = ofWorker(() => new Map<number, Writing>());
  const decode: Sides['decode'] = (worker, perRank) => {
    const known = decodes(worker);
    let side = known.get(perRank);
    if (!side) {
      side = cost.decodeSide(worker.layout, perRank);
      known.set(perRank, side);
    }
    return side;
  };
  /** About the limits of workers, from those of their families. */
  const guesses = new Map<Worker, number>();
  /** By the first of a family: families are put together anew for each search, of the same workers. */
  const crowdings = new Map<Worker, number>();
  /** Sequences on a rank that the SLO on TPOT lets run of workers without context parallelism, by their tp: the most of any. */
  const usual = new Map<number, number>();
  const crowding = (family: Family): number => {
    let most = crowdings.get(family.first);
    if (most === undefined) {
      most = crowdingOf(family);
      crowdings.set(family.first, most);
      for (const member of family.members) guesses.set(member, Math.ceil(most * member.layout.pp));
    }
    return most;
  };
  const crowdingOf = ({ first }: Family): number => {
    const { bytesPerSequence } = cost.capacity(first.layout, 'both');
    const { tp, cp, pp, dp } = first.layout;
    const layers = layerCount(problem.model);
    // The largest stage has ⌈L/pp⌉ layers; others may have as few bytes a sequence as their share of L.
    const perStage = (bytesPerSequence * layers) / Math.ceil(layers / pp);
    const byMemory = perStage > 0 ? problem.cluster.gpu.memoryBytes / perStage : Number.POSITIVE_INFINITY;
    const { load, slo } = problem.workload;
    const most = Math.min(byMemory, problem.engine.maxSequences / pp, askedPerRank(load, dp) / pp);
    if (slo.tpot === undefined || load.kind === 'static' || load.kind === 'rate') return most;
    // Cutting prompts seldom makes room for many more sequences: that somewhat more than usual are too many is all that has to be known.
    const enough = Math.ceil(1.1 * (usual.get(tp) ?? Number.POSITIVE_INFINITY)) + 1;
    if (cp > 1 && enough < most * pp && decode(first, enough).tpot > slo.tpot) return enough / pp;
    const within = lastWithin(slo.tpot, { most: Math.ceil(most * pp) }, (n) => decode(first, n).tpot);
    if (cp === 1) usual.set(tp, Math.max(usual.get(tp) ?? 0, within ?? 0));
    return Math.min(most, ((within ?? 0) + 1) / pp);
  };
  return {
    capacity: (worker, role) => cost.capacity(worker.layout, role),
    prefill: ofWorker((worker) => cost.prefillSide(worker.layout)),
    readsAtMost: ofWorker((worker) => cost.readsAtMost(worker.layout)),
    decode,
    glance: (worker, perRank) => cost.decodeSide(worker.layout, perRank),
    limit: ofWorker((worker) => decodeLimit(context, worker, guesses.get(worker))),
    crowding,
  };
}

/** Families in the order of the listing, their members that fit; the others with the bytes that they lack. */
export function familiesOf(
  workers: readonly Worker[],
  { sides, role, outOfTime }: { readonly sides: Sides; readonly role: Role; readonly outOfTime: OutOfTime },
): { readonly families: readonly Family[]; readonly unfit: readonly Unfit[]; readonly complete: boolean } {
  const byFamily = new Map<number, Worker[]>();
  for (const worker of workers) {
    const members = byFamily.get(worker.family);
    if (members) members.push(worker);
    else byFamily.set(worker.family, [worker]);
  }
  const families: Family[] = [];
  const unfit: Unfit[] = [];
  for (const all of byFamily.values()) {
    if (outOfTime()) return { families, unfit, complete: false };
    const fits = (i: number): boolean => {
      const worker = all[i];
      return worker !== undefined && sides.capacity(worker, role).sequencesPerRank > 0;
    };
    const at = fits(all.length - 1) ? smallest({ tooFew: -1, most: all.length - 1 }, fits) : all.length;
    const lacking = all[at - 1];
    if (lacking) {
      // Those with fewer stages lack more.
      const { reason = 'memory.kv-cache', shortBytes = 0 } = sides.capacity(lacking, role);
      for (const worker of all.slice(0, at))
        unfit.push(worker === lacking ? { worker, reason, shortBytes } : { worker, reason });
    }
    const first = all[at];
    if (first) families.push({ members: all.slice(at), first });
  }
  return { families, unfit, complete: true };
}
