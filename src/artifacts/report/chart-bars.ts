/** Stacked bars, one a row, each with a line of text above it. */
import { svg } from './figure.ts';
import { type FillName, fillOf } from './fills.ts';
import { axis, share } from './fluid.ts';
import { html, type Markup } from './markup.ts';

export interface StackedBar {
  readonly label: string;
  /** At the right of the label. */
  readonly value: string;
  /** Bytes, from the left. */
  readonly parts: readonly { readonly fill: FillName; readonly value: number; readonly text: string }[];
  /** Bytes, up to the right end of the scale. */
  readonly reserve?: { readonly value: number; readonly text: string };
}

interface Stack {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** The scale's end. */
  readonly capacity: number;
  readonly bars: readonly StackedBar[];
  readonly ends: { readonly left: string; readonly right: string };
}

const rowHeight = 50;
const barTop = 20;
const barHeight = 20;

export function stackedBars({ id, title, description, capacity, bars, ends }: Stack): Markup {
  const { at } = axis({ from: 0, to: capacity });
  const row = ({ label, value, parts, reserve }: StackedBar, i: number): Markup => {
    const top = i * rowHeight;
    let from = 0;
    const rects = parts
      .filter((part) => part.value > 0)
      .map((part) => {
        const x = at(from);
        from += part.value;
        return html`<rect x="${share(x)}" width="${share(at(from) - x)}" y="${top + barTop}" height="${barHeight}" fill="${fillOf(part.fill)}" class="outline"><title>${part.text}</title></rect>`;
      });
    const kept =
      reserve &&
      html`<rect x="${share(at(capacity - reserve.value))}" width="${share(at(reserve.value))}" y="${top + barTop}" height="${barHeight}" fill="${fillOf('reserve')}" class="kept"><title>${reserve.text}</title></rect>`;
    return html`<text x="0" y="${top + 14}">${label}</text><text x="100%" y="${top + 14}" text-anchor="end" class="value">${value}</text><rect x="0" width="100%" y="${top + barTop}" height="${barHeight}" class="capacity"/>${kept}${rects}`;
  };
  const bottom = bars.length * rowHeight;
  return svg(
    { id, title, description, height: bottom + 14 },
    html`${bars.map(row)}<text x="0" y="${bottom + 6}" class="small">${ends.left}</text><text x="100%" y="${bottom + 6}" text-anchor="end" class="small">${ends.right}</text>`,
  );
}
