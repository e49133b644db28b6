/** What is claimed of a serving strategy. SI units, shares from 0 to 1, as in the planner's ServingEstimate. */
import type { Constraints, Modules } from '../../planner/result.ts';
import type { ServingEstimate } from '../../planner/serving-estimate.ts';
import type { ServingSetting } from '../../planner/serving-result.ts';
import type { ServingStrategy } from '../../planner/strategy.ts';
import type { ClaimedPlacement, DeepPartial } from '../claim.ts';

export interface ServingVerifierSetting extends ServingSetting {
  readonly constraints?: Constraints;
}

export interface ServingClaim {
  readonly strategy: ServingStrategy;
  readonly estimate?: DeepPartial<ServingEstimate>;
  readonly modules?: DeepPartial<Modules>;
  /** Of an aggregated strategy. Ranks in it count from 0. */
  readonly placement?: ClaimedPlacement;
  /** Of a disaggregated one: GPUs of the half's own ranks in order; ranks of groups as they count over both halves. */
  readonly placements?: { readonly prefill?: ClaimedPlacement; readonly decode?: ClaimedPlacement };
}
