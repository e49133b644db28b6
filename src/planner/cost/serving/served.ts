/** What clients see of a steady state: latencies with their tails, throughput, and how far each may be off. */
import { extended } from '../../extended.ts';
import type { Latency, ServingEstimate, WorkerEstimate } from '../../serving-estimate.ts';
import type { ServingSetting } from '../../serving-result.ts';
import { decodeSteps } from '../../workload.ts';
import { askedBounds, intervalOf, keptOf, type Spread, spreadsOf } from './interval.ts';

interface Expected {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly bound: number | undefined;
}

const latency = ({ mean, p50, p95, bound }: Expected, spread: Spread): Latency => ({
  mean,
  p50,
  p95,
  interval: intervalOf(mean, spread),
  ...(bound !== undefined && { boundKept: keptOf(mean, bound, spread) }),
});

export interface Served {
  readonly gpus: number;
  readonly requestsPerSecond: number;
  readonly ttft: number;
  readonly queueing: number;
  readonly transfer: number;
  readonly tpot: number;
  readonly utilization: number;
  /** Seconds of the longest kind of step. */
  readonly slowest: number;
}

export function served(setting: ServingSetting, worker: WorkerEstimate, steady: Served): ServingEstimate {
  const { outputTokens } = setting.workload;
  const { requestsPerSecond, ttft, tpot, queueing, transfer, utilization } = steady;
  const tokensPerSecond = requestsPerSecond * outputTokens;
  const spread = spreadsOf(setting.cluster.gpu);
  const bounds = askedBounds(setting.workload.slo);
  return extended(worker, {
    time: extended(worker.time, {
      ttft: latency({ mean: ttft, ...ttftQuantiles(steady), bound: bounds.ttft }, spread.ttft),
      tpot: latency({ mean: tpot, p50: tpot, p95: tpotTail(setting, worker, steady), bound: bounds.tpot }, spread.tpot),
      queueing,
      transfer,
    }),
    throughput: {
      tokensPerSecond,
      tokensPerSecondPerGpu: tokensPerSecond / steady.gpus,
      interval: intervalOf(tokensPerSecond, spread.throughput),
      requestsPerSecond,
      tokensPerSecondPerUser: tpot > 0 ? 1 / tpot : 0,
      utilization,
    },
  });
}

/** Waiting is nearly exponential where it is the most of the TTFT, and the rest is the same for all. */
function ttftQuantiles({ ttft, queueing }: Served): { p50: number; p95: number } {
  const fixed = ttft - queueing;
  return { p50: fixed + queueing * Math.LN2, p95: fixed + queueing * Math.log(20) };
}

/** How many prompts fall into an answer varies as Poisson arrivals do; the 95th of a hundred answers has 1.64 deviations more of them. */
function tpotTail({ workload }: ServingSetting, { load, time }: WorkerEstimate, { tpot, slowest }: Served): number {
  const steps = decodeSteps(workload);
  if (steps <= 0) return tpot;
  const computed = workload.inputTokens * (1 - workload.prefixCacheHitRate);
  const prompts = (load.promptTokens * steps) / Math.max(1, computed);
  const each = Math.max(0, slowest - time.decodeStep);
  return tpot + (1.64 * Math.sqrt(prompts) * each) / (workload.outputTokens - 1);
}
