/** What single runs show of themselves, beside what the planner says of them: the measures that the rules of oddities.ts judge by. */
import { mainPeak } from '../../src/planner/cost/flops.ts';
import { parameterCounts, parameterTotals } from '../../src/planner/parameters.ts';
import { measuredThroughput } from './metrics.ts';
import type { Answered } from './predict.ts';

/**
 * Of the peak of the format that the model is multiplied in, what a whole run reaches at most: large products alone reach 0.83 to 0.95 in bf16 and
 * 0.55 to 0.67, at best 0.85, in fp8 (domain facts, 2.4).
 */
export const possibleShares = { bf16: 0.85, narrower: 0.65 } as const;

export const ttft = ({ row }: Answered): number => row.measured.ttft_ms ?? 0;
export const tpot = ({ row }: Answered): number => row.measured.tpot_ms ?? 0;

/** Workers that read prompts, and ranks in all of them that read one each at a time. */
export function promptRanks({ body: { strategy: degrees } }: Answered): number {
  if (!('mode' in degrees)) return (degrees.replicas ?? 1) * (degrees.dp ?? 1);
  return degrees.prefill.workers * (degrees.prefill.strategy.dp ?? 1);
}

/** 2·active parameters a token, of prompts and answers, over the GPU's peak; attention is left out, which errs to the low side. */
export function peakShare({ row, body, setting: { model, cluster } }: Answered): number {
  const { inputTokens, outputTokens } = body.workload;
  // Embeddings are looked up, and the LM head multiplies few tokens.
  const { embedding, head } = parameterCounts(model);
  const multiplied = parameterTotals(model).active - embedding - head;
  const flopsPerOutputToken = (2 * multiplied * (inputTokens + outputTokens)) / outputTokens;
  return (flopsPerOutputToken * (measuredThroughput(row) ?? 0)) / mainPeak(model, cluster.gpu.peakFlops);
}

export function possibleShare({ setting: { model, cluster } }: Answered): number {
  const { peakFlops } = cluster.gpu;
  return mainPeak(model, peakFlops) > peakFlops.bf16 ? possibleShares.narrower : possibleShares.bf16;
}

/**
 * Share of the time that a rank would spend on prompts, one after another. Only where the prompt is long enough to fill the GPUs by
 * itself: shorter ones are computed together in less.
 */
export function prefillLoad(answered: Answered): number {
  const { row, body, outcome } = answered;
  const { inputTokens, outputTokens } = body.workload;
  if (inputTokens < 500 * (row.parallelism.tp ?? 1)) return 0;
  const requestsPerSecond = ((measuredThroughput(row) ?? 0) * (row.hardware.count ?? 1)) / outputTokens;
  return (requestsPerSecond * outcome.prediction.prefillMs) / 1e3 / promptRanks(answered);
}

export function burstMs(answered: Answered): number {
  const waiting = (answered.body.workload.concurrency ?? 0) / promptRanks(answered);
  return Math.max(1, waiting) * answered.outcome.prediction.prefillMs;
}

export function hasFreeCache({ body, outcome }: Answered): boolean {
  const { concurrency } = body.workload;
  return concurrency !== undefined && outcome.prediction.memory.maxConcurrency >= concurrency;
}

/** Requests in flight are tokens/s × TPOT (Little), beside those that the same rate would take at the predicted TPOT. */
export function isFilled({ row, outcome }: Answered): boolean {
  const rate = measuredThroughput(row);
  if (rate === undefined) return false;
  const { tokensPerSecondPerGpu, tpotMs } = outcome.prediction;
  return rate * (row.measured.tpot_ms ?? 0) >= 0.5 * tokensPerSecondPerGpu * tpotMs;
}
