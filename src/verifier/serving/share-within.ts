/** How probably a measured figure lies within a bound, from the interval that is claimed for it: 80 %, a tenth on either side. */

export interface Claimed {
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

/**
 * The logarithm of measured over mean is normal on either side of the mean, and a tenth lies beyond either end of the interval. 0 to 1; with an
 * interval that is empty on the bound's side nothing lies between, and the bound is kept or not.
 */
export function shareWithin(bound: number, { mean, least, most }: Claimed): number {
  if (mean <= 0) return bound >= mean ? 1 : 0;
  const away = Math.log(bound / mean);
  const end = away < 0 ? Math.log(least / mean) : Math.log(most / mean);
  if (end === 0) return bound >= mean ? 1 : 0;
  const deviations = Math.min(9, Math.abs((away / end) * tenth));
  return away < 0 ? 0.5 - fromMiddle(deviations) : 0.5 + fromMiddle(deviations);
}

/** Deviations that a tenth of a normal distribution lies beyond. */
const tenth = 1.2815515655446004;

/** The share of a normal distribution between its middle and so many deviations, by Simpson's rule: to 1e-9 up to nine of them. */
function fromMiddle(deviations: number): number {
  const pieces = 400;
  const width = deviations / pieces;
  let sum = 0;
  for (let i = 0; i <= pieces; i++) {
    const weight = i === 0 || i === pieces ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-((i * width) ** 2) / 2);
  }
  return (sum * width) / 3 / Math.sqrt(2 * Math.PI);
}
