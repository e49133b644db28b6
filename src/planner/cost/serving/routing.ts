/** How much more than the mean the busiest expert rank gets: by chance, and by the experts' popularity. */
import { type Routing as Chance, imbalanceCap, routingImbalance } from '../routing.ts';

/** Factor over the mean. `skew` is what popularity alone makes; chance adds its deviation to it. */
export function routedShare(routing: Chance, skew: number): number {
  if (routing.ep === 1) return 1;
  return Math.min(imbalanceCap(routing), skew + routingImbalance(routing) - 1);
}
