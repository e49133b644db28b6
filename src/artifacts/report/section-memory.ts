/** Where the memory goes: a bar for every class of GPUs. */
import { type MemoryAccount, memoryParts } from '../../planner/estimate.ts';
import { bytes, count, percent, plural } from '../markdown.ts';
import type { AnyFeasiblePlan } from '../served-workers.ts';
import { type StackedBar, stackedBars } from './chart-bars.ts';
import { figure, section, table } from './figure.ts';
import { type FillName, fillText, legend } from './fills.ts';
import { html, type Markup } from './markup.ts';
import type { Accounts, MemoryClass } from './memory-classes.ts';

const fillOfPart: Readonly<Record<(typeof memoryParts)[number], FillName>> = {
  attentionWeight: 'attention',
  denseWeight: 'dense',
  expertWeight: 'expert',
  sharedExpertWeight: 'shared',
  routerWeight: 'other',
  embeddingWeight: 'embedding',
  normWeight: 'other',
  kvCache: 'cache',
  activation: 'activation',
  messageBuffer: 'message',
};

/** From left to right: what is loaded once, what grows with the work, what the work takes in between. */
const order: readonly FillName[] = [
  'attention',
  'dense',
  'expert',
  'shared',
  'embedding',
  'other',
  'cache',
  'activation',
  'message',
];

/** More bars than these say little: the smallest are counted together. */
const mostBars = 8;
/** Below this share of the memory a bar is a sliver, and is drawn a second time at a scale of its own. */
const slim = 0.12;

export function memorySection(plan: AnyFeasiblePlan, accounts: Accounts): Markup {
  const { memory: classes } = accounts;
  const capacity = plan.resolved.cluster.gpu.memoryGiB * 2 ** 30;
  const shown = classes.slice(0, mostBars);
  const left = classes.slice(mostBars);
  const used = order.filter((fill) => shown.some(({ account }) => partsOf(account).get(fill)));
  const largest = shown[0]?.account.total ?? 0;
  const bars = shown.map((one) => barOf(one, capacity));
  const words = shown
    .slice(0, 3)
    .map(({ label, account }) => `${label}: ${bytes(account.total)}`)
    .join('; ');
  const charts = html`${stackedBars({
    id: 'memory-bars',
    title: 'Memory by class of GPU',
    description: `Of ${bytes(capacity)} each. ${words}.`,
    capacity,
    bars,
    ends: { left: '0', right: `${bytes(capacity)}, all of a GPU` },
  })}${
    largest < slim * capacity &&
    html`<p class="zoom">The same, with ${bytes(largest)} as the whole width:</p>${stackedBars({
      id: 'memory-bars-enlarged',
      title: 'Memory by class of GPU, enlarged',
      description: `Of ${bytes(largest)}, what the largest holds. ${words}.`,
      capacity: largest,
      bars: bars.map(({ reserve, ...bar }) => bar),
      ends: { left: '0', right: bytes(largest) },
    })}`
  }`;
  const gpusLeft = left.reduce((sum, { gpus }) => sum + gpus, 0);
  const note =
    left.length > 0 &&
    html`<p>${plural(gpusLeft, 'further GPU')} in ${count(left.length)} more classes hold less; the table has them.</p>`;
  return section(
    'memory',
    'Where the memory goes',
    figure({
      id: 'memory-figure',
      title: 'Memory of a GPU, by what it holds',
      description: lead(plan, accounts),
      drawing: html`${legend([...used, 'reserve'])}${charts}${note}`,
      data: dataTable(classes),
    }),
  );
}

function lead(plan: AnyFeasiblePlan, { memory: classes, largestOnly }: Accounts): string {
  const kinds = largestOnly
    ? 'What the largest GPU of each kind holds; others hold no more.'
    : classes.length === 1
      ? 'All GPUs in use hold the same.'
      : `${count(classes.length)} classes of GPU hold different amounts.`;
  const reserve =
    plan.resolved.workload.kind === 'serving'
      ? 'The reserve at the right is what the GPU’s context takes and what the engine’s memory setting leaves; what is empty is left in the KV pool.'
      : 'The reserve at the right is what the GPU’s context and the collectives library take; what is empty stays free.';
  return `${kinds} ${reserve}`;
}

function partsOf(account: MemoryAccount): ReadonlyMap<FillName, number> {
  const sums = new Map<FillName, number>();
  for (const part of memoryParts) {
    const fill = fillOfPart[part];
    sums.set(fill, (sums.get(fill) ?? 0) + account[part]);
  }
  return sums;
}

function barOf({ label, gpus, account }: MemoryClass, capacity: number): StackedBar {
  const sums = partsOf(account);
  return {
    label: `${label} (${plural(gpus, 'GPU')})`,
    value: `${bytes(account.total)}, ${percent((100 * account.total) / capacity)}`,
    parts: order.map((fill) => {
      const value = sums.get(fill) ?? 0;
      return { fill, value, text: `${fillText(fill)}: ${bytes(value)}` };
    }),
    reserve: { value: account.runtimeReserve, text: `Reserve: ${bytes(account.runtimeReserve)}` },
  };
}

function dataTable(classes: readonly MemoryClass[]): Markup {
  const figures = true;
  const used = order.filter((fill) => classes.some(({ account }) => partsOf(account).get(fill)));
  const columns = [
    { head: 'Class' },
    { head: 'GPUs', figures },
    ...used.map((fill) => ({ head: fillText(fill), figures })),
    { head: 'Total', figures },
    { head: 'Reserve', figures },
  ];
  return table(
    { caption: 'Bytes by class of GPU', columns, hidden: true },
    classes.slice(0, 64).map(({ label, gpus, account }) => {
      const sums = partsOf(account);
      const parts = used.map((fill) => bytes(sums.get(fill) ?? 0));
      return [label, count(gpus), ...parts, bytes(account.total), bytes(account.runtimeReserve)];
    }),
  );
}
