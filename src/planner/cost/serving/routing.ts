/** How much more than the mean the busiest expert rank gets: by chance, and by the experts' popularity. */
import { type Routing as Chance, imbalanceCap, routingImbalance } from '../routing.ts';

/** Factor over the mean. `skew` is what popularity alone makes; chance adds its deviation to it. */
export function routedShare(routing: Chance, skew: number): number {
  if (routing.ep === 1) return 1;
  return Math.min(imbalanceCap(routing), skew + routingImbalance(routing) - 1);
}

/**
 * Experts that get a token on the rank where most do, of ep ranks that hold `local` each: the expected maximum of nearly normal
 * counts, as in ../routing.ts. All ranks wait for the one that reads most weights.
 */
export function touchedMost({ local, ep, mean }: { local: number; ep: number; mean: number }): number {
  if (ep === 1) return mean;
  const deviation = Math.sqrt(Math.max(0, mean * (1 - mean / local)));
  return Math.min(local, mean + Math.sqrt(2 * Math.log(ep) * (1 - 1 / ep)) * deviation);
}
