/** Ranks as engines number them, against groups that their own rank formulas give, and against nested loops. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hopper, modelNamed, oneWorker, settingOf } from '../../../test/support/serving.ts';
import { engines } from '../../catalog/engines.ts';
import { type GroupKind, groupKinds } from '../../planner/estimate.ts';
import { type Grid, gpuOf, gridOf, nextFirstGpu, placeOf } from '../grid.ts';
import { seatOf, surveyGroups } from '../groups.ts';
import type { ServingVerifierSetting } from './claim.ts';
import { workersOf } from './worker.ts';

interface Case {
  readonly engine: string;
  readonly degrees: Readonly<Record<'tp' | 'cp' | 'dp' | 'pp' | 'ep' | 'etp', number>>;
  readonly groups?: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly progressions?: Readonly<Record<string, readonly (readonly [number, number, number])[]>>;
}

const file = new URL('../../../test/reference/fixtures/rank-layouts.json', import.meta.url);
const cases = (JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Case[] }).cases;
const wide: ServingVerifierSetting = {
  ...settingOf(modelNamed('Qwen3-30B-A3B')),
  cluster: { ...hopper, nodes: 1024 },
};

function gridUnder(name: string, degrees: Case['degrees']): Grid {
  const engine = name === 'megatron' ? engines.generic : Object.values(engines).find((other) => other.name === name);
  if (!engine) throw new Error(name);
  const strategy = { ...oneWorker, ...degrees, mode: 'aggregated' as const };
  const [worker] = workersOf({ ...wide, engine }, { strategy });
  if (!worker) throw new Error('no worker');
  return worker.grid;
}

/** Members of each group, in order of their seats, groups by their lowest rank. */
function groupsOf(grid: Grid, kind: GroupKind): number[][] {
  const groups = new Map<number, number[]>();
  for (let rank = 0; rank < grid.world; rank += 1) {
    const { group, seat } = seatOf(kind, grid, rank);
    const members = groups.get(group) ?? [];
    members[seat] = rank;
    groups.set(group, members);
  }
  return [...groups.values()].sort((a, b) => Math.min(...a) - Math.min(...b));
}

describe.each(cases.map((c) => ({ ...c, title: `${c.engine} ${JSON.stringify(c.degrees)}` })))('$title', (c) => {
  it('has the groups that the engine forms', () => {
    const grid = gridUnder(c.engine, c.degrees);
    for (const kind of groupKinds) {
      const listed = c.groups?.[kind];
      if (listed) expect(groupsOf(grid, kind), kind).toEqual(listed);
      const progressions = c.progressions?.[kind];
      if (!progressions) continue;
      const expected = progressions.map(([first, stride, size]) =>
        Array.from({ length: size }, (_, j) => first + j * stride),
      );
      expect(groupsOf(grid, kind).slice(0, expected.length), kind).toEqual(expected);
    }
  });
});

describe('stages inside each data-parallel rank', () => {
  const small = fc.integer({ min: 1, max: 4 });

  it('are counted off as nested loops count them, and every kind of group partitions the ranks', () => {
    fc.assert(
      fc.property(
        fc.record({ tp: small, cp: small, dp: small, pp: small }),
        fc.integer({ min: 1, max: 2 }),
        ({ tp, cp, dp, pp }, replicas) => {
          const degrees = { tp, cp, dp, pp, ep: tp * cp * dp, etp: 1 };
          const counted = gridOf(
            { ...oneWorker, ...degrees, replicas },
            { ...gridUnder('vllm', degrees), firstGpu: 0, firstRank: 0 },
          );
          let rank = 0;
          for (let replica = 0; replica < replicas; replica += 1)
            for (let d = 0; d < dp; d += 1)
              for (let stage = 0; stage < pp; stage += 1)
                for (let c = 0; c < cp; c += 1)
                  for (let t = 0; t < tp; t += 1) {
                    expect(placeOf(counted, rank)).toEqual({ replica, stage, index: (d * cp + c) * tp + t });
                    expect(seatOf('cp', counted, rank).seat).toBe(c);
                    rank += 1;
                  }
          expect(rank).toBe(counted.world);
          for (const survey of surveyGroups(counted)) expect(survey.partitions).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('ranks that come after others', () => {
  const on = (domainGpus: number, { tp, etp, firstGpu }: Readonly<Record<'tp' | 'etp' | 'firstGpu', number>>) =>
    gridOf({ ...oneWorker, tp, etp }, { cluster: { ...hopper, domainGpus }, firstGpu });

  it('start on the next GPU, or in the next domain where no unit has room', () => {
    expect(nextFirstGpu(0, { tp: 4, etp: 1 }, 8)).toBe(0);
    expect(nextFirstGpu(3, { tp: 1, etp: 1 }, 8)).toBe(3);
    expect(nextFirstGpu(3, { tp: 4, etp: 1 }, 8)).toBe(3);
    expect(nextFirstGpu(5, { tp: 4, etp: 1 }, 8)).toBe(8);
    expect(nextFirstGpu(13, { tp: 2, etp: 3 }, 8)).toBe(16);
    expect(nextFirstGpu(16, { tp: 1, etp: 32 }, 48)).toBe(16);
    expect(nextFirstGpu(17, { tp: 1, etp: 32 }, 48)).toBe(48);
    expect(nextFirstGpu(17, { tp: 1, etp: 64 }, 48)).toBe(17);
    expect(nextFirstGpu(9, { tp: 16, etp: 1 }, 8)).toBe(16);
    expect(nextFirstGpu(16, { tp: 16, etp: 1 }, 8)).toBe(16);
  });

  it('fill what is left of their first domain with whole units, and later domains from their beginning', () => {
    const grid = on(8, { tp: 3, etp: 1, firstGpu: 11 });
    expect([0, 1, 2, 3, 4, 9].map((rank) => gpuOf(grid, rank))).toEqual([11, 12, 13, 16, 17, 24]);
    const late = on(8, { tp: 2, etp: 1, firstGpu: 3 });
    expect([0, 3, 4, 11, 12].map((rank) => gpuOf(late, rank))).toEqual([3, 6, 8, 15, 16]);
  });
});
