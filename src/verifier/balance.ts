/** Spread over all ranks, by docs/accounting.md, "Balance": the standard deviation of a figure over its mean. */

export interface Weighted {
  readonly value: number;
  /** Ranks that have it. */
  readonly ranks: number;
}

export function spread(values: readonly Weighted[]): number {
  const first = values[0]?.value ?? 0;
  if (values.every(({ value }) => value === first)) return 0;
  let ranks = 0;
  let sum = 0;
  for (const item of values) {
    ranks += item.ranks;
    sum += item.ranks * item.value;
  }
  const mean = sum / ranks;
  let squares = 0;
  for (const item of values) squares += item.ranks * (item.value - mean) ** 2;
  return Math.sqrt(squares / ranks) / mean;
}
