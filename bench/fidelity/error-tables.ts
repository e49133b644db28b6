/** Errors by section, and within it by engine, GPU, model or what else is asked for. */
import { errorsOf, type MetricName, metricNames, metrics, type Pair, pairsOf, peerPairs } from './metrics.ts';
import { isSound, type Marks } from './oddities.ts';
import { isAnswered, type Scored } from './predict.ts';
import { type Chapter, groupedBy, oneDecimal, type Table } from './report.ts';
import type { Row } from './rows.ts';
import { type Grouping, groupings, isAggregated, sectionOf, sections } from './sections.ts';

export function coverageTable(scored: readonly Scored[]): Table {
  const line = (title: string, of: readonly Scored[]) => {
    const answered = of.filter(isAnswered).length;
    return [title, String(of.length), String(answered), oneDecimal((100 * answered) / of.length)];
  };
  const reasons = scored.flatMap(({ outcome }) => ('why' in outcome ? [outcome.why] : []));
  return {
    title: 'Rows answered',
    head: ['', 'asked', 'answered', '%'],
    rows: [
      line('all serving rows', scored),
      ...sections.flatMap((section) => {
        const of = scored.filter(({ row }) => sectionOf(row) === section);
        return of.length > 0 ? [line(section, of)] : [];
      }),
      ...groupedBy(reasons, (why) => why).map(([why, of]) => [`not answered: ${why}`, String(of.length), '', '']),
    ],
  };
}

interface Part {
  readonly scored: readonly Scored[];
  readonly marks: Marks;
  readonly by: readonly Grouping[];
}

export function aggregatedTables({ scored, ...how }: Part): Chapter {
  const aggregated = scored.filter(({ row }) => isAggregated(row));
  return { id: 'aggregated', tables: errorTables('Aggregated, all rows', { scored: aggregated, ...how }) };
}

export function sectionTables({ scored, ...how }: Part): Chapter[] {
  return sections.map((section) => ({
    id: section.replaceAll(/,? /g, '-').toLowerCase(),
    tables: errorTables(capital(section), { scored: scored.filter(({ row }) => sectionOf(row) === section), ...how }),
  }));
}

function errorTables(title: string, part: Part): Table[] {
  return metricNames.flatMap((name) => {
    const table = errorTable(`${title}: ${name}`, name, part);
    return table.rows.length > 0 ? [table] : [];
  });
}

const head = [
  '',
  'n',
  'MAPE',
  'median',
  'bias',
  '≤ 20 %',
  'sound: n',
  'MAPE',
  'median',
  'peer: n',
  'MAPE',
  'median',
  'ours there: MAPE',
  'median',
];

function errorTable(title: string, name: MetricName, { scored, marks, by }: Part): Table {
  const line = (label: string, of: readonly Scored[]): string[][] => {
    const answered = of.filter(isAnswered);
    const asked = of.filter(({ row }) => (metrics[name].measured(row) ?? 0) > 0);
    const pairs = pairsOf(answered, metrics[name]);
    if (pairs.length === 0) return [];
    const n = pairs.length === asked.length ? String(pairs.length) : `${pairs.length} of ${asked.length}`;
    const sound = pairs.filter(({ row }) => isSound(marks, row.id, name));
    return [[label, n, ...errorCells(pairs), ...soundCells(sound), ...peerCells(pairs, name)]];
  };
  const groups = by.flatMap((grouping) => {
    const of: (row: Row) => string = groupings[grouping];
    const grouped = groupedBy(scored, ({ row }) => of(row));
    return grouped.length > 1 ? grouped.flatMap(([key, group]) => line(key, group)) : [];
  });
  return { title, head, rows: [...line('all', scored), ...groups] };
}

function errorCells(pairs: readonly Pair[]): string[] {
  const { mape, median, bias, within20 } = errorsOf(pairs);
  return [oneDecimal(mape), oneDecimal(median), oneDecimal(bias), within20.toFixed(0)];
}

function soundCells(pairs: readonly Pair[]): string[] {
  if (pairs.length === 0) return ['0', '', ''];
  const { n, mape, median } = errorsOf(pairs);
  return [String(n), oneDecimal(mape), oneDecimal(median)];
}

function peerCells(pairs: readonly Pair[], name: MetricName): string[] {
  const { ours, peers } = peerPairs(pairs, metrics[name]);
  if (ours.length === 0) return ['', '', '', '', ''];
  const [our, peer] = [errorsOf(ours), errorsOf(peers)];
  return [String(peer.n), ...[peer.mape, peer.median, our.mape, our.median].map(oneDecimal)];
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
