/** What is compared: three figures of a run, and errors over many. */
import type { Answered, Prediction } from './predict.ts';
import type { Row } from './rows.ts';

export const metricNames = ['TPOT', 'TTFT', 'tokens/s/GPU'] as const;
export type MetricName = (typeof metricNames)[number];

interface Metric {
  readonly measured: (row: Row) => number | undefined;
  readonly predicted: (prediction: Prediction) => number;
  readonly interval: (prediction: Prediction) => readonly [number, number];
  readonly peer: (row: Row) => number | undefined;
}

export const metrics: Readonly<Record<MetricName, Metric>> = {
  TPOT: {
    measured: ({ measured }) => measured.tpot_ms,
    predicted: ({ tpotMs }) => tpotMs,
    interval: ({ intervals }) => intervals.tpotMs,
    peer: ({ peer }) => peer?.tpot_ms,
  },
  TTFT: {
    measured: measuredTtft,
    predicted: ({ ttftMs }) => ttftMs,
    interval: ({ intervals }) => intervals.ttftMs,
    peer: ({ peer }) => peer?.ttft_ms,
  },
  'tokens/s/GPU': {
    measured: measuredThroughput,
    predicted: ({ tokensPerSecondPerGpu }) => tokensPerSecondPerGpu,
    interval: ({ intervals }) => intervals.tokensPerSecondPerGpu,
    // The peer's export has latencies alone; the rate of a closed loop follows from them as the rows' own does.
    peer: peerThroughput,
  },
};

/** Above 15 s, or where no load is said, TTFT tells how long the queue was at the start and nothing of the engine. */
function measuredTtft({ measured, workload, id }: Row): number | undefined {
  const said = workload.concurrency || typeof workload.request_rate === 'number' || /ftl|static/.test(id);
  return measured.ttft_ms !== undefined && measured.ttft_ms < 15_000 && said ? measured.ttft_ms : undefined;
}

export function measuredThroughput({ measured, derived }: Row): number | undefined {
  return measured.tokens_per_s_per_gpu ?? derived?.approx_tokens_per_s_per_gpu;
}

/** C·O / (TTFT + TPOT·(O − 1)) over all GPUs, as the rows' own figure (`derived.how`). */
function peerThroughput(row: Row): number | undefined {
  const { peer, workload, hardware, derived } = row;
  const measured = derived?.approx_tokens_per_s_per_gpu;
  if (!peer?.tpot_ms || !peer.ttft_ms || !workload.concurrency || !workload.osl || measured === undefined) {
    return undefined;
  }
  const output = workload.osl * (/uniform/.test(row.notes ?? '') ? 0.9 : 1);
  const seconds = (peer.ttft_ms + peer.tpot_ms * (output - 1)) / 1e3;
  return (workload.concurrency * output) / seconds / (hardware.count ?? 1);
}

export interface Pair {
  readonly measured: number;
  readonly predicted: number;
  readonly row: Row;
}

/** Rows of which the metric was measured and answered, as score.mjs counts them: both above 0. */
export function pairsOf(answered: readonly Answered[], metric: Metric): Pair[] {
  return answered.flatMap(({ row, outcome }) => {
    const measured = metric.measured(row) ?? 0;
    const predicted = metric.predicted(outcome.prediction);
    return measured > 0 && predicted > 0 ? [{ measured, predicted, row }] : [];
  });
}

/** The same rows with the peer's figure for ours, where it has one. */
export function peerPairs(pairs: readonly Pair[], metric: Metric): { readonly ours: Pair[]; readonly peers: Pair[] } {
  const ours = pairs.filter(({ row }) => (metric.peer(row) ?? 0) > 0);
  return { ours, peers: ours.map((pair) => ({ ...pair, predicted: metric.peer(pair.row) ?? 0 })) };
}

export interface Errors {
  readonly n: number;
  /** All in percent: mean and median of |error|, median of the signed error, share of rows within 20 %. */
  readonly mape: number;
  readonly median: number;
  readonly bias: number;
  readonly within20: number;
}

/** @param pairs not empty */
export function errorsOf(pairs: readonly Pair[]): Errors {
  const signed = pairs.map(({ measured, predicted }) => (100 * (predicted - measured)) / measured);
  const absolute = signed.map(Math.abs);
  return {
    n: pairs.length,
    mape: mean(absolute),
    median: median(absolute),
    bias: median(signed),
    within20: (100 * absolute.filter((error) => error <= 20).length) / absolute.length,
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear between the two nearest. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}
