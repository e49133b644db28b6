/** Where the time goes: the parts of a step in the order in which they add up to it. */
import { duration, percent } from '../markdown.ts';
import type { AnyFeasiblePlan } from '../served-workers.ts';
import { type Part, waterfall } from './chart-waterfall.ts';
import { figure, section, table } from './figure.ts';
import { legend } from './fills.ts';
import type { Kind } from './kinds.ts';
import { html, type Markup } from './markup.ts';
import { listed } from './words.ts';

const bounds = ['compute', 'memory', 'network', 'launch'] as const;

const waits: Readonly<Record<(typeof bounds)[number], string>> = {
  compute: 'the tensor cores',
  memory: 'the memory’s bandwidth',
  network: 'messages of other GPUs',
  launch: 'the start of kernels and the engine',
};

export function timeSection(plan: AnyFeasiblePlan, kinds: readonly Kind[]): Markup {
  return section(
    'time',
    'Where the time goes',
    html`${kinds.map((kind, i) => timeFigure(kind, { id: `time-${i}`, several: kinds.length > 1 }))}<p class="model">${plan.estimate.time.model}</p>`,
  );
}

function timeFigure({ time, step, title: kindTitle }: Kind, { id, several }: { id: string; several: boolean }): Markup {
  const { stepMs, breakdown, bubblePercent } = time;
  const parts = breakdown.filter(({ ms }) => ms > 0);
  const total = parts.reduce((sum, { ms }) => sum + ms, 0);
  const shares = bounds
    .map((bound) => ({
      bound,
      ms: parts.filter((part) => part.bound === bound).reduce((sum, { ms }) => sum + ms, 0),
    }))
    .filter(({ ms }) => ms > 0)
    .sort((a, b) => b.ms - a.ms);
  const told = shares.map(({ bound, ms }) => `${percent((100 * ms) / total)} waits for ${waits[bound]}`);
  const title = several ? `${kindTitle}: ${step.slice(0, 1).toLowerCase()}${step.slice(1)}` : step;
  const bubble = bubblePercent > 0 ? ` The slowest stage idles ${percent(bubblePercent)} of it.` : '';
  const description = `${duration(stepMs)}, of which ${listed(told)}.${bubble}`;
  const bars = parts.map(
    ({ part, ms, bound }): Part => ({
      label: part,
      ms,
      fill: bound,
      value: `${duration(ms)} · ${percent((100 * ms) / total)}`,
      more: bound,
    }),
  );
  return figure({
    id: `${id}-figure`,
    title,
    description,
    drawing: html`${legend(shares.map(({ bound }) => bound))}${waterfall({ id: `${id}-chart`, title, description, parts: bars })}`,
    data: table(
      {
        caption: `Parts of ${duration(stepMs)}`,
        columns: [
          { head: 'Part' },
          { head: 'Time', figures: true },
          { head: 'Share', figures: true },
          { head: 'Bound by' },
        ],
        hidden: true,
      },
      parts.map(({ part, ms, bound }) => [part, duration(ms), percent((100 * ms) / total), bound]),
    ),
  });
}
