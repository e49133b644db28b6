import type { EstimateResult, OutOfTime, PlanResult, Problem, StrategyRequest } from './result.ts';

export declare function createPlan(problem: Problem, outOfTime?: OutOfTime): PlanResult;
export declare function estimateStrategy(
  problem: Omit<Problem, 'objective' | 'top'>,
  strategy: StrategyRequest,
): EstimateResult;
