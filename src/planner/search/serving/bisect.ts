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

/**
 * The largest n below `tooMany` at which a figure that rises with n is within a bound; undefined where it is not even at 1. Figures are
 * nearly straight in n, so the border is looked for where a straight line puts it, and halved towards where that does not help.
 */
export function lastWithin(
  bound: number,
  { tooMany, figureThere }: { readonly tooMany: number; readonly figureThere: number },
  figure: (n: number) => number,
): number | undefined {
  if (tooMany <= 1) return undefined;
  const first = figure(1);
  if (!(first <= bound)) return undefined;
  let low = { n: 1, figure: first };
  let high = { n: tooMany, figure: figureThere };
  let sameSide = 0;
  let wasWithin = false;
  while (high.n - low.n > 1) {
    const straight = low.n + ((bound - low.figure) / (high.figure - low.figure)) * (high.n - low.n);
    const guess =
      sameSide < 2 && Number.isFinite(straight) ? Math.floor(straight) : Math.round(Math.sqrt(low.n * high.n));
    const n = Math.min(high.n - 1, Math.max(low.n + 1, guess));
    const at = { n, figure: figure(n) };
    const within = at.figure <= bound;
    sameSide = within === wasWithin ? sameSide + 1 : 1;
    wasWithin = within;
    if (within) low = at;
    else high = at;
  }
  return low.n;
}
