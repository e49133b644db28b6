/** Points over two axes: the places along the width are shares of it, those along the height pixels. */
import { symbol, symbolCircle, symbolDiamond, symbolSquare } from 'd3-shape';
import { svg } from './figure.ts';
import { axis, share } from './fluid.ts';
import { labelPlaces } from './label-places.ts';
import { html, type Markup } from './markup.ts';

const shapes = { circle: symbolCircle, diamond: symbolDiamond, square: symbolSquare } as const;
export type Shape = keyof typeof shapes;

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly shape: Shape;
  /** Shown when one points at it. */
  readonly text: string;
  /** Beside the mark. */
  readonly label?: string;
  readonly chosen: boolean;
  /** Not one of those that the stairs join. */
  readonly apart?: boolean;
}

interface AxisNames {
  readonly name: string;
  /** That the points are in. */
  readonly unit?: string;
  readonly fromZero?: boolean;
}

interface Scatter {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly points: readonly Point[];
  readonly x: AxisNames;
  readonly y: AxisNames;
  /** Joined by steps, those apart left out: nothing lies above and to the right of them. */
  readonly stairs?: boolean;
  /** A line across at an x. */
  readonly mark?: { readonly x: number; readonly text: string } | undefined;
}

const plotHeight = 260;
const top = 38;
const bottomSpace = 44;
/** Pixels: labels that keep clear of one another on a phone do so everywhere. */
const narrowest = 320;

export function scatter({ id, title, description, points, x, y, stairs = false, mark }: Scatter): Markup {
  const xs = [...points.map((point) => point.x), ...(mark ? [mark.x] : [])];
  const ys = points.map((point) => point.y);
  // Room at the sides for marks and labels; the numbers of the y axis stand inside, at the left, above their lines.
  const across = axis(padded(xs, x.fromZero), { range: { from: 13, to: 96 }, nice: true });
  const up = axis(padded(ys, y.fromZero), { range: { from: top + plotHeight, to: top }, nice: true });
  const bottom = top + plotHeight;
  const px = (value: number) => share(across.at(value));
  const py = (value: number) => Math.round(10 * up.at(value)) / 10;
  const grid = [
    ...up.ticks.map(
      (value) =>
        html`<line x1="0" x2="100%" y1="${py(value)}" y2="${py(value)}" class="grid"/><text x="0" y="${py(value) - 4}" class="small">${up.text(value)}${unitText(y)}</text>`,
    ),
    ...across.ticks.map(
      (value) =>
        html`<line x1="${px(value)}" x2="${px(value)}" y1="${bottom}" y2="${bottom + 5}" class="axis"/><text x="${px(value)}" y="${bottom + 18}" text-anchor="middle" class="small">${across.text(value)}${unitText(x)}</text>`,
    ),
  ];
  const joined = points.filter(({ apart }) => !apart).sort((a, b) => a.x - b.x);
  const line = stairs && staircase(joined, { px, py });
  const bound =
    mark &&
    html`<line x1="${px(mark.x)}" x2="${px(mark.x)}" y1="${top - 8}" y2="${bottom}" class="bound"/><text x="${px(mark.x)}" dx="6" y="${top}" class="small">${mark.text}</text>`;
  // The chosen one first, which has the best place for its name, and last of all, over the others.
  const ordered = [...points].sort((a, b) => Number(b.chosen) - Number(a.chosen));
  const places = labelPlaces(
    ordered.map((point) => ({
      x: (across.at(point.x) * narrowest) / 100,
      y: up.at(point.y),
      radius: point.chosen ? 8 : 5,
      label: point.label ?? '',
    })),
    narrowest,
  );
  const marks = ordered
    .map((point, i) => {
      const outline = symbol(shapes[point.shape], point.chosen ? 170 : 64)() ?? '';
      const { dx, dy, anchor } = places[i] ?? { dx: 12, dy: 4, anchor: 'start' };
      return html`<svg x="${px(point.x)}" y="${py(point.y)}" class="point"><path d="${outline}" class="${point.chosen ? 'mark chosen' : 'mark'}"><title>${point.text}</title></path>${
        point.label !== undefined &&
        html`<text x="${dx}" y="${dy}" text-anchor="${anchor}" class="${point.chosen ? 'strong' : 'small'}">${point.label}</text>`
      }</svg>`;
    })
    .reverse();
  return svg(
    { id, title, description, height: bottom + bottomSpace },
    html`<text x="0" y="10" class="small">↑ ${y.name}</text>${grid}<line x1="0" x2="100%" y1="${bottom}" y2="${bottom}" class="axis"/>${line}${bound}${marks}<text x="100%" y="${bottom + 38}" text-anchor="end" class="small">${x.name} →</text>`,
  );
}

function unitText({ unit }: AxisNames): string {
  return unit === undefined ? '' : ` ${unit}`;
}

/** Less than this share of a value is not drawn as if it were the whole world. */
const leastSpan = 0.1;

function padded(values: readonly number[], fromZero = false): { readonly from: number; readonly to: number } {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const room = Math.max((most - least) * 0.06, (leastSpan * Math.abs(most) - (most - least)) / 2);
  return { from: fromZero ? 0 : Math.max(0, least - room), to: most + room };
}

/** Lines rather than a path: only lines know percentages. */
function staircase(
  points: readonly Point[],
  { px, py }: { px: (x: number) => string; py: (y: number) => number },
): readonly Markup[] {
  return points.slice(1).map((point, i) => {
    const before = points[i] ?? point;
    return html`<line x1="${px(before.x)}" x2="${px(before.x)}" y1="${py(before.y)}" y2="${py(point.y)}" class="stair"/><line x1="${px(before.x)}" x2="${px(point.x)}" y1="${py(point.y)}" y2="${py(point.y)}" class="stair"/>`;
  });
}

/** A mark beside its meaning. */
export function shapeKey(shape: Shape, text: string): Markup {
  return html`<li><svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true" focusable="false"><path d="${symbol(shapes[shape], 64)() ?? ''}" class="mark"/></svg> ${text}</li>`;
}

/** The line across, beside its meaning. */
export function markKey(text: string): Markup {
  return html`<li><svg width="26" height="12" aria-hidden="true" focusable="false"><line x1="0" x2="26" y1="6" y2="6" class="bound"/></svg> ${text}</li>`;
}
