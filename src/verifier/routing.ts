/** Tokens of a micro-batch on a rank, and how unevenly they reach the experts. docs/accounting.md, "Split of the batch" and "Routing". */
import type { VerifierProblem } from './claim.ts';
import type { Layout } from './layout.ts';

export interface Tokens {
  /** t: tokens of a micro-batch on a rank. */
  readonly micro: number;
  /** tr: its share when they are split over the TP group. */
  readonly split: number;
  /** Largest over mean of what the ranks of an EP group receive. */
  readonly imbalance: number;
  /** te: tokens that the busiest of them receives. 0 for a dense model. */
  readonly busiest: number;
}

export function tokensOf(problem: VerifierProblem, layout: Layout): Tokens {
  const { tp, cp, ep, etp, microBatch } = layout;
  const micro = (microBatch * problem.workload.sequenceLength) / cp;
  const split = Math.ceil(micro / tp);
  const moe = problem.model.layers.find((run) => run.moe)?.moe;
  if (!moe) return { micro, split, imbalance: 1, busiest: 0 };
  const topK = moe.expertsPerToken;
  const mean = etp * split * topK;
  if (ep === 1) return { micro, split, imbalance: 1, busiest: mean };
  // The largest of R nearly normal loads lies about sqrt(2 ln R) deviations above their mean.
  const spread = 1 + Math.sqrt((2 * Math.log(ep) * (1 - 1 / ep)) / mean);
  // A token visits an expert once, so a rank can receive at most min(k, E/ep) copies of every token of the group.
  const ceiling = (ep * Math.min(topK, moe.experts / ep)) / topK;
  if (spread >= ceiling) {
    // In whole tokens, because mean · ceiling may come out a hair above the integer that it is.
    return {
      micro,
      split,
      imbalance: ceiling,
      busiest: Math.ceil(ep * etp * split * Math.min(topK, moe.experts / ep)),
    };
  }
  return { micro, split, imbalance: spread, busiest: Math.ceil(mean * spread) };
}
