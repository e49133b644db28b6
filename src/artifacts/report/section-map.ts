/** The map of the cluster: which GPU does what, and between which of them the heaviest messages go. */
import { bytes, count, duration, plural, span } from '../markdown.ts';
import type { AnyFeasiblePlan } from '../served-workers.ts';
import { linkGroup, linkLines, linkName, linkPath } from './chart-links.ts';
import { cellMeaning, nodeBoxes, nodeText } from './chart-nodes.ts';
import { figure, section, table } from './figure.ts';
import { type HeavyLinks, heavyLinks } from './heavy-links.ts';
import type { Kind } from './kinds.ts';
import { html, type Markup } from './markup.ts';
import type { Accounts } from './memory-classes.ts';
import { type MappedNode, type NodeMap, nodeMap } from './node-map.ts';

/** A reader looks at a few dozen boxes; of those past them there is the table, and past its rows the placement. */
const mostBoxes = 40;
const mostRows = 200;

export function mapSection(plan: AnyFeasiblePlan, kinds: readonly Kind[], accounts: Accounts): Markup {
  const map = nodeMap(plan, kinds);
  const links = heavyLinks(plan, kinds, accounts);
  return section(
    'map',
    'The map of the cluster',
    html`${mapFigure(plan, kinds, map)}${linkFigure(plan, kinds, links)}`,
  );
}

function mapFigure(plan: AnyFeasiblePlan, kinds: readonly Kind[], map: NodeMap): Markup {
  const drawing = { map, kinds };
  const shown = map.nodes.slice(0, mostBoxes);
  const left = map.nodes.length - shown.length;
  const rest = [
    left > 0 && `${plural(left, 'further kind')} of node not drawn.`,
    map.idleNodes > 0 && `${plural(map.idleNodes, 'node')} without a rank not drawn.`,
    map.ranksLeft > 0 && `The last ${count(map.ranksLeft)} ranks were not mapped: they go on as those before them.`,
  ].filter((text) => text !== false);
  const description = `${domainText(plan)} ${map.collapsed ? 'Each box is a kind of node, with the nodes that are like it.' : 'Each box is a node.'} ${cellMeaning(drawing)}`;
  return figure({
    id: 'map-figure',
    title: 'GPUs and what they do',
    description,
    drawing: html`<div role="img" aria-label="${altText(plan, kinds, map)}">${nodeBoxes({ map: { ...map, nodes: shown }, kinds, ...domainsOf(plan) })}</div>`,
    ...(rest.length > 0 && { notes: html`<p>${rest.join(' ')}</p>` }),
    data: table(
      {
        caption: 'Nodes and their GPUs',
        columns: [{ head: 'Nodes' }, { head: 'Number', figures: true }, { head: 'GPUs' }],
        hidden: true,
      },
      map.nodes.slice(0, mostRows).map((node) => [runs(node), count(nodesOf(node)), nodeText(node, drawing)]),
    ),
  });
}

function runs({ nodes }: MappedNode): string {
  const shown = nodes.slice(0, 12).map(({ first, count: length }) => span(first, length));
  return nodes.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ');
}

function nodesOf({ nodes }: MappedNode): number {
  return nodes.reduce((sum, run) => sum + run.count, 0);
}

function altText({ resolved, strategy }: AnyFeasiblePlan, kinds: readonly Kind[], map: NodeMap): string {
  const { nodes, gpusPerNode } = resolved.cluster;
  const parts = kinds.map(
    ({ degrees, noun, placement }) => `${plural(degrees.replicas, noun)} on ${plural(placement.world, 'GPU')}`,
  );
  const kindsOfNode = map.collapsed ? `; ${plural(map.nodes.length, 'kind')} of node` : '';
  return `Map of ${plural(nodes, 'node')} of ${plural(gpusPerNode, 'GPU')}: ${parts.join(', ')}, ${count(strategy.gpus)} GPUs in all${kindsOfNode}. The table below has it node by node.`;
}

function domainsOf({ resolved }: AnyFeasiblePlan): { readonly domainNodes?: number } {
  const { nvlinkDomainGpus, gpusPerNode, gpus } = resolved.cluster;
  const several = nvlinkDomainGpus > gpusPerNode && gpus > nvlinkDomainGpus;
  return several ? { domainNodes: nvlinkDomainGpus / gpusPerNode } : {};
}

function domainText({ resolved }: AnyFeasiblePlan): string {
  const { nvlinkDomainGpus, gpusPerNode, intraNode, interNode, gpus } = resolved.cluster;
  const domain =
    nvlinkDomainGpus === gpusPerNode ? 'The GPUs of a node' : `${plural(nvlinkDomainGpus, 'GPU')} in a row`;
  const beyond =
    gpus > nvlinkDomainGpus ? `; beyond them it is ${interNode.name} (${interNode.bandwidthGBps} GB/s a GPU)` : '';
  return `${domain} share ${intraNode.name} (${intraNode.bandwidthGBps} GB/s a GPU)${beyond}.`;
}

function linkFigure(plan: AnyFeasiblePlan, kinds: readonly Kind[], { links, left, transfer }: HeavyLinks): Markup {
  const { intraNode, interNode, gpusPerNode } = plan.resolved.cluster;
  const names = { fast: intraNode.name, slow: interNode.name };
  const moved =
    transfer &&
    html`<p><strong>Prefill to decode:</strong> each prompt’s cache, ${bytes(transfer.bytes)}, moves once, in ${duration(transfer.ms)}.</p>`;
  if (links.length === 0) return html`<h3>Heaviest links</h3><p>No GPU sends another anything in a step.</p>${moved}`;
  const title = 'Heaviest links';
  const description = `The messages of a step that take longest, each between the GPUs of its group that has the first rank. A line is the thicker the more bytes a GPU sends, and dashed where it leaves ${names.fast}; a box is a node, a full square in it a GPU of the group.`;
  const several = kinds.length > 1;
  return figure({
    id: 'links-figure',
    title,
    description,
    drawing: linkLines({ id: 'links-chart', title, description, links, gpusPerNode, names }),
    notes: html`${moved}${left > 0 && html`<p>${plural(left, 'lighter kind')} of message not drawn.</p>`}`,
    data: table(
      {
        caption: 'The heaviest messages of a step',
        columns: [
          ...(several ? [{ head: 'Workers' }] : []),
          { head: 'Message' },
          { head: 'Between' },
          { head: 'Over' },
          { head: 'A GPU sends', figures: true },
          { head: 'Time', figures: true },
        ],
        hidden: true,
      },
      links.map((link) => [
        ...(several ? [link.kind.title] : []),
        linkName(link),
        linkGroup(link),
        linkPath(link, names),
        bytes(link.use.bytesPerGpu),
        duration(link.use.ms),
      ]),
    ),
  });
}
