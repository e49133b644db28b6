/** The standard normal distribution, to the last digits of a double where anybody asks: within eight deviations. */

const density = (z: number): number => Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI);

/** The share that lies below so many deviations: 1/2 + φ(z)·(z + z³/3 + z⁵/(3·5) + …) (G. Marsaglia, Evaluating the normal distribution, 2004). */
export function normalShare(z: number): number {
  if (z > 8.5) return 1;
  if (z < -8.5) return 0;
  let term = z;
  let sum = z;
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum) && odd < 1000; odd += 2) {
    term *= z ** 2 / odd;
    sum += term;
  }
  return 0.5 + density(z) * sum;
}

/** Its inverse, by Newton's steps from the middle: outwards the distribution bends, so that none goes too far. */
export function normalQuantile(share: number): number {
  let z = 0;
  for (let step = 0; step < 100; step++) {
    const next = z + (share - normalShare(z)) / density(z);
    if (Math.abs(next - z) < 1e-15) break;
    z = next;
  }
  return z;
}
