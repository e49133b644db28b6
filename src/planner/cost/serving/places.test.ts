import { describe, expect, it } from 'vitest';
import { servingProblem } from '../../../../test/support/serving-problems.ts';
import { layoutNumbers } from './layout-numbers.ts';
import { placesOn } from './places.ts';

const { cluster, engine } = servingProblem({ model: 'deepseek-v3', gpu: 'h200-sxm', nodes: 4 });
const layout = { tp: 4, cp: 1, dp: 1, pp: 1, ep: 4, etp: 1, replicas: 1, redundantExperts: 0 };

describe('numbers of layouts', () => {
  it('are one for equal layouts, and another wherever a degree differs', () => {
    const numberOf = layoutNumbers();
    const first = numberOf(layout);
    expect(numberOf({ ...layout, replicas: 7 } as typeof layout)).toBe(first);
    const others = (['tp', 'cp', 'dp', 'pp', 'ep', 'etp', 'redundantExperts'] as const).map((degree) =>
      numberOf({ ...layout, [degree]: layout[degree] + 1 }),
    );
    expect(new Set([first, ...others]).size).toBe(8);
    expect(numberOf({ ...layout })).toBe(first);
  });
});

describe('places of workers', () => {
  it('are one however many workers there are, unless their groups lie otherwise', () => {
    const places = placesOn(cluster, engine.rankLayout);
    const place = places.of(layout);
    expect(places.of({ ...layout, replicas: 2 })).toBe(place);
    // Three GPUs a worker: the third of them lies across nodes.
    const three = { ...layout, tp: 3, ep: 3 };
    const alone = places.of(three);
    const several = places.of({ ...three, replicas: 8 });
    expect(alone.number === several.number).toBe(JSON.stringify(alone.spans) === JSON.stringify(several.spans));
    expect(places.of({ ...layout, pp: 2 }).number).not.toBe(place.number);
  });

  it('hold for another cluster with like nodes and domains alone', () => {
    const { holdsFor } = placesOn(cluster, engine.rankLayout);
    expect(holdsFor({ ...cluster, nodes: 9 }, engine.rankLayout)).toBe(true);
    expect(holdsFor({ ...cluster, domainGpus: 4 }, engine.rankLayout)).toBe(false);
  });
});
