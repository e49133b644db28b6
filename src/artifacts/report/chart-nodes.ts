/** Nodes as boxes of GPUs, in as many columns as the page has room for. Each GPU says in letters what its colour says. */
import { count, plural, span } from '../markdown.ts';
import type { Kind } from './kinds.ts';
import { html, type Markup } from './markup.ts';
import type { Cell, Dimension, MappedNode, NodeMap } from './node-map.ts';

const cell = { width: 35, height: 30 } as const;
/** Colours of the style sheet; more values take them in turn. */
const hues = 8;

interface Drawing {
  readonly map: NodeMap;
  readonly kinds: readonly Kind[];
  /** Nodes that share the fast links, where there are several such groups of nodes. */
  readonly domainNodes?: number;
}

/** What stands in a cell: S0 of a stage, E12 of an expert rank. */
const letters: Readonly<Record<Exclude<Dimension, 'worker'>, string>> = {
  stage: 'S',
  copy: 'G',
  expert: 'E',
  tensor: 'T',
  data: 'B',
};

const meanings: Readonly<Record<Exclude<Dimension, 'worker'>, string>> = {
  stage: 'S a pipeline stage',
  copy: 'G an expert group, which holds all experts once',
  expert: 'E a place in the expert group, and so which experts the GPU holds',
  tensor: 'T a place in the tensor-parallel group',
  data: 'B a data-parallel rank, which has a batch of its own',
};

/** What colours and letters mean, as a sentence. */
export function cellMeaning({ map, kinds }: Drawing): string {
  const { dimensions, collapsed } = map;
  const workers = kinds.map(({ letter, noun }) => `${letter} a ${noun}`).join(', ');
  const words = dimensions.map((name) => (name === 'worker' ? workers : meanings[name]));
  if (words.length === 0)
    return collapsed
      ? 'GPUs differ in nothing but the experts and sequences that each has.'
      : 'All GPUs that have a rank do the same.';
  const several = map.nodes.some(({ cells }) => cells.some((use) => use && use.own > 0));
  const counted =
    collapsed && several && dimensions.includes('worker') ? ' Workers count from the first on the node.' : '';
  return `In a GPU: ${words.join('; ')}. Colours follow the first of these.${counted}`;
}

export function nodeBoxes(drawing: Drawing): Markup {
  const { map, domainNodes } = drawing;
  return html`<ul class="nodes">${map.nodes.map((node) => {
    const names = nodeNames(node);
    const [first] = node.nodes;
    const domain =
      domainNodes !== undefined && !map.collapsed && first && `, domain ${Math.floor(first.first / domainNodes)}`;
    return html`<li><p>${names.numbers}${domain}${names.alike !== '' && html` <b>${names.alike}</b>`}</p>${box(node, drawing)}</li>`;
  })}</ul>`;
}

/** Which nodes, and how many where they are many. */
export function nodeNames({ nodes }: MappedNode): { readonly numbers: string; readonly alike: string } {
  const all = nodes.reduce((sum, run) => sum + run.count, 0);
  const shown = nodes.slice(0, 2).map(({ first, count: length }) => span(first, length));
  const more = nodes.length > shown.length ? ', …' : '';
  return {
    numbers: `Node${all === 1 ? '' : 's'} ${shown.join(', ')}${more}`,
    alike: all === 1 ? '' : `${count(all)} alike`,
  };
}

function box({ cells }: MappedNode, drawing: Drawing): Markup {
  const columns = Math.min(cells.length, cells.length > 8 ? 8 : 4);
  const rows = Math.ceil(cells.length / columns);
  const width = columns * cell.width + 2;
  return html`<svg width="${width}" height="${rows * cell.height + 2}" aria-hidden="true" focusable="false">${cells.map(
    (use, i) =>
      drawn(use, { x: 1 + (i % columns) * cell.width, y: 1 + Math.floor(i / columns) * cell.height, drawing }),
  )}</svg>`;
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly drawing: Drawing;
}

function drawn(use: Cell | undefined, { x, y, drawing }: Place): Markup {
  const rect = (hue: string) =>
    html`<rect x="${x + 1}" y="${y + 1}" width="${cell.width - 2}" height="${cell.height - 2}" rx="3" class="gpu ${hue}"/>`;
  if (!use) return rect('idle');
  const [first, second] = drawing.map.dimensions;
  const hue = first === undefined ? 0 : hueOf(use, first);
  const text = (name: Dimension, dy: number) =>
    html`<text x="${x + cell.width / 2}" y="${y + dy}" text-anchor="middle">${cellText(use, name, drawing)}</text>`;
  const lines = first && (second ? [text(first, 13), text(second, 25)] : text(first, 19));
  return html`${rect(`hue-${hue}`)}${lines}`;
}

function hueOf(use: Cell, name: Dimension): number {
  return use[name] % hues;
}

function cellText(use: Cell, name: Dimension, { map, kinds }: Drawing): string {
  if (name !== 'worker') return `${letters[name]}${use[name]}`;
  const letter = kinds[use.kind]?.letter ?? '';
  if (!map.collapsed) return `${letter}${use.own}`;
  return use.own === 0 ? letter : `${letter}+${use.own}`;
}

/** What the GPUs of a node do, for the table. */
export function nodeText({ cells }: MappedNode, drawing: Drawing): string {
  const groups = new Map<string, number>();
  for (const use of cells) {
    const text = use
      ? drawing.map.dimensions.map((name) => cellText(use, name, drawing)).join(' ') || 'in use'
      : 'no rank';
    groups.set(text, (groups.get(text) ?? 0) + 1);
  }
  return [...groups].map(([text, gpus]) => `${plural(gpus, 'GPU')} ${text}`).join(', ');
}
