/** Everything the cost model says of one serving strategy, in the shape of the answer. */
import { extended } from '../../extended.ts';
import type { ServingEstimate, StepLoad, WorkerEstimate } from '../../serving-estimate.ts';
import type { ServingSetting } from '../../serving-result.ts';
import {
  type DisaggregatedStrategy,
  type ServingStrategy,
  servingGpus,
  strategyGpus,
  type WorkerStrategy,
} from '../../strategy.ts';
import { decodeSteps } from '../../workload.ts';
import type { WorkerCost, WorkerCosts } from './cost.ts';
import { withCrossings } from './crossings.ts';
import { type DisaggregatedSteady, disaggregated } from './disaggregated.ts';
import { meanContext, plainWork, promptPasses } from './passes.ts';
import { served } from './served.ts';
import { staticBatch } from './static-batch.ts';
import { closedLoop, openLoop, type SteadyContext, type WorkerSteady } from './steady.ts';
import { workerEstimate } from './worker-estimate.ts';

/** The steady state of each of an aggregated strategy's workers. */
export function aggregatedSteady(
  { workload, engine }: ServingSetting,
  strategy: WorkerStrategy,
  cost: WorkerCost,
): WorkerSteady {
  const { replicas, dp, maxConcurrency } = strategy;
  const slots = maxConcurrency / (replicas * dp);
  const context: SteadyContext = { workload, engine, cost, slots };
  const { load } = workload;
  switch (load.kind) {
    case 'concurrency':
      return closedLoop(context, load.concurrency / replicas);
    case 'saturated':
      return closedLoop(context, Number.POSITIVE_INFINITY);
    case 'static':
      return staticBatch(context, load.batch / replicas);
    case 'rate':
      return openLoop(context, load.requestsPerSecond / replicas);
  }
}

export function disaggregatedSteady(
  setting: ServingSetting,
  strategy: DisaggregatedStrategy,
  costs: WorkerCosts,
): DisaggregatedSteady {
  const { load } = setting.workload;
  const { decode } = strategy;
  const clients =
    load.kind === 'concurrency' ? load.concurrency : load.kind === 'static' ? load.batch : decode.maxConcurrency;
  return disaggregated(
    setting,
    strategy,
    {
      prefill: costs.of(strategy.prefill),
      decode: costs.of(decode),
      slots: decode.maxConcurrency / (decode.replicas * decode.dp),
    },
    load.kind === 'rate'
      ? { kind: 'rate', requestsPerSecond: load.requestsPerSecond }
      : { kind: 'clients', clients, together: load.kind !== 'saturated' },
  );
}

function aggregatedEstimate(setting: ServingSetting, strategy: WorkerStrategy, cost: WorkerCost): ServingEstimate {
  const steady = aggregatedSteady(setting, strategy, cost);
  const { workload, engine } = setting;
  const decoding = decodeSteps(workload) > 0;
  const load: StepLoad = {
    sequences: decoding ? steady.sequences : 0,
    context: meanContext(workload),
    promptTokens: decoding
      ? (steady.sequences * promptPasses(workload, engine).computed) / decodeSteps(workload)
      : promptPasses(workload, engine).computed,
  };
  const worker = workerEstimate(setting, strategy, cost, {
    role: 'both',
    load,
    plain: steady.plain,
    mixed: steady.mixed,
    steps: decoding ? { plain: 1 - steady.mixedShare, mixed: steady.mixedShare } : { plain: 0, mixed: 1 },
    decodeStep: steady.decodeStep,
    prefill: steady.prefill,
  });
  const { ttft, queueing, tpot, utilization } = steady;
  return served(setting, worker, {
    gpus: strategyGpus(strategy),
    requestsPerSecond: steady.requestsPerSecond * strategy.replicas,
    ttft,
    queueing,
    transfer: 0,
    tpot,
    utilization,
    slowest: Math.max(steady.decodeStep, cost.step(steady.mixed)),
  });
}

function disaggregatedEstimate(
  setting: ServingSetting,
  strategy: DisaggregatedStrategy,
  costs: WorkerCosts,
): ServingEstimate {
  const steady = disaggregatedSteady(setting, strategy, costs);
  const { workload, engine } = setting;
  const { computed } = promptPasses(workload, engine);
  const context = meanContext(workload);
  const read = costs.of(strategy.prefill);
  const prefill = workerEstimate(setting, strategy.prefill, read, {
    role: 'prefill',
    load: { sequences: 0, context: 0, promptTokens: computed },
    plain: steady.prefill.work,
    mixed: steady.prefill.work,
    // A mean step is a whole prompt: all its passes, or its share of one that reads several.
    steps: { plain: 0, mixed: steady.prefill.steps },
    decodeStep: 0,
    prefill: steady.prefill.seconds,
  });
  const decode = workerEstimate(setting, strategy.decode, costs.of(strategy.decode), {
    role: 'decode',
    load: { sequences: decodeSteps(workload) > 0 ? steady.sequences : 0, context, promptTokens: 0 },
    plain: plainWork(workload, steady.sequences),
    mixed: plainWork(workload, steady.sequences),
    steps: { plain: 1, mixed: 0 },
    decodeStep: steady.decode.step,
    prefill: 0,
  });
  const larger = prefill.memory.perGpu.total > decode.memory.perGpu.total ? prefill : decode;
  const worst = [prefill, decode].some(({ evidence }) => evidence.time === 'extrapolated')
    ? 'extrapolated'
    : 'calibrated';
  const whole: WorkerEstimate = {
    ...decode,
    memory: {
      ...decode.memory,
      ...(larger === prefill
        ? {
            perGpu: prefill.memory.perGpu,
            utilization: prefill.memory.utilization,
            largestRank: prefill.memory.largestRank,
            freeBytes: prefill.memory.freeBytes,
          }
        : {}),
    },
    evidence: { memory: 'derived', compute: worst, time: worst },
    time: { ...decode.time, prefill: steady.prefill.seconds },
  };
  const estimate = served(setting, whole, {
    gpus: servingGpus(strategy),
    requestsPerSecond: steady.requestsPerSecond,
    ttft: steady.ttft,
    queueing: steady.queueing,
    transfer: steady.transfer,
    tpot: steady.tpot,
    utilization: steady.utilization,
    slowest: steady.decode.step,
  });
  return extended(estimate, { halves: { prefill, decode } });
}

export function servingEstimateOf(
  setting: ServingSetting,
  costs: WorkerCosts,
  strategy: ServingStrategy,
): ServingEstimate {
  const estimate =
    strategy.mode === 'aggregated'
      ? aggregatedEstimate(setting, strategy, costs.of(strategy))
      : disaggregatedEstimate(setting, strategy, costs);
  return withCrossings(setting, strategy, estimate);
}
