/** What clients see of a steady state: latencies with their tails, throughput, and how far each may be off. */
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
  const { time } = worker.evidence;
  return {
    ...worker,
    time: {
      ...worker.time,
      ttft: latency(ttft, ttftQuantiles(steady), intervalSpread(time, 'ttft')),
      tpot: latency(tpot, { p50: tpot, p95: tpotTail(setting, worker, steady) }, intervalSpread(time, 'tpot')),
      queueing,
      transfer,
    },
    throughput: {
      tokensPerSecond,
      tokensPerSecondPerGpu: tokensPerSecond / steady.gpus,
      interval: intervalOf(tokensPerSecond, intervalSpread(time, 'throughput')),
      requestsPerSecond,
      tokensPerSecondPerUser: tpot > 0 ? 1 / tpot : 0,
      utilization,
    },
  };
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

function intervalSpread(evidence: string, figure: 'ttft' | 'tpot' | 'throughput'): Spread {
  return spreads[figure][evidence === 'calibrated' ? 'calibrated' : 'extrapolated'];
}

/**
 * Measured over predicted, as the 10th and 90th of a hundred sound rows of families that were left out of the fit have them, rounded outwards
 * (docs/fidelity.md). What a client adds to TTFT is not in the model, so that its range reaches far up.
 */
const spreads = {
  tpot: { calibrated: { below: 1.2, above: 1.18 }, extrapolated: { below: 1.4, above: 1.35 } },
  ttft: { calibrated: { below: 1.35, above: 2.8 }, extrapolated: { below: 1.5, above: 3.5 } },
  throughput: { calibrated: { below: 1.3, above: 1.22 }, extrapolated: { below: 1.45, above: 1.35 } },
} as const;
