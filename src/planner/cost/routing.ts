/**
 * How uneven random routing is.
 *
 * Under uniform top-k routing the ranks of an EP group receive nearly independent, nearly normal loads of mean μ and variance
 * μ(1 − 1/R); the expected maximum of R of them is about sqrt(2 ln R) deviations above the mean. Simulation: 3.03 at E64 k1
 * T128 R64 (formula 3.02), 1.31 at T4096 (1.36), 1.07 at E256 k8 R32 T4096 (1.08): it errs high, by 4 % at most for μ ≥ 2.
 */
export interface Routing {
  /** Ranks of the expert-parallel group. */
  readonly ep: number;
  /** Tokens, counted once an expert visited, that a rank receives on average. */
  readonly mean: number;
  readonly experts: number;
  readonly expertsPerToken: number;
}

/** How many times the mean one rank can receive at all: a token visits an expert at most once. */
export function imbalanceCap({ ep, experts, expertsPerToken }: Routing): number {
  return (ep * Math.min(expertsPerToken, experts / ep)) / expertsPerToken;
}

/** Expected max/mean of received tokens over the group, up to that cap; 1 is balanced. */
export function routingImbalance(routing: Routing): number {
  const { ep, mean } = routing;
  if (ep === 1) return 1;
  return Math.min(imbalanceCap(routing), 1 + Math.sqrt((2 * Math.log(ep) * (1 - 1 / ep)) / mean));
}

/** Experts of a rank that at least one of the group's tokens visits, on average. */
export function expertsTouched({
  local,
  tokens,
  experts,
  expertsPerToken,
}: {
  readonly local: number;
  readonly tokens: number;
  readonly experts: number;
  readonly expertsPerToken: number;
}): number {
  return local * (1 - (1 - expertsPerToken / experts) ** tokens);
}
