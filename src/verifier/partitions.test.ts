/** Random layouts: groups partition the ranks, walks and classes agree, and big clusters stay fast. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { one, reference } from '../../test/properties/hand-claims.ts';
import { groupKinds } from '../planner/estimate.ts';
import type { Strategy } from '../planner/strategy.ts';
import { gpuOf } from './grid.ts';
import { seatOf, survey, surveyByClasses, surveyGroups, whereaboutsOf } from './groups.ts';
import { classesOfIndices, layoutOf, sequencesOf, walkIndices } from './layout.ts';
import { dealLayers } from './stages.ts';
import { verify } from './verify.ts';

const small = fc.integer({ min: 1, max: 6 });

/** Degrees with a fold: ep and etp are divisors of what is left of a stage. */
const strategies: fc.Arbitrary<Strategy> = fc
  .record({ tp: small, cp: small, dp: small, pp: small, replicas: fc.integer({ min: 1, max: 3 }), a: small, b: small })
  .map(({ tp, cp, dp, pp, replicas, a, b }) => {
    const inStage = tp * cp * dp;
    const divisors = Array.from({ length: inStage }, (_, i) => i + 1).filter((d) => inStage % d === 0);
    const ep = divisors[a % divisors.length] ?? 1;
    const rest = divisors.filter((d) => (inStage / ep) % d === 0);
    return { tp, cp, dp, pp, ep, etp: rest[b % rest.length] ?? 1, replicas, microBatchSize: 1 };
  });

const domains = fc.constantFrom([8, 8], [8, 4], [4, 8], [4, 12], [6, 3], [1, 1]);

function problemOn([gpusPerNode, domainGpus]: readonly number[]) {
  return {
    ...reference,
    cluster: { ...reference.cluster, nodes: 2 ** 14, gpusPerNode: gpusPerNode ?? 1, domainGpus: domainGpus ?? 1 },
  };
}

/** Coordinates the slow way: count ranks off in nested loops, as the text has them nested. */
function countedOff({ tp, cp, dp, pp, ep, etp, replicas }: Strategy): readonly Record<string, number>[] {
  const ranks: Record<string, number>[] = [];
  for (let replica = 0; replica < replicas; replica += 1) {
    for (let stage = 0; stage < pp; stage += 1) {
      const attention: Record<string, number>[] = [];
      for (let d = 0; d < dp; d += 1)
        for (let c = 0; c < cp; c += 1) for (let t = 0; t < tp; t += 1) attention.push({ dp: d, cp: c, tp: t });
      const expert: Record<string, number>[] = [];
      for (let x = 0; x < (tp * cp * dp) / (ep * etp); x += 1)
        for (let e = 0; e < ep; e += 1) for (let t = 0; t < etp; t += 1) expert.push({ edp: x, ep: e, etp: t });
      attention.forEach((coordinates, i) => {
        ranks.push({ ...coordinates, ...expert[i], pp: stage, replica, i });
      });
    }
  }
  return ranks;
}

describe('process groups', () => {
  it('are the ranks that agree in all other coordinates, each rank in one place', () => {
    fc.assert(
      fc.property(strategies, (strategy) => {
        const layout = layoutOf({ ...reference, workload: { ...reference.workload, batchSize: 36 } }, strategy);
        const ranks = countedOff(strategy);
        expect(ranks.length).toBe(layout.world);
        for (const kind of groupKinds) {
          const others = { tp: ['dp', 'cp'], cp: ['dp', 'tp'], dp: ['cp', 'tp'], pp: ['i'] } as Record<
            string,
            string[]
          >;
          const own = others[kind] ?? ['edp', 'ep', 'etp'].filter((axis) => axis !== kind);
          const axes = kind === 'pp' ? [...own, 'replica'] : [...own, 'replica', 'pp'];
          const names = new Map<string, number>();
          ranks.forEach((coordinates, rank) => {
            const name = axes.map((axis) => coordinates[axis]).join();
            const { group, seat } = seatOf(kind, layout, rank);
            expect(names.get(name) ?? group).toBe(group);
            names.set(name, group);
            expect(seat).toBe(coordinates[kind]);
          });
          expect(new Set(names.values()).size).toBe(names.size);
          expect(names.size * layout[kind]).toBe(layout.world);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('partition by count and by classes alike, and cross the same boundaries', () => {
    fc.assert(
      fc.property(strategies, domains, (strategy, shape) => {
        const problem = problemOn(shape);
        const layout = layoutOf({ ...problem, workload: { ...problem.workload, batchSize: 36 } }, strategy);
        const gpus = whereaboutsOf(layout, (rank) => gpuOf(layout, rank));
        for (const kind of groupKinds) {
          const walked = survey(kind, layout, gpus);
          expect(walked.partitions).toBe(true);
          expect(surveyByClasses(kind, layout)).toEqual(walked);
        }
        const tp = surveyGroups(layout).find(({ kind }) => kind === 'tp');
        expect(tp?.crossesDomains).toBe(layout.tp > problem.cluster.domainGpus);
      }),
      { numRuns: 100 },
    );
  });

  it('are found broken where degrees do not multiply up', () => {
    const layout = { ...layoutOf(reference, { ...one, tp: 4, dp: 2, microBatchSize: 64 }), tp: 3 };
    const gpus = whereaboutsOf(layout, (rank) => gpuOf(layout, rank));
    expect(survey('tp', layout, gpus).partitions).toBe(false);
    expect(surveyByClasses('tp', layout).partitions).toBe(false);
  });
});

describe('classes', () => {
  it('of indices are the walk’s', () => {
    fc.assert(
      fc.property(strategies, fc.integer({ min: 6, max: 50 }), (strategy, batchSize) => {
        const workload = { kind: 'batch', batchSize, sequenceLength: 720 } as const;
        const layout = layoutOf({ ...reference, workload }, strategy);
        const walked = walkIndices(layout, workload);
        const classes = classesOfIndices(layout, workload);
        let index = 0;
        for (const item of classes) {
          expect(item.first).toBe(index);
          for (; index < item.first + item.count; index += 1) {
            const run = walked.find(({ first, count }) => index >= first && index < first + count);
            expect(item.sequences).toBe(run?.sequences);
            expect(item.blockTokens).toBeCloseTo(run?.blockTokens ?? -1, 6);
          }
        }
        expect(index).toBe(layout.inStage);
      }),
    );
  });

  it('of layers and sequences deal everything out once, evenly, the first taking what is over', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 200 }), (parts, over) => {
        const whole = parts + over;
        const counts = Array.from({ length: parts }, () => 0);
        for (const stage of dealLayers(whole, parts)) counts[stage] = (counts[stage] ?? 0) + 1;
        const expected = counts.map((_, i) => Math.floor(whole / parts) + (i < whole % parts ? 1 : 0));
        expect(counts).toEqual(expected);
        const workload = { kind: 'batch', batchSize: whole, sequenceLength: 1 } as const;
        expect(counts.map((_, i) => sequencesOf(workload, parts, i))).toEqual(expected);
      }),
    );
  });
});

describe('a million ranks', () => {
  const nodes = 2 ** 17;
  const problem = {
    ...reference,
    cluster: { ...reference.cluster, nodes },
    workload: { ...reference.workload, batchSize: 2 ** 19 + 1 },
  };
  it('are checked by classes, and the explanation says so', () => {
    const strategy = { ...one, tp: 2, dp: 2 ** 19, ep: 64, etp: 2, microBatchSize: 2 };
    const { verdict, checks } = verify(problem, { strategy }, { provedBest: true });
    expect(verdict).toBe('optimal');
    for (const id of ['gpu-count', 'communication']) {
      expect(checks.find((check) => check.id === id)?.explanation).toContain('by classes');
    }
    expect(checks.find((check) => check.id === 'load-balance')?.explanation).toContain('1 of 524288');
  });

  it('are too many for the reference cluster, and that is found without walking them', () => {
    const strategy = { ...one, tp: 2, dp: 2 ** 19, ep: 64, etp: 2, microBatchSize: 2 };
    const { checks } = verify({ ...problem, cluster: reference.cluster }, { strategy }, { provedBest: true });
    expect(checks.find((check) => check.id === 'gpu-count')).toMatchObject({ status: 'fail', actual: 2 ** 20 });
  });
});
