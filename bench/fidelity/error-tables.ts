/** Errors by section, and within it by engine, GPU and model. */
import { errorsOf, type MetricName, metricNames, metrics, type Pair, pairsOf, peerPairs } from './metrics.ts';
import { type Answered, isAnswered, type Scored } from './predict.ts';
import { engineOf, type Row } from './rows.ts';
import { type Mode, modeOf, modes, type Section, sectionOf, sections } from './sections.ts';

export interface TextTable {
  readonly title: string;
  readonly lines: readonly string[];
}

const groupings: readonly (readonly [title: string, of: (row: Row) => string])[] = [
  ['engine', (row) => engineOf(row) ?? 'none'],
  ['GPU', (row) => row.hardware.gpu],
  ['model', (row) => row.model.name],
];

export function headline(scored: readonly Scored[]): string {
  const answered = scored.filter(isAnswered);
  const reasons = new Map<string, number>();
  for (const { outcome } of scored) {
    if ('why' in outcome) reasons.set(outcome.why, (reasons.get(outcome.why) ?? 0) + 1);
  }
  const share = ((100 * answered.length) / scored.length).toFixed(1);
  const why = [...reasons].sort(([, a], [, b]) => b - a).map(([reason, n]) => `  not answered ${n}: ${reason}`);
  return [`rows asked ${scored.length}, answered ${answered.length} (${share} %)`, ...why.slice(0, 12)].join('\n');
}

export function errorTables(scored: readonly Scored[]): TextTable[] {
  const byMode = modes.map((mode) => sectionTable(`all rows, ${mode}`, scored, (row) => modeOf(row) === mode));
  const bySection = sections.map((section) => sectionTable(section, scored, (row) => sectionOf(row) === section));
  return [...byMode, ...bySection].filter(({ lines }) => lines.length > 0);
}

function sectionTable(title: Section | `all rows, ${Mode}`, all: readonly Scored[], within: (row: Row) => boolean) {
  const asked = all.filter(({ row }) => within(row));
  const answered = asked.filter(isAnswered);
  const lines = metricNames.flatMap((name) => metricLines(name, answered));
  return { title: `== ${title}: answered ${answered.length} of ${asked.length}`, lines };
}

function metricLines(name: MetricName, answered: readonly Answered[]): string[] {
  const metric = metrics[name];
  const pairs = pairsOf(answered, metric);
  if (pairs.length === 0) return [];
  const { ours, peers } = peerPairs(pairs, metric);
  const beside = ours.length > 0 ? [line('  ours, where the peer answers', ours), line('  peer', peers)] : [];
  const groups = groupings.flatMap(([title, of]) => {
    const grouped = groupedBy(pairs, ({ row }) => of(row));
    return grouped.length > 1 ? grouped.map(([key, group]) => line(`    ${title} ${key}`, group)) : [];
  });
  return [line(name, pairs), ...beside, ...groups];
}

export function line(title: string, pairs: readonly Pair[]): string {
  const { n, mape, median, bias, within20 } = errorsOf(pairs);
  const number = (value: number, width = 7) => value.toFixed(1).padStart(width);
  return `${title.padEnd(46)} n ${String(n).padStart(4)}  MAPE${number(mape)}  median${number(median)}  bias${number(bias)}  within 20 %:${number(within20, 6)}`;
}

/** Largest group first. */
export function groupedBy<T>(values: readonly T[], key: (value: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group) group.push(value);
    else groups.set(key(value), [value]);
  }
  return [...groups].sort(([, a], [, b]) => b.length - a.length);
}
