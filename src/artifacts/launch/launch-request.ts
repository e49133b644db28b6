/** What is the same for all workers of a plan under an engine, beside their degrees. */
import type { Role } from '../served-workers.ts';
import type { Checkpoint } from './checkpoint.ts';

export interface LaunchRequest {
  readonly checkpoint: Checkpoint;
  /** Of the residual stream: what is not quantised. */
  readonly dtype: 'bfloat16' | 'float16';
  readonly fractionOf: (role: Role) => number;
  /** Some layers have sparse latent attention. */
  readonly isSparse: boolean;
}
