/** Searching whole numbers by a property that holds on one side of a border. */

/** The smallest n with tooFew < n ≤ most for which it holds, where it does for `most` and for all above the border. */
export function smallest(
  { tooFew, most }: { readonly tooFew: number; readonly most: number },
  holds: (n: number) => boolean,
): number {
  let low = tooFew;
  let high = most;
  while (high - low > 1) {
    // Halving by ratio finds a border near the low end as fast as one near the high end.
    const middle = Math.min(high - 1, Math.max(low + 1, Math.round(Math.sqrt(Math.max(1, low) * high))));
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The n from 1 to `most` at which a figure that falls and then rises is least; infinite where it falls from what cannot be. */
export function lowest(most: number, figure: (n: number) => number): number {
  let low = 1;
  let high = most;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const here = figure(middle);
    if (Number.isFinite(here) && here <= figure(middle + 1)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Beyond so many the border need not be known to one: it is known to less than a percent. */
const fineness = 128;

interface Probe {
  readonly n: number;
  readonly figure: number;
}

/**
 * The largest n up to `most` (or less than a hundredth below it) at which a figure that rises with n is within a bound; undefined where it is not even at 1. Figures are nearly
 * straight in n, so the border is looked for where a straight line puts it, and halved towards where that does not help. A good guess
 * leaves little more to ask than whether it holds and the next does not.
 */
export function lastWithin(
  bound: number,
  { most, guess = most }: { readonly most: number; readonly guess?: number },
  figure: (n: number) => number,
): number | undefined {
  let within: Probe | undefined;
  let beyond: Probe | undefined;
  let n = Math.min(most, Math.max(1, Math.round(guess)));
  let sameSide = 0;
  let wasWithin = false;
  for (;;) {
    const at = { n, figure: figure(n) };
    const isWithin = at.figure <= bound;
    if (isWithin) within = at;
    else beyond = at;
    sameSide = isWithin === wasWithin ? sameSide + 1 : 1;
    wasWithin = isWithin;
    const low = within?.n ?? 0;
    const high = beyond?.n ?? most + 1;
    if (high - low <= Math.max(1, low / fineness)) return within?.n;
    n = Math.min(high - 1, Math.max(low + 1, Math.floor(nextProbe(bound, within, beyond, sameSide))));
  }
}

function nextProbe(bound: number, within: Probe | undefined, beyond: Probe | undefined, sameSide: number): number {
  if (!beyond) return within ? within.n * (1 + 0.1 * 2 ** sameSide) + 1 : 1;
  if (!within) return sameSide > 2 ? 1 : beyond.n * Math.min(0.9, bound / beyond.figure) ** sameSide;
  const straight = within.n + ((bound - within.figure) / (beyond.figure - within.figure)) * (beyond.n - within.n);
  return sameSide < 3 && Number.isFinite(straight) ? straight : Math.sqrt(within.n * beyond.n);
}
