/**
 * Planning for serving. See plan.ts for the whole picture; what is served steadily is costed in cost/serving/, and searched in search/serving/.
 */
import type { OutOfTime, Rejection } from './result.ts';
import type { ServingEstimateResult, ServingPlanResult, ServingProblem, ServingSetting } from './serving-result.ts';
import type { ServingStrategy } from './strategy.ts';

/** The best way to serve a model, with its reasons; or why there is none. */
export function createServingPlan(_problem: ServingProblem, _outOfTime: OutOfTime = () => false): ServingPlanResult {
  throw new Error('not there yet');
}

/** A strategy as a caller gives it: degrees complete, `maxConcurrency` worked out where it is absent. */
export type WorkerRequest = Omit<import('./strategy.ts').WorkerStrategy, 'maxConcurrency'> & {
  readonly maxConcurrency?: number;
};
export type ServingStrategyRequest =
  | ({ readonly mode: 'aggregated' } & WorkerRequest)
  | { readonly mode: 'disaggregated'; readonly prefill: WorkerRequest; readonly decode: WorkerRequest };

/** What one given strategy would cost; or every reason why it cannot be. */
export function estimateServing(_setting: ServingSetting, _request: ServingStrategyRequest): ServingEstimateResult {
  const _unused: readonly Rejection[] | ServingStrategy = [];
  throw new Error('not there yet');
}
