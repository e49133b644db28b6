/** Random small problems of serving: small enough that the plain search can go through every candidate. */
import fc from 'fast-check';
import { engines } from '../../src/catalog/engines.ts';
import { heldToMeans } from '../../src/planner/cost/serving/interval.ts';
import type { ServingProblem } from '../../src/planner/serving-result.ts';
import { objectives, type ServingLoad, usualLengthSpread } from '../../src/planner/workload.ts';
import { problems } from './arbitraries.ts';

const loads: fc.Arbitrary<ServingLoad> = fc.oneof(
  fc.constant({ kind: 'saturated' as const }),
  fc.constantFrom(1, 3, 10).map((concurrency) => ({ kind: 'concurrency' as const, concurrency })),
  fc.constantFrom(0.5, 20, 300).map((requestsPerSecond) => ({ kind: 'rate' as const, requestsPerSecond })),
  fc.constantFrom(1, 8).map((batch) => ({ kind: 'static' as const, batch })),
);

export const servingProblems: fc.Arbitrary<ServingProblem> = fc
  .record({
    base: problems,
    engine: fc.constantFrom(...Object.values(engines)),
    load: loads,
    tokens: fc.constantFrom([64, 32], [1024, 128], [8192, 8], [512, 1]),
    lengthSpread: fc.constantFrom(0, 0.02, usualLengthSpread, 1),
    ttft: fc.option(fc.constantFrom(0.05, 0.1, 1), { nil: undefined }),
    tpot: fc.option(fc.constantFrom(0.002, 0.004, 0.1), { nil: undefined }),
    confidence: fc.option(fc.constantFrom(0.5, 0.8, 0.95), { nil: undefined }),
    skewed: fc.boolean(),
    objective: fc.constantFrom(...objectives),
    modes: fc.constantFrom(
      ['aggregated'] as const,
      ['disaggregated'] as const,
      ['aggregated', 'disaggregated'] as const,
    ),
    gpus: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    tp: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  })
  .map(({ base, engine, load, tokens, lengthSpread, ttft, tpot, confidence, skewed, objective, modes, gpus, tp }) => {
    // Pairs of layouts are many: 6 GPUs have some ten thousand candidates.
    const gpusPerNode = Math.min(4, base.cluster.gpusPerNode);
    const nodes = base.cluster.nodes * gpusPerNode <= 4 ? base.cluster.nodes : 1;
    const domainGpus = base.cluster.domainGpus < base.cluster.gpusPerNode && gpusPerNode === 4 ? 2 : gpusPerNode;
    // What a plan hands to the search: bounds of means.
    return heldToMeans({
      cluster: { ...base.cluster, nodes, gpusPerNode, domainGpus },
      model: base.model,
      engine: { ...engine, maxSequences: 5, batchTokens: 512 },
      workload: {
        kind: 'serving' as const,
        inputTokens: tokens[0] ?? 64,
        outputTokens: tokens[1] ?? 32,
        lengthSpread: load.kind === 'static' ? 0 : lengthSpread,
        load,
        slo: {
          ...(ttft !== undefined && { ttft }),
          ...(tpot !== undefined && { tpot }),
          ...(confidence !== undefined && { confidence }),
        },
        prefixCacheHitRate: 0,
        routing: skewed ? { kind: 'zipf' as const, exponent: 0.8 } : { kind: 'uniform' as const },
      },
      objective,
      constraints: {
        degrees: tp === undefined ? {} : { tp: { min: 1, max: tp } },
        memoryFree: 0,
        ...(gpus !== undefined && { gpus: { min: 1, max: gpus } }),
      },
      modes,
      top: base.top,
    });
  });
