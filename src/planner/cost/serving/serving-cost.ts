/** What a search asks of the cost model, remembered: the same worker under many loads, the same load on many numbers of workers. */
import type { ServingEstimate } from '../../serving-estimate.ts';
import type { ServingSetting } from '../../serving-result.ts';
import type { ServingStrategy } from '../../strategy.ts';
import { type WorkerCost, workerCosts } from './cost.ts';
import { decodeSide, prefillSide } from './disaggregated.ts';
import { aggregatedSteady, disaggregatedSteady, servingEstimateOf } from './estimate.ts';
import type { Groundwork } from './groundwork.ts';
import { readsAtMost } from './mean-step.ts';
import { promptPasses } from './passes.ts';
import type { Role, WorkerCapacity } from './stage-memory.ts';
import { firstWave } from './waves.ts';
import type { WorkerLayout } from './worker.ts';

/** Steady state in numbers. SI; rates of the whole deployment. */
export interface Steady {
  readonly ttft: number;
  readonly tpot: number;
  readonly requestsPerSecond: number;
  readonly tokensPerSecond: number;
  readonly utilization: number;
}

export interface ServingCost {
  readonly capacity: (worker: WorkerLayout, role: Role) => WorkerCapacity;
  /** One worker that reads prompts: seconds of one prompt, and prompts a second at full load. */
  readonly prefillSide: (worker: WorkerLayout) => { readonly seconds: number; readonly requestsPerSecond: number };
  /** Requests a second whose prompts one worker reads, at most, which writes their answers too. */
  readonly readsAtMost: (worker: WorkerLayout) => number;
  /** One worker that writes answers at so many sequences on each data-parallel rank. */
  readonly decodeSide: (
    worker: WorkerLayout,
    sequencesPerRank: number,
  ) => { readonly tpot: number; readonly joining: number; readonly requestsPerSecond: number };
  /** Mean seconds until the first token of so many requests that come at once to each data-parallel rank of a worker that reads prompts. */
  readonly firstWave: (worker: WorkerLayout, together: number) => number;
  /** Undefined where requests arrive faster than the strategy answers them. */
  readonly steady: (strategy: ServingStrategy) => Steady | undefined;
  readonly estimate: (strategy: ServingStrategy) => ServingEstimate;
  readonly groundwork: Groundwork;
}

/** `known` is the groundwork of a setting that may be like this one. */
export function servingCost(setting: ServingSetting, memoryFree = 0, known?: Groundwork): ServingCost {
  const { workload, engine } = setting;
  const costs = workerCosts(setting, memoryFree, known);
  const { of } = costs;
  const prompt = promptPasses(workload, engine);
  const byLayout = new Map<WorkerLayout, WorkerCost>();
  /** Of one worker, which a search asks about by the same object each time. */
  const ofOne = (worker: WorkerLayout): WorkerCost => {
    let cost = byLayout.get(worker);
    if (!cost) {
      cost = of(worker);
      byLayout.set(worker, cost);
    }
    return cost;
  };
  return {
    capacity: costs.capacity,
    prefillSide: (worker) => prefillSide(setting, ofOne(worker)),
    readsAtMost: (worker) => readsAtMost({ engine, cost: ofOne(worker) }, prompt),
    decodeSide: (worker, sequences) => decodeSide(setting, ofOne(worker), sequences),
    firstWave: (worker, together) => firstWave({ engine, cost: ofOne(worker) }, prompt, together),
    steady: (strategy) => {
      if (strategy.mode === 'aggregated') {
        const { ttft, tpot, requestsPerSecond, utilization } = aggregatedSteady(setting, strategy, of(strategy));
        return steadyOf(setting, {
          ttft,
          tpot,
          requestsPerSecond: requestsPerSecond * strategy.replicas,
          utilization,
        });
      }
      return steadyOf(setting, disaggregatedSteady(setting, strategy, costs));
    },
    estimate: (strategy) => servingEstimateOf(setting, costs, strategy),
    groundwork: costs.groundwork,
  };
}

function steadyOf({ workload }: ServingSetting, steady: Omit<Steady, 'tokensPerSecond'>): Steady | undefined {
  const { ttft, tpot, requestsPerSecond, utilization } = steady;
  const { load } = workload;
  if (load.kind === 'rate' && requestsPerSecond < load.requestsPerSecond * (1 - 1e-6)) return undefined;
  const tokensPerSecond = requestsPerSecond * workload.outputTokens;
  return { ttft, tpot, requestsPerSecond, tokensPerSecond, utilization };
}
