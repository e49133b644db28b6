/** How far ranks differ in one figure. Ranks of equal value are given once, with their number. */
export interface Share {
  readonly value: number;
  readonly ranks: number;
}

/** Standard deviation over mean, population; exactly 0 where all are equal. */
export function relativeDeviation(shares: readonly Share[]): number {
  const first = shares[0]?.value ?? 0;
  if (shares.every((share) => share.value === first)) return 0;
  let ranks = 0;
  let sum = 0;
  for (const share of shares) {
    ranks += share.ranks;
    sum += share.value * share.ranks;
  }
  const mean = sum / ranks;
  let squares = 0;
  for (const share of shares) squares += (share.value - mean) ** 2 * share.ranks;
  return Math.sqrt(squares / ranks) / mean;
}
