/** The heaviest messages as lines between the GPUs of one group, over the nodes that it lies on. */
import { bytes, count, duration, plural } from '../markdown.ts';
import { svg } from './figure.ts';
import { share } from './fluid.ts';
import { type Link, mostNodes } from './heavy-links.ts';
import { html, type Markup } from './markup.ts';

interface Drawing {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly links: readonly Link[];
  readonly gpusPerNode: number;
  /** Whether there is more than one kind of worker, so that each line says whose it is. */
  readonly severalKinds: boolean;
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

export function linkLines(drawing: Drawing): Markup {
  const { id, title, description, links } = drawing;
  return svg({ id, title, description, height: links.length * rowHeight + 4 }, [
    links.map((link, i) => row(link, i * rowHeight, drawing)),
  ]);
}

function row(link: Link, top: number, { gpusPerNode, severalKinds }: Drawing): Markup {
  const { members, further, use, kind } = link;
  const slots = further > 0 ? mostNodes + 1 : Math.max(members.length, 2);
  const width = Math.min(100 / slots, 24);
  const y = top + 38;
  // GPUs of a large node would be dust: only its outline is drawn then.
  const each = (width * 0.9) / gpusPerNode;
  const center = (node: number, slot: number) => node * width + width * 0.05 + (slot + 0.5) * each;
  const boxes = members.map(
    ({ node, slots: used }, n) =>
      html`<rect x="${share(n * width + width * 0.02)}" width="${share(width * 0.96)}" y="${y - 9}" height="18" rx="3" class="node"/>${used.map(
        (slot) =>
          html`<rect x="${share(center(n, slot) - each * 0.32)}" width="${share(each * 0.64)}" y="${y - 5}" height="10" class="member"/>`,
      )}<text x="${share((n + 0.5) * width)}" y="${y + 20}" text-anchor="middle" class="small">${node}</text>`,
  );
  const firstSlot = members[0]?.slots[0] ?? 0;
  const last = members.length - 1;
  const end = further > 0 ? (last + 1) * width + width * 0.4 : center(last, members[last]?.slots.at(-1) ?? 0);
  // By the logarithm: bytes differ a thousandfold.
  const thickness = Math.max(1.5, Math.min(7, Math.log2(1 + use.bytesPerGpu / 2 ** 20) * 0.6));
  const line = html`<line x1="${share(center(0, firstSlot))}" x2="${share(end)}" y1="${y}" y2="${y}" stroke-width="${Math.round(thickness * 10) / 10}" class="${use.crossesDomains ? 'link slow' : 'link'}"/>`;
  const more =
    further > 0 &&
    html`<text x="${share(Math.min(99, mostNodes * width + width * 0.45))}" y="${y + 20}" class="small" text-anchor="middle">+${count(further)}</text>`;
  const whose = severalKinds ? `${kind.title}: ` : '';
  return html`<text x="0" y="${top + 16}">${whose}${linkName(link).toLowerCase()}</text><text x="100%" y="${top + 16}" text-anchor="end" class="value"><tspan class="wide">${bytes(use.bytesPerGpu)} a GPU · </tspan>${duration(use.ms)}</text>${boxes}${line}${more}`;
}
