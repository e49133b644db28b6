/** Which side of its mark a label stands at, so that none covers another or a mark. */

export interface Labelled {
  /** Pixels, of the mark's middle. */
  readonly x: number;
  readonly y: number;
  /** Half of the mark. */
  readonly radius: number;
  /** Empty: a mark without a label, that others keep clear of. */
  readonly label: string;
}

/** From the mark's middle to the text's anchor on its base line. */
export interface LabelPlace {
  readonly dx: number;
  readonly dy: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Of a letter of 12 to 13 pixels, about. */
const letterWidth = 7;
const letterHeight = 13;

function overlap(a: Box, b: Box): number {
  const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return across > 0 && down > 0 ? across * down : 0;
}

function boxOf({ x, y, label }: Labelled, { dx, dy, anchor }: LabelPlace): Box {
  const width = label.length * letterWidth;
  const left = x + dx - (anchor === 'start' ? 0 : anchor === 'end' ? width : width / 2);
  return { left, right: left + width, top: y + dy - letterHeight, bottom: y + dy + 3 };
}

function markOf({ x, y, radius }: Labelled): Box {
  return { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius };
}

/**
 * One place for each, first come first served: of the sides and corners the first that covers least and stays within the width.
 * Widths are guessed from the number of letters, on the side of too much.
 */
export function labelPlaces(points: readonly Labelled[], width: number): readonly LabelPlace[] {
  const marks = points.map(markOf);
  const taken: Box[] = [];
  return points.map((point, i) => {
    const gap = point.radius + 4;
    const right: LabelPlace = { dx: gap, dy: 4, anchor: 'start' };
    const above = -gap - 2;
    const below = gap + letterHeight - 2;
    const others: readonly LabelPlace[] = [
      { dx: -gap, dy: 4, anchor: 'end' },
      { dx: 0, dy: above, anchor: 'middle' },
      { dx: 0, dy: below, anchor: 'middle' },
      ...[above, below, above - letterHeight, below + letterHeight].flatMap((dy): readonly LabelPlace[] => [
        { dx: gap, dy, anchor: 'start' },
        { dx: -gap, dy, anchor: 'end' },
      ]),
    ];
    const page = { left: 0, right: width, top: 0, bottom: Number.MAX_SAFE_INTEGER };
    const cost = (place: LabelPlace): number => {
      const box = boxOf(point, place);
      const outside = (box.right - box.left) * (box.bottom - box.top) - overlap(box, page);
      const covered = marks.reduce((sum, mark, j) => sum + (j === i ? 0 : overlap(box, mark)), 0);
      return outside + covered + taken.reduce((sum, other) => sum + overlap(box, other), 0);
    };
    const place = others.reduce((best, other) => (cost(other) < cost(best) ? other : best), right);
    if (point.label !== '') taken.push(boxOf(point, place));
    return place;
  });
}
