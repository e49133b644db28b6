/** The range that a prediction stands for: symmetric in ratio, since errors of models are ratios. */
export function intervalOf(mean: number, spread: number): readonly [number, number] {
  return [mean / (1 + spread), mean * (1 + spread)];
}
