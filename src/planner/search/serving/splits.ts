/**
 * How many workers of each half. Of all x prefill and y decode workers that the cluster holds those are candidates that match: one half
 * more than the other can use only takes GPUs.
 *
 * Under a load that fills the workers there are, for each y the x at which prompts are read as fast as answers are written, one less
 * where that still reads most of them, or as many as there is room for. Under arrivals at a rate each half must keep up with it by
 * itself: what that takes at least and up to twice as much, as headroom shortens queues, or all that is left.
 */
import { clusterGpus } from '../../cluster.ts';
import type { ServingProblem } from '../../serving-result.ts';
import type { ServingLoad } from '../../workload.ts';
import { lastWithin } from './bisect.ts';
import type { Halves, Numbers } from './judge.ts';
import { askedPerRank, busyWorkers, clientsOf } from './load.ts';
import { outside } from './rules.ts';
import type { Sides } from './sides.ts';
import type { Worker } from './workers.ts';

export interface Writers {
  readonly halves: Halves;
  readonly numbers: Numbers;
  /** Most sequences on a rank that memory and the SLO on TPOT allow. */
  readonly limit: number;
}

/** What the wait for a prompt adds to its own seconds, the move of its KV and a queue among it: a quarter. */
const readingMargin = 1.25;

/**
 * Sequences on each rank of the decode workers that are of use. Where prompts are read more slowly than answers could be written, as many as
 * keep the prefill workers busy: one that waits for its prompt beside each that is answered. More would only wait.
 */
export function usefulLimit(
  { workload }: Pick<ServingProblem, 'workload'>,
  sides: Pick<Sides, 'prefill' | 'decode'>,
  { halves, numbers, limit }: Writers,
): number {
  const { prefill, decode } = halves;
  const { load, outputTokens } = workload;
  const most = limit;
  if (load.kind !== 'saturated' || most <= 1) return most;
  const { seconds, requestsPerSecond } = sides.prefill(prefill);
  const each = (numbers.prefill * requestsPerSecond) / numbers.decode;
  const writing = (n: number) => sides.decode(decode, n).requestsPerSecond;
  if (writing(most) <= each) return most;
  const enough = 1 + (lastWithin(each, { most, guess: (most * each) / writing(most) }, writing) ?? 0);
  const answer = sides.decode(decode, enough).tpot * (outputTokens - 1);
  return answer > 0 ? Math.min(most, 1 + Math.ceil(enough * (1 + (readingMargin * seconds) / answer))) : most;
}

/**
 * Answers a second of a decode worker, by how many of them share the load out: a load that fills whatever there is gives each as much
 * however many they are.
 */
export function writtenBy(
  load: ServingLoad,
  sides: Pick<Sides, 'decode'>,
  { decode, limit }: { readonly decode: Worker; readonly limit: number },
): (workers: number) => number {
  const { dp } = decode.layout;
  const written = (perRank: number) => sides.decode(decode, Math.min(limit, perRank)).requestsPerSecond;
  if (!Number.isFinite(clientsOf(load))) {
    const each = written(Number.POSITIVE_INFINITY);
    return () => each;
  }
  return (workers) => written(askedPerRank(load, workers * dp));
}

const headroom = (least: number): readonly number[] => [
  ...new Set([least, least + 1, Math.ceil(1.25 * least), Math.ceil(1.5 * least), 2 * least]),
];

/** Numbers that match and that the constraints allow. */
export function matchedNumbers(
  problem: ServingProblem,
  sides: Sides,
  halves: Halves,
  limit: number,
): readonly Numbers[] {
  const { cluster, constraints, workload, objective } = problem;
  const { prefill, decode } = halves;
  const gpus = Math.min(clusterGpus(cluster), constraints.gpus?.max ?? Number.POSITIVE_INFINITY);
  const reading = sides.prefill(prefill).requestsPerSecond;
  const numbers: Numbers[] = [];
  const offer = (x: number, y: number) => {
    const total = x * prefill.gpus + y * decode.gpus;
    if (x < 1 || y < 1 || total > gpus || outside(constraints.gpus, total)) return;
    if (y > busyWorkers(workload.load)) return;
    if (outside(constraints.degrees.replicas, x) || outside(constraints.degrees.replicas, y)) return;
    numbers.push({ prefill: x, decode: y });
  };
  const roomFor = (side: 'prefill' | 'decode', other: number) =>
    side === 'prefill'
      ? Math.floor((gpus - other * decode.gpus) / prefill.gpus)
      : Math.floor((gpus - other * prefill.gpus) / decode.gpus);
  if (workload.load.kind === 'rate') {
    const { requestsPerSecond } = workload.load;
    const writing = sides.decode(decode, limit).requestsPerSecond;
    const offerOnce = (x: number, y: number) => {
      if (!numbers.some((known) => known.prefill === x && known.decode === y)) offer(x, y);
    };
    const xs = headroom(Math.ceil(requestsPerSecond / reading));
    const ys = headroom(Math.ceil(requestsPerSecond / writing));
    for (const x of xs) for (const y of ys) offerOnce(x, y);
    for (const x of xs) offerOnce(x, roomFor('decode', x));
    for (const y of ys) offerOnce(roomFor('prefill', y), y);
    return numbers;
  }
  const written = writtenBy(workload.load, sides, { decode, limit });
  // Those of one y differ in x.
  for (let y = 1; y * decode.gpus + prefill.gpus <= gpus; y++) {
    const writing = written(y) * y;
    const needed = Math.max(1, Math.ceil(writing / reading));
    const room = roomFor('prefill', y);
    if (needed <= room) offer(needed, y);
    // Where tokens are what counts, what is read decides as well as what is written; latency wants prompts that never wait.
    if (objective === 'latency') continue;
    if (needed > room) offer(room, y);
    else if (needed > 1) offer(needed - 1, y);
  }
  return numbers;
}

/** Prefill workers for latency take at most so many times as long as the quickest. */
const quickEnough = 1.1;

/**
 * The prefill workers that an objective lets compete. In a closed loop slower prompts leave fewer answers to be written at once, which makes
 * each of them quicker and helps nobody: where TPOT is what counts, prompts are read by the quickest workers there are.
 */
export function competingReaders<T extends { readonly worker: Worker }>(
  { objective }: ServingProblem,
  sides: Sides,
  readers: readonly T[],
): readonly T[] {
  if (objective !== 'latency') return readers;
  const seconds = readers.map(({ worker }) => sides.prefill(worker).seconds);
  const most = Math.min(...seconds) * quickEnough;
  return readers.filter((_, i) => (seconds[i] ?? Number.POSITIVE_INFINITY) <= most);
}
