/**
 * What the tables' rows under a power law send to the busiest rank, as their collector draws it (ai-dynamo/aiconfigurator, collector/helper.py): loads of
 * the experts by a power law between one token and 0.8 of all, in sum tokens · top-k, and the ranks' experts exchanged so that the busiest is timed.
 */
export interface PowerLaw {
  readonly tokens: number;
  readonly topk: number;
  readonly experts: number;
  readonly ep: number;
  readonly exponent: number;
}

/** Means over draws, of which a row is one. */
export interface Received {
  readonly rows: number;
  readonly touched: number;
}

const draws = 32;
const known = new Map<string, Received>();

export function received(law: PowerLaw): Received {
  const key = [law.tokens, law.topk, law.experts, law.ep, law.exponent].join();
  const before = known.get(key);
  if (before) return before;
  const random = generator(1);
  let rows = 0;
  let touched = 0;
  for (let draw = 0; draw < draws; draw++) {
    const busiest = busiestRank(loads(law, random), law.ep);
    for (const load of busiest) {
      rows += load;
      if (load > 0) touched += 1;
    }
  }
  const mean = { rows: rows / draws, touched: touched / draws };
  known.set(key, mean);
  return mean;
}

function loads({ tokens, topk, experts, exponent }: PowerLaw, random: () => number): number[] {
  const routes = tokens * topk;
  const [least, most] = routes > experts ? [1, 0.8 * tokens] : [0.01, 2];
  const a = least ** (1 - exponent);
  const b = most ** (1 - exponent);
  const drawn = Array.from({ length: experts }, () => ((b - a) * random() + a) ** (1 / (1 - exponent)));
  const sum = drawn.reduce((x, y) => x + y, 0);
  const whole = drawn.map((x) => Math.round((x / sum) * routes));
  const order = whole.map((_, i) => i).sort((i, j) => (whole[j] ?? 0) - (whole[i] ?? 0));
  let left = routes - whole.reduce((x, y) => x + y, 0);
  // What rounding leaves goes to the experts with most, what it took too much comes from those with least.
  for (let i = 0; left > 0; i++, left--) add(whole, order[i % experts], 1);
  for (let i = experts - 1; left < 0; i = i === 0 ? experts - 1 : i - 1) {
    if ((whole[order[i] ?? 0] ?? 0) === 0) continue;
    add(whole, order[i], -1);
    left++;
  }
  // A token visits an expert once.
  return whole.map((load) => Math.min(load, tokens));
}

function add(values: number[], index: number | undefined, by: number): void {
  if (index !== undefined) values[index] = (values[index] ?? 0) + by;
}

function busiestRank(loads: readonly number[], ep: number): readonly number[] {
  const local = loads.length / ep;
  let best: readonly number[] = [];
  let most = -1;
  for (let rank = 0; rank < ep; rank++) {
    const own = loads.slice(rank * local, (rank + 1) * local);
    const sum = own.reduce((x, y) => x + y, 0);
    if (sum > most) [best, most] = [own, sum];
  }
  return best;
}

/** Mulberry32: the same numbers in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
