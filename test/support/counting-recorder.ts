/** Counts what a store tells of itself, by words such as `shared hit`, and keeps what it logs. */
import type { CacheLog, CacheRecorder, SharedRecorder } from '../../src/cache/cache-recorder.ts';

export interface Counting {
  readonly counts: Record<string, number>;
  /** Message and details, as they would be written. */
  readonly logged: string[];
  readonly recorder: CacheRecorder & SharedRecorder;
  readonly log: CacheLog;
}

export function createCounting(): Counting {
  const counts: Record<string, number> = {};
  const logged: string[] = [];
  const add = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  const count = (what: string) => (of: string) => add(`${of} ${what}`);
  const log = (details: object, message: string) => {
    logged.push(`${message} ${JSON.stringify(details)}`);
  };
  return {
    counts,
    logged,
    recorder: {
      hit: count('hit'),
      miss: count('miss'),
      eviction: count('eviction'),
      corruption: count('corruption'),
      failure: count('failure'),
      operation: count('operation'),
      turn: count('turn'),
    },
    log: { info: log, warn: log, error: log },
  };
}
