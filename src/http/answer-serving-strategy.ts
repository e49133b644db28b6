/** A serving strategy as answers show it. */
import type { Static } from 'typebox';
import type { Model } from '../planner/model.ts';
import {
  expertDataParallel,
  type ServingStrategy,
  servingGpus,
  servingName,
  strategyGpus,
  strategyName,
  type WorkerStrategy,
} from '../planner/strategy.ts';
import type { ServingStrategy as StrategyAnswer, WorkerStrategy as WorkerAnswer } from './schemas/serving-strategy.ts';

export function servingStrategyOf(strategy: ServingStrategy, model: Model): Static<typeof StrategyAnswer> {
  const name = servingName(strategy, model);
  const gpus = servingGpus(strategy);
  if (strategy.mode === 'aggregated') {
    const { maxConcurrency, redundantExperts, replicas } = strategy;
    return {
      name,
      mode: 'aggregated',
      ...degreesOf(strategy),
      replicas,
      maxConcurrency,
      redundantExperts,
      gpus,
    };
  }
  const { prefill, decode } = strategy;
  return { name, mode: 'disaggregated', prefill: workersOf(prefill, model), decode: workersOf(decode, model), gpus };
}

function workersOf(strategy: WorkerStrategy, model: Model): { workers: number; strategy: Static<typeof WorkerAnswer> } {
  const one = { ...strategy, replicas: 1 };
  const { maxConcurrency, redundantExperts, replicas: workers } = strategy;
  return {
    workers,
    strategy: {
      name: strategyName(one, model),
      ...degreesOf(strategy),
      maxConcurrency,
      redundantExperts,
      gpus: strategyGpus(one),
    },
  };
}

function degreesOf(strategy: WorkerStrategy) {
  const { tp, cp, dp, pp, ep, etp } = strategy;
  return { tp, cp, dp, pp, ep, etp, edp: expertDataParallel(strategy) };
}
