/** Parts of a step one after another: each begins where the one before it ends. */
import { svg } from './figure.ts';
import { type FillName, fillOf } from './fills.ts';
import { axis, share, timeUnits, unitFor } from './fluid.ts';
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
}

const rowHeight = 36;
const barTop = 19;
const barHeight = 13;
const axisHeight = 22;

export function waterfall({ id, title, description, parts }: Waterfall): Markup {
  const total = parts.reduce((sum, { ms }) => sum + ms, 0);
  const unit = unitFor(total, timeUnits);
  const scale = axis({ from: 0, to: total / unit.size }, { ticks: 4 });
  const at = (ms: number) => scale.at(ms / unit.size);
  const bottom = parts.length * rowHeight + 4;
  let from = 0;
  const starts = parts.map(({ ms }) => {
    const start = from;
    from += ms;
    return start;
  });
  const bars = parts.map(({ ms, fill }, i) => {
    const start = starts[i] ?? 0;
    const y = i * rowHeight + barTop;
    const end = share(at(start + ms));
    const next =
      i + 1 < parts.length && html`<line x1="${end}" x2="${end}" y1="${y}" y2="${y + rowHeight}" class="step"/>`;
    return html`${next}<rect x="${share(at(start))}" width="${share(at(start + ms) - at(start))}" y="${y}" height="${barHeight}" fill="${fillOf(fill)}" class="outline"/>`;
  });
  const texts = parts.map(({ label, value, more }, i) => {
    const y = i * rowHeight + 14;
    return html`<text x="0" y="${y}">${label}</text><text x="100%" y="${y}" text-anchor="end" class="value">${value}<tspan class="wide"> · ${more}</tspan></text>`;
  });
  // Drawn beside the bars alone, so that no line runs through a text.
  const dashes = `${barHeight + 6} ${rowHeight - barHeight - 6}`;
  const grid = scale.ticks.map((tick) => {
    const x = share(scale.at(tick));
    const anchor = scale.at(tick) < 5 ? 'start' : scale.at(tick) > 95 ? 'end' : 'middle';
    return html`<line x1="${x}" x2="${x}" y1="${barTop - 3}" y2="${bottom}" stroke-dasharray="${dashes}" class="grid"/><text x="${x}" y="${bottom + 14}" text-anchor="${anchor}" class="small">${tick === 0 ? '0' : `${scale.text(tick)} ${unit.name}`}</text>`;
  });
  return svg({ id, title, description, height: bottom + axisHeight }, html`${grid}${bars}${texts}`);
}
