/** Parts of a step one after another: each begins where the one before it ends. */
import { svg } from './figure.ts';
import { type FillName, fillOf } from './fills.ts';
import { axis, share } from './fluid.ts';
import { html, type Markup } from './markup.ts';

export interface Part {
  readonly label: string;
  readonly ms: number;
  readonly fill: FillName;
  readonly value: string;
  /** After the value, where there is room. */
  readonly more: string;
}

interface Waterfall {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly parts: readonly Part[];
  readonly tick: (ms: number) => string;
}

const rowHeight = 36;
const axisHeight = 22;

export function waterfall({ id, title, description, parts, tick }: Waterfall): Markup {
  const total = parts.reduce((sum, { ms }) => sum + ms, 0);
  const { at, ticks } = axis({ from: 0, to: total }, { ticks: 4 });
  const bottom = parts.length * rowHeight + 4;
  let from = 0;
  const rows = parts.map(({ label, ms, fill, value, more }, i) => {
    const x = at(from);
    from += ms;
    const top = i * rowHeight;
    const next =
      i + 1 < parts.length &&
      html`<line x1="${share(at(from))}" x2="${share(at(from))}" y1="${top + 19}" y2="${top + 19 + rowHeight}" class="step"/>`;
    return html`<text x="0" y="${top + 14}">${label}</text><text x="100%" y="${top + 14}" text-anchor="end" class="value">${value}<tspan class="wide"> · ${more}</tspan></text>${next}<rect x="${share(x)}" width="${share(at(from) - x)}" y="${top + 19}" height="13" fill="${fillOf(fill)}" class="outline"/>`;
  });
  const grid = ticks.map((ms) => {
    const anchor = at(ms) < 5 ? 'start' : at(ms) > 95 ? 'end' : 'middle';
    return html`<line x1="${share(at(ms))}" x2="${share(at(ms))}" y1="0" y2="${bottom}" class="grid"/><text x="${share(at(ms))}" y="${bottom + 14}" text-anchor="${anchor}" class="small">${tick(ms)}</text>`;
  });
  return svg({ id, title, description, height: bottom + axisHeight }, html`${grid}${rows}`);
}
