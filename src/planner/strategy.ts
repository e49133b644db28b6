/**
 * A strategy is the degrees of parallelism. Attention and dense layers use tp × cp × dp of a stage's GPUs; expert layers
 * use the same GPUs as etp × ep × edp, so tp·cp·dp = etp·ep·edp. There are pp stages, and `replicas` copies of it all.
 */
import { type Model, mixtureOf } from './model.ts';

export interface Degrees {
  readonly tp: number;
  readonly cp: number;
  readonly dp: number;
  readonly pp: number;
  readonly ep: number;
  readonly etp: number;
  readonly replicas: number;
}

export interface Strategy extends Degrees {
  /** Sequences of one data-parallel rank that pass a stage together. With pp = 1 all of them do. */
  readonly microBatchSize: number;
}

export const degreeNames = ['tp', 'cp', 'dp', 'pp', 'ep', 'etp', 'replicas'] as const;
export type DegreeName = (typeof degreeNames)[number];

/**
 * How requests are served by `replicas` equal workers (of the whole answer, or of one of its two halves). A worker is one instance of the
 * engine: tp × cp × dp × pp GPUs. `dp` is attention data parallelism within the worker.
 */
export interface WorkerStrategy extends Degrees {
  /** Requests that all workers together run at once, at most. */
  readonly maxConcurrency: number;
  /** Further copies of busy experts in each MoE layer: a worker holds E + redundantExperts. */
  readonly redundantExperts: number;
}

/**
 * So many workers of a layout. Every key is written out, here and in what else a search makes by the thousand: Node 20 takes microseconds to
 * add a key to an object that it has spread.
 */
export function inNumbers(
  { tp, cp, dp, pp, ep, etp, redundantExperts }: Omit<WorkerStrategy, 'replicas' | 'maxConcurrency'>,
  { replicas, maxConcurrency }: Pick<WorkerStrategy, 'replicas' | 'maxConcurrency'>,
): WorkerStrategy {
  return { tp, cp, dp, pp, ep, etp, redundantExperts, replicas, maxConcurrency };
}

export interface AggregatedStrategy extends WorkerStrategy {
  readonly mode: 'aggregated';
}

/** Prompts are read by one kind of worker and answers written by another. In both, `replicas` is the number of workers. */
export interface DisaggregatedStrategy {
  readonly mode: 'disaggregated';
  readonly prefill: WorkerStrategy;
  readonly decode: WorkerStrategy;
}

export type ServingStrategy = AggregatedStrategy | DisaggregatedStrategy;

export const servingModes = ['aggregated', 'disaggregated'] as const satisfies readonly ServingStrategy['mode'][];

export function servingGpus(strategy: ServingStrategy): number {
  return strategy.mode === 'aggregated'
    ? strategyGpus(strategy)
    : strategyGpus(strategy.prefill) + strategyGpus(strategy.decode);
}

/** The worker's name with its number, twice for a disaggregated strategy: `PREFILLxN+DECODExM`. */
export function servingName(strategy: ServingStrategy, model: Model): string {
  if (strategy.mode === 'aggregated') return strategyName(strategy, model);
  const side = (worker: WorkerStrategy) => `${strategyName({ ...worker, replicas: 1 }, model)}x${worker.replicas}`;
  return `${side(strategy.prefill)}+${side(strategy.decode)}`;
}

/** GPUs of one stage of one replica. */
export function stageGpus({ tp, cp, dp }: Pick<Degrees, 'tp' | 'cp' | 'dp'>): number {
  return tp * cp * dp;
}

export function strategyGpus(degrees: Degrees): number {
  return stageGpus(degrees) * degrees.pp * degrees.replicas;
}

/** Copies of each expert shard in a stage. An integer in every valid strategy. */
export function expertDataParallel(degrees: Degrees): number {
  return stageGpus(degrees) / (degrees.ep * degrees.etp);
}

/** What a name depends on: whether there are experts. */
interface Named {
  readonly layers: readonly { readonly moe?: object }[];
}

/**
 * The strategy's name: the degrees above 1 in the order EP TP ETP PP CP DP, then xN for replicas. ETP is there whenever it is
 * not TP and there are experts, DP where tp·cp·dp is not ep·etp. `TP1` when all are 1.
 */
export function strategyName(degrees: Degrees, model: Named): string {
  const { tp, cp, dp, pp, ep, etp, replicas } = degrees;
  const moe = mixtureOf(model) !== undefined;
  const parts: string[] = [];
  if (ep > 1) parts.push(`EP${ep}`);
  if (tp > 1) parts.push(`TP${tp}`);
  if (moe && etp !== tp) parts.push(`ETP${etp}`);
  if (pp > 1) parts.push(`PP${pp}`);
  if (cp > 1) parts.push(`CP${cp}`);
  if (dp > 1 && stageGpus(degrees) !== ep * etp) parts.push(`DP${dp}`);
  if (parts.length === 0) parts.push('TP1');
  if (replicas > 1) parts.push(`x${replicas}`);
  return parts.join('_');
}
