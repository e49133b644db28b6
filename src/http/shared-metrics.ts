/** What is counted and timed of the cache that replicas share. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SharedOperation, SharedRecorder, SharedState, TurnOutcome } from '../cache/cache-recorder.ts';

/** A command takes 0.1 to 0.3 ms in one machine, a millisecond across a rack, and 50 ms at most by default. */
const BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

const STATES: readonly SharedState[] = ['up', 'read-only', 'down', 'off'];
const OUTCOMES: readonly TurnOutcome[] = ['own', 'elsewhere', 'alone', 'out-of-time'];
const OPERATIONS: readonly SharedOperation[] = ['get', 'put', 'claim', 'renew', 'release', 'delete', 'probe'];

export function createSharedRecorder(registers: Registry[]): SharedRecorder {
  const operations = new Histogram({
    name: 'shardwell_shared_cache_operation_seconds',
    help: 'Time of one command of the shared cache, failed ones included, by what it was for.',
    labelNames: ['operation'],
    buckets: BUCKETS,
    registers,
  });
  for (const operation of OPERATIONS) operations.zero({ operation });
  const turns = new Counter({
    name: 'shardwell_planning_turns_total',
    help: 'Requests that several replicas may want at once, by who planned them: this one, another, this one unasked, nobody in time.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of OUTCOMES) turns.inc({ outcome }, 0);
  return {
    operation: (operation, seconds) => operations.observe({ operation }, seconds),
    turn: (outcome) => turns.inc({ outcome }),
  };
}

/** The state at the scrape: 1 for the one that it is in, 0 for the others. */
export function watchShared(registers: Registry[], shared: () => SharedState): void {
  new Gauge({
    name: 'shardwell_shared_cache_state',
    help: 'State of the shared cache: 1 for the one it is in.',
    labelNames: ['state'],
    registers,
    collect() {
      const now = shared();
      for (const state of STATES) this.set({ state }, state === now ? 1 : 0);
    },
  });
}
