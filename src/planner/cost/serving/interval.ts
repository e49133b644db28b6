/**
 * How far what is measured may be from a prediction, and what a prediction has to be for a bound to be kept with some probability.
 *
 * Measured over predicted is taken as log-normal on either side of the prediction, with the range as its 10th and 90th of a hundred: the
 * factors below which 60 to 90 % of measured runs lie are within 6 % of what this says; beyond 95 % their tails are heavier (docs/fidelity.md).
 */
import type { Gpu } from '../../cluster.ts';
import type { ServingProblem } from '../../serving-result.ts';
import type { Slo } from '../../workload.ts';
import { normalQuantile, normalShare } from './normal.ts';

/** Factors by which a measured figure may be below and above its prediction: errors of models are ratios. */
export interface Spread {
  readonly below: number;
  readonly above: number;
}

/**
 * Measured over predicted, as the 10th and 90th of a hundred rows of families that were left out of the fit have them, rounded outwards
 * (docs/fidelity.md). Shapes beyond what was measured of a GPU's operators are off by no more than others, and have the same range; what a relative's
 * curves stand in for is off by more, as measured GPUs are by others' curves. What a client adds to TTFT is not in the model, so that its range reaches
 * far up.
 */
const spreads = {
  measured: {
    tpot: { below: 1.13, above: 1.14 },
    ttft: { below: 1.25, above: 3 },
    throughput: { below: 1.16, above: 1.13 },
  },
  unmeasured: {
    tpot: { below: 1.4, above: 1.35 },
    ttft: { below: 1.5, above: 3.5 },
    throughput: { below: 1.45, above: 1.35 },
  },
} as const;

export type Spreads = Readonly<Record<'tpot' | 'ttft' | 'throughput', Spread>>;

export function spreadsOf({ curves }: Gpu): Spreads {
  return spreads[curves.evidence === 'calibrated' ? 'measured' : 'unmeasured'];
}

/** The range that a prediction stands for. */
export function intervalOf(mean: number, { below, above }: Spread): readonly [number, number] {
  return [mean / below, mean * above];
}

/** Of what is measured the share that a range leaves on either side: it holds 80 %. */
const outside = 0.1;

/** By how many times a bound has to exceed a prediction to be kept so probably, by half at least. */
export function marginOf({ above }: Spread, confidence: number): number {
  return above ** (normalQuantile(confidence) / normalQuantile(1 - outside));
}

/** How probable it is that what is measured of a prediction is within a bound. */
export function keptOf(mean: number, bound: number, { below, above }: Spread): number {
  if (mean <= 0) return 1;
  const ratio = Math.log(bound / mean);
  return normalShare((ratio / Math.log(ratio < 0 ? below : above)) * normalQuantile(1 - outside));
}

/** The bounds that were asked for. */
export function askedBounds({ ttft, tpot, margins }: Slo): { readonly ttft?: number; readonly tpot?: number } {
  return {
    ...(ttft !== undefined && { ttft: ttft * (margins?.ttft ?? 1) }),
    ...(tpot !== undefined && { tpot: tpot * (margins?.tpot ?? 1) }),
  };
}

/**
 * The same problem with bounds of predicted means, which is what a search holds candidates to: a mean that keeps one so much shorter keeps the
 * one that was asked for with the probability that was.
 */
export function heldToMeans<P extends Pick<ServingProblem, 'cluster' | 'workload'>>(problem: P): P {
  const { workload, cluster } = problem;
  const { ttft, tpot, confidence, margins } = workload.slo;
  if (confidence === undefined || margins) return problem;
  const { ttft: ofTtft, tpot: ofTpot } = spreadsOf(cluster.gpu);
  const times = { ttft: marginOf(ofTtft, confidence), tpot: marginOf(ofTpot, confidence) };
  const slo: Slo = {
    ...(ttft !== undefined && { ttft: ttft / times.ttft }),
    ...(tpot !== undefined && { tpot: tpot / times.tpot }),
    confidence,
    margins: times,
  };
  return { ...problem, workload: { ...workload, slo } };
}
