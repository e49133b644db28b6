/** Our process groups against those that four engines' rank formulas give. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { GroupKind } from '../../src/planner/estimate.ts';
import { groupKinds } from '../../src/planner/estimate.ts';
import { type Placement, placementOf, rankLayouts } from '../../src/planner/placement.ts';
import type { Degrees } from '../../src/planner/strategy.ts';

interface Case {
  readonly engine: keyof typeof rankLayouts;
  readonly degrees: Omit<Degrees, 'replicas'>;
  readonly groups?: Readonly<Partial<Record<GroupKind, readonly (readonly number[])[]>>>;
  readonly progressions?: Readonly<Partial<Record<GroupKind, readonly (readonly [number, number, number])[]>>>;
}

function readCases(): readonly Case[] {
  const file = new URL('./fixtures/rank-layouts.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Case[] }).cases;
}

function placed({ engine, degrees }: Case): Placement {
  const gpus = degrees.tp * degrees.cp * degrees.dp * degrees.pp;
  return placementOf(
    { ...degrees, replicas: 1 },
    {
      cluster: { nodes: Math.ceil(gpus / 8), gpusPerNode: 8, domainGpus: 8 },
      model: { layers: [{ count: 16, moe: { experts: 64 } }] },
      layout: rankLayouts[engine],
    },
  );
}

/** Every group of a kind, in the order of its first rank. */
function groupsOf(placement: Placement, kind: GroupKind): number[][] {
  const groups = new Map<number, number[]>();
  for (let rank = 0; rank < placement.world; rank++) {
    const group = placement.group(rank, kind);
    if (group.position === 0)
      groups.set(
        rank,
        Array.from({ length: group.size }, (_, j) => group.member(j)),
      );
  }
  return [...groups.values()];
}

const cases = readCases();

it('covers fourteen cases of four engines', () => {
  expect(cases).toHaveLength(14);
  expect(new Set(cases.map((c) => c.engine))).toEqual(new Set(Object.keys(rankLayouts)));
});

describe.each(cases.map((c) => ({ ...c, title: `${c.engine} ${JSON.stringify(c.degrees)}` })))('$title', (c) => {
  const placement = placed(c);

  it('forms the groups that the engine forms', () => {
    const byKind = (kind: string) => groupKinds.find((k) => k === kind);
    for (const [name, expected] of Object.entries(c.groups ?? {})) {
      const kind = byKind(name);
      expect(kind && groupsOf(placement, kind), name).toEqual(expected);
    }
    for (const [name, listed] of Object.entries(c.progressions ?? {})) {
      const kind = byKind(name);
      const ours = kind ? groupsOf(placement, kind) : [];
      const expected = listed.map(([first, stride, size]) =>
        Array.from({ length: size }, (_, j) => first + j * stride),
      );
      expect(ours.slice(0, expected.length), name).toEqual(expected);
      expect(ours.length * (listed[0]?.[2] ?? 0), `${name} groups cover the world`).toBe(placement.world);
    }
  });

  it('partitions the ranks by every kind of group, and numbers the groups without a gap', () => {
    for (const kind of groupKinds) {
      const members = groupsOf(placement, kind).flat();
      expect(members.sort((a, b) => a - b)).toEqual(Array.from({ length: placement.world }, (_, r) => r));
      const indices = new Set<number>();
      for (let rank = 0; rank < placement.world; rank++) {
        const group = placement.group(rank, kind);
        expect(group.member(group.position)).toBe(rank);
        indices.add(group.index);
        for (let j = 0; j < group.size; j++) expect(placement.group(group.member(j), kind).index).toBe(group.index);
      }
      expect([...indices].sort((a, b) => a - b)).toEqual(
        Array.from({ length: placement.world / placement.group(0, kind).size }, (_, index) => index),
      );
    }
  });

  it('finds a rank again from its coordinates', () => {
    for (let rank = 0; rank < placement.world; rank++) {
      expect(placement.rankOf(placement.coordinates(rank))).toBe(rank);
    }
  });
});
