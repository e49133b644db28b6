import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { heldBytes } from '../../test/support/held-bytes.ts';
import { placedPlan } from '../../test/support/placed-plan.ts';
import { PlacementRow } from '../http/schemas/placement.ts';
import { groupKinds } from '../planner/estimate.ts';
import { placementRows, placementWorld, sequencesOf } from './placement-pages.ts';

const reference = placedPlan({ degrees: { tp: 2, dp: 64, ep: 64, etp: 2 } });

describe('the reference strategy, EP64_TP2 on 16 nodes of 8', () => {
  const rows = [...placementRows(reference)];

  it('has 128 rows of the public shape, each GPU once', () => {
    expect(rows).toHaveLength(placementWorld(reference));
    expect(rows.every((row) => Value.Check(PlacementRow, row))).toBe(true);
    expect(new Set(rows.map((row) => row.gpu)).size).toBe(128);
  });

  it('puts expert e on GPUs 2e and 2e + 1', () => {
    for (const row of rows) {
      expect(row.experts).toEqual({ first: Math.floor(row.rank / 2), count: 1, layers: 16 });
      expect(row.groups.etp.ranks).toEqual([row.rank - (row.rank % 2), row.rank - (row.rank % 2) + 1]);
    }
  });

  it('reads a rank in the middle as one would by hand', () => {
    expect(rows[77]).toMatchObject({
      rank: 77,
      gpu: 77,
      node: 9,
      domain: 9,
      localGpu: 5,
      coordinates: { replica: 0, tp: 1, cp: 0, dp: 38, pp: 0, ep: 38, etp: 1, edp: 0 },
      layers: { first: 0, count: 16 },
      sequences: { first: 76, count: 2 },
      chunks: null,
      embedding: false,
      head: false,
    });
    expect(rows[77]?.groups.ep).toMatchObject({ index: 1, size: 64, position: 38, first: 1, stride: 2 });
  });

  it('gives a page as it gives the whole', () => {
    expect([...placementRows(reference, { offset: 120, limit: 50 })]).toEqual(rows.slice(120));
    expect([...placementRows(reference, { offset: 5, limit: 3 })]).toEqual(rows.slice(5, 8));
    expect([...placementRows(reference, { offset: 128, limit: 10 })]).toEqual([]);
  });
});

describe('stages, chunks and shares that differ', () => {
  const plan = placedPlan({
    degrees: { tp: 2, cp: 2, dp: 3, pp: 4, ep: 2, etp: 2 },
    nodes: 6,
    denseLayers: 5,
    moeLayers: 9,
    experts: 8,
    batchSize: 7,
    vocabulary: { size: 1000, tied: false },
  });
  const rows = [...placementRows(plan)];

  it('gives every layer one stage, the first ones one layer more', () => {
    const stages = [...new Map(rows.map((row) => [row.coordinates.pp, row.layers])).values()];
    expect(stages).toEqual([
      { first: 0, count: 4 },
      { first: 4, count: 4 },
      { first: 8, count: 3 },
      { first: 11, count: 3 },
    ]);
  });

  it('names experts only where the layers have some', () => {
    const layersWithExperts = [...new Map(rows.map((row) => [row.coordinates.pp, row.experts?.layers])).values()];
    expect(layersWithExperts).toEqual([undefined, 3, 3, 3]);
  });

  it('puts the embedding on the first stage and the head on the last', () => {
    for (const row of rows) {
      expect(row.embedding).toBe(row.coordinates.pp === 0);
      expect(row.head).toBe(row.coordinates.pp === 3);
    }
  });

  it('splits each sequence into an early and a late chunk', () => {
    expect(new Set(rows.map((row) => JSON.stringify(row.chunks)))).toEqual(
      new Set(['{"of":4,"held":[0,3]}', '{"of":4,"held":[1,2]}']),
    );
  });

  it('gives every sequence to one data-parallel rank', () => {
    const shares = [0, 1, 2].map((position) => sequencesOf({ batchSize: 7, dp: 3, position }));
    expect(shares).toEqual([
      { first: 0, count: 3 },
      { first: 3, count: 2 },
      { first: 5, count: 2 },
    ]);
  });

  it('states members that first and stride give too', () => {
    for (const row of rows) {
      for (const kind of groupKinds) {
        const { first, stride, size, position, ranks } = row.groups[kind];
        expect(ranks).toEqual(Array.from({ length: size }, (_, j) => first + j * stride));
        expect(first + position * stride).toBe(row.rank);
      }
    }
  });
});

it('leaves out the members of a group of more than 64', () => {
  const [row] = placementRows(placedPlan({ degrees: { dp: 128, ep: 64 } }), { limit: 1 });
  expect(row?.groups.dp).toEqual({ index: 0, size: 128, position: 0, first: 0, stride: 1 });
  expect(row?.groups.ep.ranks).toHaveLength(64);
});

it('passes over the GPUs that would split a tensor-parallel group', () => {
  const rows = [...placementRows(placedPlan({ degrees: { tp: 3, dp: 4, ep: 4, etp: 3 }, experts: 4 }))];
  expect(rows.map((row) => row.gpu)).toEqual([0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13]);
});

it('streams a million ranks without holding them', { timeout: 120_000 }, () => {
  const plan = placedPlan({ degrees: { tp: 8, dp: 2 ** 17, ep: 8, etp: 8 }, nodes: 2 ** 17, batchSize: 2 ** 17 });
  const before = heldBytes();
  let count = 0;
  let most = 0;
  for (const row of placementRows(plan)) {
    count += 1;
    if (row.rank % 2 ** 18 === 2 ** 18 - 1) most = Math.max(most, heldBytes() - before);
  }
  expect(count).toBe(2 ** 20);
  // Held, the rows would take more than 2 GiB.
  expect(most).toBeLessThan(64 * 2 ** 20);
});
