/**
 * What areas are filled with. Each meaning has a colour and a pattern of its own, so that a print without colour and a reader who sees none
 * tell them apart; each is in a legend by name.
 */
import type { Bound } from '../../planner/estimate.ts';
import { html, type Markup } from './markup.ts';

type Pattern = 'solid' | 'rising' | 'falling' | 'level' | 'upright' | 'dots' | 'grid' | 'cross';

interface Fill {
  readonly name: string;
  /** A colour of the style sheet. */
  readonly colour: string;
  readonly pattern: Pattern;
}

const fills = {
  compute: { name: 'compute', colour: 'blue', pattern: 'solid' },
  memory: { name: 'memory', colour: 'orange', pattern: 'rising' },
  network: { name: 'network', colour: 'purple', pattern: 'dots' },
  launch: { name: 'launch', colour: 'grey', pattern: 'upright' },
  attention: { name: 'Attention weights', colour: 'blue', pattern: 'solid' },
  dense: { name: 'Dense FFN weights', colour: 'blue', pattern: 'level' },
  expert: { name: 'Routed experts', colour: 'teal', pattern: 'rising' },
  shared: { name: 'Shared experts', colour: 'teal', pattern: 'dots' },
  embedding: { name: 'Embedding and LM head', colour: 'purple', pattern: 'cross' },
  other: { name: 'Routers and norms', colour: 'grey', pattern: 'upright' },
  cache: { name: 'KV cache', colour: 'orange', pattern: 'solid' },
  activation: { name: 'Activations at their peak', colour: 'green', pattern: 'falling' },
  message: { name: 'Staging of messages', colour: 'red', pattern: 'grid' },
  reserve: { name: 'Reserve', colour: 'pale', pattern: 'falling' },
} as const satisfies Readonly<Record<string, Fill>> & Readonly<Record<Bound, Fill>>;

export type FillName = keyof typeof fills;

export const fillNames = Object.keys(fills).filter((name): name is FillName => Object.hasOwn(fills, name));

export function fillText(name: FillName): string {
  return fills[name].name;
}

/** The value of a `fill` attribute. */
export function fillOf(name: FillName): string {
  return `url(#fill-${name})`;
}

/** Lines in the page's background, over the colour. */
const lines: Readonly<Record<Pattern, Markup | false>> = {
  solid: false,
  rising: html`<path d="M-2 2 2-2M0 8 8 0M6 10 10 6"/>`,
  falling: html`<path d="M-2 6 2 10M0 0 8 8M6-2 10 2"/>`,
  level: html`<path d="M0 2H8M0 6H8"/>`,
  upright: html`<path d="M2 0V8M6 0V8"/>`,
  dots: html`<path d="M2 2h.01M6 6h.01" class="dot"/>`,
  grid: html`<path d="M0 4H8M4 0V8"/>`,
  cross: html`<path d="M0 0 8 8M8 0 0 8"/>`,
};

/** Once a page, before anything that is filled. */
export function fillDefinitions(): Markup {
  return html`<svg class="definitions" width="0" height="0" aria-hidden="true" focusable="false"><defs>${fillNames.map(
    (name) => {
      const { colour, pattern } = fills[name];
      return html`<pattern id="fill-${name}" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" class="${colour}"/><g class="lines">${lines[pattern]}</g></pattern>`;
    },
  )}</defs></svg>`;
}

export function swatch(name: FillName): Markup {
  return html`<svg class="swatch" width="20" height="12" aria-hidden="true" focusable="false"><rect x=".5" y=".5" width="19" height="11" fill="${fillOf(name)}" class="outline"/></svg>`;
}

export function legend(names: readonly FillName[]): Markup {
  return html`<ul class="legend">${names.map((name) => html`<li>${swatch(name)} ${fillText(name)}</li>`)}</ul>`;
}
