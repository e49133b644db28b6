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
    routing.kind === 'loads'
      ? routing.loads
      : byRank(experts, routing.kind === 'zipf' ? routing.exponent : usualExponent);
  const sum = raw.reduce((a, b) => a + b, 0);
  return sum === 0 ? undefined : raw.map((load) => load / sum);
}

/**
 * What is taken for every trained model of which nothing is known. Over 32 ranks it puts 1.81 times the mean on the busiest of 256 experts' ranks; measured were
 * 2.56 without and 1.12 with balancing (DeepSeek-R1 on GB200, TensorRT-LLM's technical blog 4), and Zipf's exponent would be 0.65 for the former.
 * aiconfigurator assumes a harsher law (power_law_1.01 and 1.2). Held against served runs in docs/fidelity.md, which 0.5 to 0.7 meet about alike.
 */
export const usualExponent = 0.5;

function byRank(experts: number, exponent: number): readonly number[] {
  return shuffled(Array.from({ length: experts }, (_, i) => (i + 1) ** -exponent));
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

/** What follows from popularity, each figure worked out once. */
export interface Popularity {
  /** Load of the busiest of ep ranks over the mean; 1 where routing is uniform. */
  readonly skew: (ep: number, redundant: number) => number;
  /** Share of the experts' slots, copies among them, that one of so many tokens visits. */
  readonly touched: (tokens: number, redundant: number) => number;
}

interface Mixture {
  readonly experts: number;
  readonly expertsPerToken: number;
}

/** Laws follow from two or three numbers, so that what one plan works out of a law holds for those after it. */
const laws = new Map<string, Popularity>();
const mostLaws = 16;

/** Measured loads are a request's own: what follows from them is worked out for it alone. */
export function routedPopularity(routing: Routing, mixture: Mixture): Popularity {
  const { experts, expertsPerToken } = mixture;
  const make = () => popularityOf(experts > 0 ? expertLoads(routing, experts) : undefined, mixture);
  if (routing.kind === 'loads') return make();
  const law = `${routing.kind} ${routing.kind === 'zipf' ? routing.exponent : ''} ${experts} ${expertsPerToken}`;
  let known = laws.get(law);
  if (!known) {
    known = make();
    if (laws.size >= mostLaws) laws.clear();
    laws.set(law, known);
  }
  return known;
}

/** Layouts and numbers of copies of which figures are kept: more than a search has. */
const mostKept = 4096;
const mostShares = 64;

export function popularityOf(loads: readonly number[] | undefined, { experts, expertsPerToken }: Mixture): Popularity {
  if (!loads) {
    return {
      skew: () => 1,
      touched: (tokens, redundant) => 1 - (1 - expertsPerToken / (experts + redundant)) ** tokens,
    };
  }
  const skews = new Map<number, number>();
  const shares = new Map<number, (tokens: number) => number>();
  return {
    skew: (ep, redundant) => {
      // Of experts a layer has far fewer than 2^24.
      const key = ep * 2 ** 24 + redundant;
      let skew = skews.get(key);
      if (skew === undefined) {
        skew = popularitySkew(loads, { ep, redundant });
        if (skews.size >= mostKept) skews.clear();
        skews.set(key, skew);
      }
      return skew;
    },
    touched: (tokens, redundant) => {
      let share = shares.get(redundant);
      if (!share) {
        share = touchedShare(slotLoads(loads, redundant).map((load) => Math.min(1, expertsPerToken * load)));
        if (shares.size >= mostShares) shares.clear();
        shares.set(redundant, share);
      }
      return share(tokens);
    },
  };
}

/** Steps of the grid a doubling of tokens, and the fewest tokens on it: below them a share is in proportion to tokens. */
const gridSteps = 4;
const gridLeast = -2;

/** Mean of 1 − (1 − chance)^tokens over slots, along straight lines between points of a grid: a search asks for thousands. */
function touchedShare(chances: readonly number[]): (tokens: number) => number {
  const known: number[] = [];
  const at = (point: number): number => {
    let share = known[point];
    if (share === undefined) {
      const tokens = 2 ** (gridLeast + point / gridSteps);
      share = chances.reduce((sum, chance) => sum + 1 - (1 - chance) ** tokens, 0) / chances.length;
      known[point] = share;
    }
    return share;
  };
  const least = 2 ** gridLeast;
  return (tokens) => {
    if (tokens <= least) return (at(0) * tokens) / least;
    const position = (Math.log2(tokens) - gridLeast) * gridSteps;
    const point = Math.floor(position);
    const low = at(point);
    return low + (position - point) * (at(point + 1) - low);
  };
}

/** Loads of the slots: each further slot is a copy of the expert with most load a copy. */
function slotLoads(loads: readonly number[], redundant: number): readonly number[] {
  if (redundant === 0) return loads;
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
  return loads.flatMap((load, i) => Array.from({ length: copies[i] ?? 1 }, () => load / (copies[i] ?? 1)));
}

/** Load of the busiest of ep ranks over the mean; 1 where routing is uniform. */
export function popularitySkew(
  loads: readonly number[] | undefined,
  { ep, redundant }: { readonly ep: number; readonly redundant: number },
): number {
  if (!loads || ep === 1) return 1;
  const ranks = new Float64Array(ep);
  const perRank = (loads.length + redundant) / ep;
  if (redundant === 0) {
    for (const [i, load] of loads.entries()) {
      const rank = Math.min(ep - 1, Math.floor(i / perRank));
      ranks[rank] = (ranks[rank] ?? 0) + load;
    }
    return Math.max(...ranks) * ep;
  }
  const used = new Uint32Array(ep);
  for (const load of slotLoads(loads, redundant).toSorted((a, b) => b - a)) {
    let lightest = -1;
    for (let rank = 0; rank < ep; rank++) {
      if ((used[rank] ?? 0) >= perRank) continue;
      if (lightest < 0 || (ranks[rank] ?? 0) < (ranks[lightest] ?? 0)) lightest = rank;
    }
    ranks[lightest] = (ranks[lightest] ?? 0) + load;
    used[lightest] = (used[lightest] ?? 0) + 1;
  }
  return Math.max(...ranks) * ep;
}
