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

/**
 * The strategy's name: the degrees above 1 in the order EP TP ETP PP CP DP, then xN for replicas. ETP is there whenever it is
 * not TP and there are experts, DP where tp·cp·dp is not ep·etp. `TP1` when all are 1.
 */
export function strategyName(degrees: Degrees, model: Model): string {
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
