/** The kinds of plan, as the API's document has them. */

/** @typedef {import('./api.js').Schemas} Schemas */
/** @typedef {Schemas['FeasiblePlan']} BatchPlan */
/** @typedef {Schemas['FeasibleServingPlan']} ServingPlan */

/**
 * @param {BatchPlan | ServingPlan} plan
 * @returns {plan is ServingPlan}
 */
export function isServing(plan) {
  return plan.resolved.workload.kind === 'serving';
}
