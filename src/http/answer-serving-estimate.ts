/** What the cost model says of a serving strategy, in the units of the contract. */
import type { Static } from 'typebox';
import { extended } from '../planner/extended.ts';
import type { Latency, ServingEstimate, StepLoad, WorkerEstimate } from '../planner/serving-estimate.ts';
import { balanceOf, communicationOf, computeOf, evidenceOf, perGpuOf, timeOf } from './answer-figures.ts';
import { figure, ms, percent } from './answer-units.ts';
import type {
  ServingEstimate as EstimateAnswer,
  Latency as LatencyAnswer,
  WorkerEstimate as WorkerAnswer,
} from './schemas/serving-estimate.ts';

export const servingTimeModel =
  'The mean step of the steady state: operators on curves fitted to measured kernels, collectives over the real process groups, the ' +
  'engine’s overheads as fitted to served runs; latencies follow from it: docs/accounting.md, docs/fidelity.md.';

export function servingEstimateOf(estimate: ServingEstimate): Static<typeof EstimateAnswer> {
  const { time, throughput, halves } = estimate;
  return extended(commonOf(estimate), {
    time: extended(stepOf(time), {
      ttftMs: ms(time.ttft.mean),
      tpotMs: ms(time.tpot.mean),
      ttft: latencyOf(time.ttft),
      tpot: latencyOf(time.tpot),
      queueingMs: ms(time.queueing),
      transferMs: ms(time.transfer),
    }),
    throughput: {
      tokensPerSecond: figure(throughput.tokensPerSecond),
      tokensPerSecondPerGpu: figure(throughput.tokensPerSecondPerGpu),
      interval: throughput.interval.map(figure),
      requestsPerSecond: figure(throughput.requestsPerSecond),
      tokensPerSecondPerUser: figure(throughput.tokensPerSecondPerUser),
      utilizationPercent: percent(throughput.utilization),
    },
    ...(halves && { halves: { prefill: workerOf(halves.prefill), decode: workerOf(halves.decode) } }),
  });
}

function workerOf(worker: WorkerEstimate): Static<typeof WorkerAnswer> {
  return extended(commonOf(worker), { time: stepOf(worker.time) });
}

function commonOf({ memory, compute, communication, balance, load, evidence }: Omit<WorkerEstimate, 'time'>) {
  return {
    memory: {
      perGpu: perGpuOf(memory.perGpu),
      utilizationPercent: percent(memory.utilization),
      largestRank: memory.largestRank,
      freeBytes: Math.floor(memory.freeBytes),
      accounting: 'physical' as const,
      kvPoolBytes: Math.floor(memory.kvPoolBytes),
      kvCacheTokens: memory.kvCacheTokens,
      maxConcurrency: memory.maxConcurrency,
    },
    compute: computeOf(compute),
    communication: communicationOf(communication),
    balance: balanceOf(balance),
    load: loadOf(load),
    ...evidenceOf(evidence),
  };
}

function stepOf(time: WorkerEstimate['time']) {
  return {
    stepMs: ms(time.step),
    decodeStepMs: ms(time.decodeStep),
    prefillMs: ms(time.prefill),
    ...timeOf(time),
    model: servingTimeModel,
  };
}

function loadOf({ sequences, context, promptTokens }: StepLoad) {
  return {
    sequences: figure(sequences),
    contextTokens: figure(context),
    promptTokens: figure(promptTokens),
  };
}

function latencyOf({ mean, p50, p95, interval, boundKept }: Latency): Static<typeof LatencyAnswer> {
  return {
    meanMs: ms(mean),
    p50Ms: ms(p50),
    p95Ms: ms(p95),
    intervalMs: interval.map(ms),
    ...(boundKept !== undefined && { boundKeptPercent: percent(boundKept) }),
  };
}
