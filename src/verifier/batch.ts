/** A batch's problem and claim, with what was derived of them. */
import type { Claim, VerifierProblem } from './claim.ts';
import type { Derived } from './derive.ts';
import type { Given } from './given.ts';

export interface BatchGiven extends Given {
  readonly problem: VerifierProblem;
  readonly claim: Claim;
  readonly derived: Derived;
}
