/**
 * What popularity of experts does to the busiest rank, before chance: its load over the mean, with experts in order on the ranks, or
 * with further copies of the busiest placed by the greedy rule of EPLB (deepseek-ai/EPLB @d52c72d5: each further slot to the expert
 * with most load a copy, then each slot to the lightest rank with room).
 */
import type { Routing } from '../../workload.ts';

/** Loads of the experts, in sum 1. Zipf: experts in a fixed shuffled order, since popularity does not follow their numbers. */
export function expertLoads(routing: Routing, experts: number): readonly number[] | undefined {
  if (routing.kind === 'uniform') return undefined;
  const raw =
    routing.kind === 'zipf'
      ? shuffled(Array.from({ length: experts }, (_, i) => (i + 1) ** -routing.exponent))
      : routing.loads;
  const sum = raw.reduce((a, b) => a + b, 0);
  return sum === 0 ? undefined : raw.map((load) => load / sum);
}

/** A fixed permutation: multiplication by the first odd number from 0.618·n on that shares no factor with n. */
function shuffled(values: readonly number[]): readonly number[] {
  const n = values.length;
  let step = Math.max(1, Math.round(0.618 * n));
  while (gcd(step, n) !== 1) step++;
  return values.map((_, i) => values[(i * step) % n] ?? 0);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Load of the busiest of ep ranks over the mean; 1 where routing is uniform. */
export function popularitySkew(
  loads: readonly number[] | undefined,
  { ep, redundant }: { readonly ep: number; readonly redundant: number },
): number {
  if (!loads || ep === 1) return 1;
  const ranks = new Float64Array(ep);
  const slots = loads.length + redundant;
  const perRank = slots / ep;
  if (redundant === 0) {
    for (const [i, load] of loads.entries()) {
      const rank = Math.min(ep - 1, Math.floor(i / perRank));
      ranks[rank] = (ranks[rank] ?? 0) + load;
    }
  } else {
    const copies = loads.map(() => 1);
    for (let slot = 0; slot < redundant; slot++) {
      let busiest = 0;
      let most = -1;
      for (const [i, load] of loads.entries()) {
        const each = load / (copies[i] ?? 1);
        if (each > most) {
          most = each;
          busiest = i;
        }
      }
      copies[busiest] = (copies[busiest] ?? 1) + 1;
    }
    const each = loads.flatMap((load, i) => Array.from({ length: copies[i] ?? 1 }, () => load / (copies[i] ?? 1)));
    const used = new Uint32Array(ep);
    for (const load of each.sort((a, b) => b - a)) {
      let lightest = -1;
      for (let rank = 0; rank < ep; rank++) {
        if ((used[rank] ?? 0) >= perRank) continue;
        if (lightest < 0 || (ranks[rank] ?? 0) < (ranks[lightest] ?? 0)) lightest = rank;
      }
      ranks[lightest] = (ranks[lightest] ?? 0) + load;
      used[lightest] = (used[lightest] ?? 0) + 1;
    }
  }
  return Math.max(...ranks) * ep;
}
