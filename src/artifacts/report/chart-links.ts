/** The heaviest messages as lines between the GPUs of one group, over the nodes that it lies on. */
import { bytes, count, duration, plural } from '../markdown.ts';
import { svg } from './figure.ts';
import { share } from './fluid.ts';
import type { Link } from './heavy-links.ts';
import { html, type Markup } from './markup.ts';

interface Drawing {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly links: readonly Link[];
  readonly gpusPerNode: number;
  readonly names: LinkNames;
}

/** Of the two tiers of the network. */
export interface LinkNames {
  readonly fast: string;
  readonly slow: string;
}

const opNames: Readonly<Record<Link['use']['op'], string>> = {
  allReduce: 'All-reduce',
  allGather: 'All-gather',
  reduceScatter: 'Reduce-scatter',
  allToAll: 'All-to-all',
  pointToPoint: 'Point-to-point',
};

const groupNames: Readonly<Record<Link['use']['group'], string>> = {
  tp: 'tensor-parallel',
  cp: 'context-parallel',
  dp: 'data-parallel',
  pp: 'pipeline',
  ep: 'expert-parallel',
  etp: 'expert-tensor',
  edp: 'expert-data',
};

export function linkName({ use }: Link): string {
  return `${opNames[use.op]}, ${use.purpose}`;
}

export function linkGroup({ use, members, further }: Link): string {
  const nodes = further > 0 ? `more than ${plural(members.length, 'node')}` : plural(members.length, 'node');
  return `${groupNames[use.group]} group of ${count(use.groupSize)} on ${nodes}`;
}

export function linkPath({ use }: Link, { fast, slow }: { readonly fast: string; readonly slow: string }): string {
  return use.crossesDomains ? `${slow} and ${fast}` : fast;
}

const rowHeight = 62;
/** GPUs of a larger node would be dust: of those only the members are drawn. */
const mostEmpty = 16;

export function linkLines(drawing: Drawing): Markup {
  const { id, title, description, links } = drawing;
  // The same columns in all rows, so that a node stands below itself.
  const slots = Math.max(3, ...links.map(({ members, further }) => members.length + (further > 0 ? 1 : 0)));
  const width = Math.min(100 / slots, 25);
  const rows = links.map((link, i) => row(link, { top: i * rowHeight, width, drawing }));
  return svg({ id, title, description, height: links.length * rowHeight }, rows);
}

interface Place {
  readonly top: number;
  /** Of a node, percent. */
  readonly width: number;
  readonly drawing: Drawing;
}

function row(link: Link, { top, width, drawing }: Place): Markup {
  const { members, further, use } = link;
  const { gpusPerNode, names } = drawing;
  const y = top + 31;
  const each = (width * 0.92) / gpusPerNode;
  const center = (n: number, slot: number) => n * width + width * 0.02 + (slot + 0.5) * each;
  const square = (n: number, slot: number, filled: boolean) =>
    html`<rect x="${share(center(n, slot) - each * 0.34)}" width="${share(each * 0.68)}" y="${y - 6}" height="12" rx="2" class="${filled ? 'member' : 'bystander'}"/>`;
  const boxes = members.map(({ node, slots }, n) => {
    const others = Array.from({ length: gpusPerNode > mostEmpty ? 0 : gpusPerNode }, (_, slot) => slot).filter(
      (slot) => !slots.includes(slot),
    );
    return html`<rect x="${share(n * width)}" width="${share(width * 0.96)}" y="${y - 10}" height="20" rx="3" class="node"/>${others.map(
      (slot) => square(n, slot, false),
    )}<text x="${share((n + 0.48) * width)}" y="${y + 22}" text-anchor="middle" class="small"><tspan class="wide">node </tspan>${node}</text>`;
  });
  const last = members.length - 1;
  const end = further > 0 ? (last + 1.35) * width : center(last, members[last]?.slots.at(-1) ?? 0);
  // By the logarithm: bytes differ a thousandfold.
  const thickness = Math.max(1.5, Math.min(7, Math.log2(1 + use.bytesPerGpu / 2 ** 20) * 0.6));
  const line = html`<line x1="${share(center(0, members[0]?.slots[0] ?? 0))}" x2="${share(end)}" y1="${y}" y2="${y}" stroke-width="${Math.round(thickness * 10) / 10}" class="${use.crossesDomains ? 'link slow' : 'link'}"/>`;
  const filled = members.flatMap(({ slots }, n) => slots.map((slot) => square(n, slot, true)));
  const more =
    further > 0 &&
    html`<text x="${share((last + 1.65) * width)}" y="${y + 4}" class="small" text-anchor="middle">+${count(further)}</text>`;
  const figures = html`<tspan class="wide">${linkPath(link, names)} · ${bytes(use.bytesPerGpu)} a GPU · </tspan>${duration(use.ms)}`;
  return html`<text x="0" y="${top + 14}">${linkName(link)}</text><text x="100%" y="${top + 14}" text-anchor="end" class="value">${figures}</text>${boxes}${line}${filled}${more}`;
}
