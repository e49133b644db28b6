/**
 * Objectives as lexicographic orders: a list of terms, least first. Terms are computed in order and only as far as a comparison
 * needs them, since the later ones cost more. Equal candidates fall to the last tie-breaks of all.
 */
import type { MemoryAccount } from '../estimate.ts';
import type { Model } from '../model.ts';
import { mixtureOf } from '../model.ts';
import { type Strategy, strategyGpus, strategyName } from '../strategy.ts';
import type { Objective } from '../workload.ts';

export const termNames = [
  'gpus',
  'gpusUnused',
  'expertsPerGpu',
  'stages',
  'foldDiffers',
  'totalBytes',
  'step',
] as const;
export type Term = (typeof termNames)[number];

/** A batch has one step and a fixed number of tokens in it, so most tokens a second is least step. */
export const orders: Readonly<Record<Objective, readonly Term[]>> = {
  latency: ['step'],
  throughput: ['step'],
  memory: ['totalBytes'],
  cost: ['gpus', 'step'],
  balance: ['gpusUnused', 'expertsPerGpu', 'stages', 'foldDiffers', 'totalBytes', 'step'],
};

/** Terms that the degrees alone decide. */
export function degreeTerm(term: Term, strategy: Strategy, model: Model): number | undefined {
  switch (term) {
    case 'gpus':
      return strategyGpus(strategy);
    case 'gpusUnused':
      return -strategyGpus(strategy);
    case 'expertsPerGpu':
      return (mixtureOf(model)?.experts ?? 0) / strategy.ep;
    case 'stages':
      return strategy.pp;
    case 'foldDiffers':
      return mixtureOf(model) !== undefined && strategy.etp !== strategy.tp ? 1 : 0;
    default:
      return undefined;
  }
}

/** A candidate that fits, with what the order has needed of it so far. */
export interface Judged {
  readonly strategy: Strategy;
  readonly account: MemoryAccount;
  /** Values of the order's terms. */
  readonly key: readonly number[];
}

/** Keys of a strategy in one order, so that its JSON is canonical. */
export function canonicalStrategy({ tp, cp, dp, pp, ep, etp, replicas, microBatchSize }: Strategy): string {
  return JSON.stringify({ cp, dp, ep, etp, microBatchSize, pp, replicas, tp });
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Total order: the objective's terms, then fewer GPUs, then the name, then the canonical JSON. */
export function compareJudged(a: Judged, b: Judged, model: Model): number {
  for (let i = 0; i < a.key.length; i++) {
    const difference = (a.key[i] ?? 0) - (b.key[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return (
    strategyGpus(a.strategy) - strategyGpus(b.strategy) ||
    compareText(strategyName(a.strategy, model), strategyName(b.strategy, model)) ||
    compareText(canonicalStrategy(a.strategy), canonicalStrategy(b.strategy))
  );
}
