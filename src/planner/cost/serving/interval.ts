/** Factors by which a measured figure may be below and above its prediction: errors of models are ratios. */
export interface Spread {
  readonly below: number;
  readonly above: number;
}

/** The range that a prediction stands for. */
export function intervalOf(mean: number, { below, above }: Spread): readonly [number, number] {
  return [mean / below, mean * above];
}
