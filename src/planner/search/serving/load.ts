/**
 * How many requests run at once. `maxConcurrency` is no free dimension: a load that says how much there is is not held back except where
 * the SLO on TPOT demands it, and a load that fills whatever there is runs as much as serves the objective.
 */
import type { Objective, ServingLoad, ServingWorkload } from '../../workload.ts';

/** Requests of the load on each of so many data-parallel ranks, at most; infinite where it fills whatever there is. */
export function askedPerRank(load: ServingLoad, ranks: number): number {
  switch (load.kind) {
    case 'concurrency':
      return Math.ceil(load.concurrency / ranks);
    case 'static':
      return Math.ceil(load.batch / ranks);
    default:
      return Number.POSITIVE_INFINITY;
  }
}

/** Clients that ask again when they are answered, or requests that there are at all; infinite where the load is not counted in them. */
export function clientsOf(load: ServingLoad): number {
  return load.kind === 'concurrency'
    ? load.concurrency
    : load.kind === 'static'
      ? load.batch
      : Number.POSITIVE_INFINITY;
}

/** Workers that get a request at all: beyond as many as there are requests they have nothing to do. */
export function busyWorkers(load: ServingLoad): number {
  return clientsOf(load);
}

/** `maxConcurrency` of ranks that run so many sequences each. */
export function concurrencyOf(
  load: ServingLoad,
  { ranks, perRank }: { readonly ranks: number; readonly perRank: number },
): number {
  return Math.min(clientsOf(load), ranks * perRank);
}

/**
 * Requests a second that must be answered at least: the rate of arrivals; or, in a closed loop whose TTFT and TPOT are bounded, by Little's
 * law, since each of the clients always waits or is being answered: clients = rate · (TTFT + TPOT · tokens after the first). 0: no demand.
 */
export function demandedRate({ load, slo, outputTokens }: ServingWorkload): number {
  if (load.kind === 'rate') return load.requestsPerSecond;
  const { ttft = Number.POSITIVE_INFINITY, tpot = Number.POSITIVE_INFINITY } = slo;
  const longest = ttft + (outputTokens > 1 ? tpot * (outputTokens - 1) : 0);
  return load.kind === 'concurrency' ? load.concurrency / longest : 0;
}

/**
 * Whether ranks run as many sequences as they may, or as few as will do. Under arrivals at a rate memory is saved by slots that nobody
 * needs; a saturated engine answers fastest, and with least memory, one request at a time.
 */
export function fillOf(load: ServingLoad, objective: Objective): 'most' | 'least' {
  if (load.kind === 'rate') return objective === 'memory' || objective === 'balance' ? 'least' : 'most';
  if (load.kind !== 'saturated') return 'most';
  return objective === 'latency' || objective === 'memory' ? 'least' : 'most';
}
