/** What clients see of a steady state: latencies with their tails, throughput, and how far each may be off. */
import { extended } from '../../extended.ts';
import type { Latency, ServingEstimate, WorkerEstimate } from '../../serving-estimate.ts';
import type { ServingSetting } from '../../serving-result.ts';
import { decodeSteps } from '../../workload.ts';
import { intervalOf, type Spread } from './interval.ts';

const latency = (mean: number, { p50, p95 }: { p50: number; p95: number }, spread: Spread): Latency => ({
  mean,
  p50,
  p95,
  interval: intervalOf(mean, spread),
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
  const spread = spreads[setting.cluster.gpu.curves.evidence === 'calibrated' ? 'measured' : 'unmeasured'];
  return extended(worker, {
    time: extended(worker.time, {
      ttft: latency(ttft, ttftQuantiles(steady), spread.ttft),
      tpot: latency(tpot, { p50: tpot, p95: tpotTail(setting, worker, steady) }, spread.tpot),
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

/**
 * Measured over predicted, as the 10th and 90th of a hundred rows of families that were left out of the fit have them, rounded outwards
 * (docs/fidelity.md). Shapes beyond what was measured of a GPU's operators are off by no more than others, and have the same range; what a relative's
 * curves stand in for is off by more, as measured GPUs are by others' curves. What a client adds to TTFT is not in the model, so that its range reaches
 * far up.
 */
const spreads = {
  measured: {
    tpot: { below: 1.13, above: 1.14 },
    ttft: { below: 1.25, above: 3 },
    throughput: { below: 1.16, above: 1.13 },
  },
  unmeasured: {
    tpot: { below: 1.4, above: 1.35 },
    ttft: { below: 1.5, above: 3.5 },
    throughput: { below: 1.45, above: 1.35 },
  },
} as const;
