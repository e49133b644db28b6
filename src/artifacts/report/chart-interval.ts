/** A mean with the interval that it is to be read with, and the bound that it has to keep. */
import { svg } from './figure.ts';
import { axis, share } from './fluid.ts';
import { html, type Markup } from './markup.ts';

interface Ranged {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly mean: number;
  readonly interval: readonly [least: number, most: number];
  readonly bound?: number | undefined;
}

export function intervalChart({ id, title, description, mean, interval: [least, most], bound }: Ranged): Markup {
  const { at } = axis({ from: 0, to: 1.05 * Math.max(mean, most, bound ?? 0) });
  const x = (value: number) => share(at(value));
  return svg(
    { id, title, description, height: 30 },
    html`<line x1="0" x2="100%" y1="20" y2="20" class="track"/><rect x="${x(least)}" width="${share(at(most) - at(least))}" y="15" height="10" rx="2" class="range"/><line x1="${x(mean)}" x2="${x(mean)}" y1="10" y2="30" class="mean"/>${
      bound !== undefined &&
      html`<line x1="${x(bound)}" x2="${x(bound)}" y1="4" y2="30" class="bound"/><text x="${x(bound)}" dx="-5" y="9" text-anchor="end" class="small">SLO</text>`
    }`,
  );
}
