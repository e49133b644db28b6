/** Load on one server, and what it answered. */
import autocannon from 'autocannon';

export interface Request {
  readonly path: string;
  readonly body: string;
}

export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  /** Called for each request. */
  readonly next: () => Request;
  readonly seconds?: number;
  readonly amount?: number;
  /** Requests a second to be sent, whatever is answered; absent: each connection sends when it has its answer. */
  readonly rate?: number;
}

export interface Load {
  readonly perSecond: number;
  readonly answers: number;
  readonly byStatus: ReadonlyMap<number, number>;
  /** Connections that broke, and requests without an answer in 30 s. */
  readonly errors: number;
  /** Milliseconds below which this share of the answers came. */
  readonly latencyMs: (share: number) => number;
}

const TIMEOUT_S = 30;

export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

export async function load({ url, connections, next, seconds, amount, rate }: LoadOptions): Promise<Load> {
  const times: number[] = [];
  const byStatus = new Map<number, number>();
  const start = performance.now();
  const run = autocannon({
    url,
    connections,
    requests: [
      {
        setupRequest: () => ({ method: 'POST', headers: { 'content-type': 'application/json' }, ...next() }),
      },
    ],
    timeout: TIMEOUT_S,
    ...(seconds !== undefined && { duration: seconds }),
    ...(amount !== undefined && { amount }),
    ...(rate !== undefined && { overallRate: rate, ignoreCoordinatedOmission: true }),
  });
  let last = start;
  run.on('response', (_client, status, _bytes, ms) => {
    last = performance.now();
    times.push(ms);
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  });
  const { errors } = await run;
  const sorted = Float64Array.from(times).sort();
  return {
    perSecond: times.length / ((last - start) / 1000),
    answers: times.length,
    byStatus,
    errors,
    latencyMs: (share) => quantile(sorted, share),
  };
}
