/**
 * What clients who ask again when they are answered are served at most, whatever waits for whom.
 *
 * Of C clients each waits b seconds or more and is answered for a(n) or more, n requests being answered at once on each of R ranks:
 * X ≤ C/(b + a(n)), and n·R = X·a(n) are what is answered at once (J. D. C. Little, A proof for the queuing formula L = λW, 1961). a rises
 * with n, and so does n/a(n), the answers a second of a rank. Let m meet both with equality, at a rate Y. Were X > Y, then
 * n/a(n) > m/a(m), so that n ≥ m, a(n) ≥ a(m) and X ≤ C/(b + a(m)) = Y. Steps from the least n up to m stay below it, and the rate at
 * each of them is no less than Y.
 *
 * The steady state of two halves (../../cost/serving/disaggregated.ts) looks for n from above, in a few steps: it stays above its own n,
 * and its rate below what belongs to that.
 */

/** Each step costs a look at a decode step, and later ones tighten little. */
const steps = 3;

export interface ClosedLoop {
  readonly clients: number;
  /** Ranks that answers are written on, at most. */
  readonly ranks: number;
  /** What is answered at once on each rank, at least: the same for many numbers of workers, of which one look will do. */
  readonly least: number;
  /** Seconds from a request to its last token where so many are answered at once on each rank, at least; and of these the answer's. */
  readonly stay: (perRank: number) => { readonly seconds: number; readonly answer: number };
}

/** Requests a second. */
export function closedLoopAtMost({ clients, ranks, least, stay }: ClosedLoop): number {
  let perRank = Math.min(least, 1 / ranks);
  let { seconds, answer } = stay(perRank);
  for (let step = 1; step < steps; step++) {
    const more = (clients * answer) / seconds / ranks;
    if (more <= perRank * 1.01) break;
    perRank = more;
    ({ seconds, answer } = stay(perRank));
  }
  return clients / seconds;
}
