import { describe, expect, it } from 'vitest';
import { servingProblem } from '../../../../test/support/serving-problems.ts';
import type { AggregatedStrategy } from '../../strategy.ts';
import { frontierOf } from './frontier.ts';
import type { Measured } from './objective.ts';

const problem = servingProblem({ model: 'llama-3.1-70b', gpu: 'h200-sxm', nodes: 1 });

/** One layout at ever more requests at once: each serves more, and each user gets less. */
const curve = Array.from({ length: 200 }, (_, i): Measured => {
  const maxConcurrency = i + 1;
  const layout = { tp: 8, cp: 1, dp: 1, pp: 1, ep: 1, etp: 1, replicas: 1, redundantExperts: 0 };
  const strategy: AggregatedStrategy = { mode: 'aggregated', ...layout, maxConcurrency };
  const tokensPerSecond = 100 * maxConcurrency ** 0.7;
  const steady = {
    ttft: 0.1,
    tpot: maxConcurrency / tokensPerSecond,
    requestsPerSecond: tokensPerSecond / problem.workload.outputTokens,
    tokensPerSecond,
    utilization: 1,
  };
  return { strategy, steady, totalBytes: 1 };
});

describe('a frontier of more points than are shown', () => {
  it('keeps both ends and the chosen one, whichever it is', () => {
    for (const { strategy } of curve) {
      const shown = frontierOf(problem, curve, strategy);
      const strategies = shown.map((point) => point.strategy);
      expect(shown.length).toBeLessThanOrEqual(24);
      expect(strategies).toContain(strategy);
      expect(strategies[0]).toBe(curve.at(-1)?.strategy);
      expect(strategies.at(-1)).toBe(curve[0]?.strategy);
    }
  });
});
