import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Labelled, type LabelPlace, labelPlaces } from './label-places.ts';

const mark = (x: number, y: number, label: string): Labelled => ({ x, y, radius: 5, label });

/** The box that a label takes at seven pixels a letter. */
function box({ x, y, label }: Labelled, { dx, dy, anchor }: LabelPlace) {
  const width = 7 * label.length;
  const left = x + dx - { start: 0, middle: width / 2, end: width }[anchor];
  return { left, right: left + width, top: y + dy - 13, bottom: y + dy + 3 };
}

describe('labels', () => {
  it('stand at the right where there is room, and at the left where the page ends', () => {
    const anchors = labelPlaces([mark(20, 50, 'one'), mark(310, 50, 'two')], 320).map(({ anchor }) => anchor);
    expect(anchors).toEqual(['start', 'end']);
  });

  it('of six marks in one spot keep clear of one another', () => {
    const points = ['chosen', '1', '2', '3', '4', '5'].map((label) => mark(160, 100, label));
    const boxes = labelPlaces(points, 320).map((place, i) => box(points[i] ?? mark(0, 0, ''), place));
    for (const [i, a] of boxes.entries()) {
      for (const b of boxes.slice(i + 1)) {
        const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
        expect(apart, JSON.stringify([a, b])).toBe(true);
      }
    }
  });

  it('have a place each, however marks lie', () => {
    const anyMark = fc.record({
      x: fc.integer({ min: 0, max: 320 }),
      y: fc.integer({ min: 0, max: 300 }),
      radius: fc.constantFrom(5, 8),
      label: fc.constantFrom('', '1', 'chosen'),
    });
    fc.assert(
      fc.property(fc.array(anyMark, { maxLength: 12 }), (marks) => {
        expect(labelPlaces(marks, 320)).toHaveLength(marks.length);
        for (const { dx, dy } of labelPlaces(marks, 320)) expect(Math.abs(dx) + Math.abs(dy)).toBeLessThan(60);
      }),
    );
  });
});
