import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/planner/cluster.ts';
import { batchCost } from '../../src/planner/cost/batch.ts';
import { estimateOf } from '../../src/planner/cost/estimate.ts';
import { placementOf, stageLayers } from '../../src/planner/placement.ts';
import { createPlan } from '../../src/planner/plan.ts';
import type { Problem } from '../../src/planner/result.ts';
import { search } from '../../src/planner/search/search.ts';
import { strategyGpus } from '../../src/planner/strategy.ts';
import { problems } from '../support/arbitraries.ts';

const scaled = (cluster: Cluster, factor: number): readonly Cluster[] => [
  { ...cluster, fast: { ...cluster.fast, bandwidth: cluster.fast.bandwidth * factor } },
  { ...cluster, slow: { ...cluster.slow, bandwidth: cluster.slow.bandwidth * factor } },
  { ...cluster, gpu: { ...cluster.gpu, memoryBandwidth: cluster.gpu.memoryBandwidth * factor } },
];

const bestStep = (problem: Problem): number =>
  search({ ...problem, objective: 'throughput', top: 0 }).best[0]?.key[0] ?? Number.POSITIVE_INFINITY;

describe('the planner, on random problems', () => {
  it('never slows a strategy down with more bandwidth', () => {
    fc.assert(
      fc.property(problems, fc.double({ min: 1, max: 10, noNaN: true }), (problem, factor) => {
        for (const { strategy } of search(problem).best) {
          const before = batchCost(problem).step(strategy);
          for (const cluster of scaled(problem.cluster, factor)) {
            expect(batchCost({ ...problem, cluster }).step(strategy)).toBeLessThanOrEqual(before * (1 + 1e-12));
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('never makes the best throughput worse with one more node', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const larger = { ...problem, cluster: { ...problem.cluster, nodes: problem.cluster.nodes + 1 } };
        expect(bestStep(larger)).toBeLessThanOrEqual(bestStep(problem) * (1 + 1e-12));
      }),
      { numRuns: 100 },
    );
  });

  it('gives equal problems equal plans, byte for byte', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        expect(JSON.stringify(createPlan(structuredClone(problem)))).toBe(JSON.stringify(createPlan(problem)));
      }),
      { numRuns: 40 },
    );
  });

  it('adds the breakdown up to the step, and the step to what the search ordered by', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const cost = batchCost(problem);
        for (const { strategy } of search(problem, { cost }).best) {
          const { time } = estimateOf(problem, cost, strategy);
          const sum = time.breakdown.reduce((total, part) => total + part.seconds, 0);
          expect(time.step).toBe(sum);
          expect(cost.step(strategy) / time.step).toBeCloseTo(1, 9);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('never exceeds the memory it was given, on the chosen and on every alternative', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const plan = createPlan(problem);
        if (plan.status !== 'feasible') return;
        for (const { estimate } of [plan.chosen, ...plan.alternatives])
          expect(estimate.memory.freeBytes).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 60 },
    );
  });

  it('offers remedies that are feasible when planned', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const plan = createPlan(problem);
        if (plan.status !== 'infeasible') return;
        for (const remedy of plan.remedies) {
          if (remedy.path === '/cluster/nodes') {
            const cluster = { ...problem.cluster, nodes: Number(remedy.to) };
            expect(createPlan({ ...problem, cluster }).status).toBe('feasible');
          }
          if (remedy.path === '/workload/batchSize') {
            const workload = { ...problem.workload, batchSize: Number(remedy.to) };
            expect(createPlan({ ...problem, workload }).status).toBe('feasible');
            expect(
              createPlan({ ...problem, workload: { ...workload, batchSize: workload.batchSize + 1 } }).status,
            ).toBe('infeasible');
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('places every rank once, on a GPU of the cluster, with groups that partition the ranks', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        for (const { strategy } of search(problem).best) {
          const placement = placementOf(strategy, problem);
          expect(placement.world).toBe(strategyGpus(strategy));
          const gpus = new Set<number>();
          for (let rank = 0; rank < placement.world; rank++) {
            const { gpu, node } = placement.gpuOf(rank);
            expect(node).toBeLessThan(problem.cluster.nodes);
            gpus.add(gpu);
            expect(placement.rankOf(placement.coordinates(rank))).toBe(rank);
            for (const kind of ['tp', 'cp', 'dp', 'pp', 'ep', 'etp', 'edp'] as const) {
              const group = placement.group(rank, kind);
              expect(group.member(group.position)).toBe(rank);
              const other = placement.group(group.member(0), kind);
              expect(other.member(group.position)).toBe(rank);
            }
            if (strategy.tp <= problem.cluster.domainGpus) {
              const { member, size } = placement.group(rank, 'tp');
              expect(placement.gpuOf(member(0)).domain).toBe(placement.gpuOf(member(size - 1)).domain);
            }
          }
          expect(gpus.size).toBe(placement.world);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives each layer one stage, in order, no stage empty and none more than one layer larger', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 64 }), (layers, stages) => {
        const pp = Math.min(layers, stages);
        const ranges = Array.from({ length: pp }, (_, stage) => stageLayers(layers, pp, stage));
        let next = 0;
        for (const { first, count } of ranges) {
          expect(first).toBe(next);
          next += count;
        }
        expect(next).toBe(layers);
        const counts = ranges.map(({ count }) => count);
        expect(Math.min(...counts)).toBeGreaterThan(0);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
