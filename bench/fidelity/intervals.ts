/** Whether predictions say how sure they are: how often what was measured lies in the interval, and how wide it is. */
import { marginOf } from '../../src/planner/cost/serving/interval.ts';
import { median, metricNames, metrics, quantile } from './metrics.ts';
import { isSound, type Marks } from './oddities.ts';
import { type Answered, isAnswered, type Scored } from './predict.ts';
import { oneDecimal, type Table } from './report.ts';
import { sectionOf, sections } from './sections.ts';

export function intervalTable(scored: readonly Scored[]): Table {
  const answered = scored.filter(isAnswered);
  const parts: [string, Answered[]][] = [
    ['all', answered],
    ...sections.map((section): [string, Answered[]] => [
      section,
      answered.filter(({ row }) => sectionOf(row) === section),
    ]),
  ];
  return {
    title: 'Intervals',
    note: 'An interval is to hold 80 % of what is measured. Its width is most / least; what would have held 80 % is the range of measured / predicted between its 10th and 90th percentile.',
    head: ['', 'figure', 'n', 'inside %', 'below %', 'above %', 'median width', '10 % of measured / predicted', '90 %'],
    rows: parts.flatMap(([title, of]) => metricNames.flatMap((name) => line(title, name, of))),
  };
}

const confidences = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95] as const;

/** Of what is predicted to be within a bound with some probability, how much was. */
export function confidenceTable(scored: readonly Scored[], marks: Marks): Table {
  const answered = scored.filter(isAnswered);
  const kept = (name: 'TPOT' | 'TTFT', of: readonly Answered[]): string[] => {
    const metric = metrics[name];
    const seen = of.flatMap(({ row, outcome: { prediction } }) => {
      const measured = metric.measured(row) ?? 0;
      const predicted = metric.predicted(prediction);
      const [least, most] = metric.interval(prediction);
      const spread = { below: predicted / least, above: most / predicted };
      return measured > 0 && predicted > 0 ? [{ ratio: measured / predicted, spread }] : [];
    });
    return [
      name,
      String(seen.length),
      ...confidences.map((confidence) => {
        const within = seen.filter(({ ratio, spread }) => ratio <= marginOf(spread, confidence));
        return oneDecimal((100 * within.length) / seen.length);
      }),
    ];
  };
  const isSoundRow = (name: 'TPOT' | 'TTFT') => answered.filter(({ row }) => isSound(marks, row.id, name));
  return {
    title: 'Bounds kept, by confidence',
    note: 'Percent of rows whose measured figure is within the bound that its prediction is held to keep with that confidence (slo.confidence).',
    head: ['', 'figure', 'n', ...confidences.map(String)],
    rows: (['TPOT', 'TTFT'] as const).flatMap((name) => [
      ['all', ...kept(name, answered)],
      ['sound', ...kept(name, isSoundRow(name))],
    ]),
  };
}

function line(title: string, name: (typeof metricNames)[number], answered: readonly Answered[]): string[][] {
  const metric = metrics[name];
  const seen = answered.flatMap(({ row, outcome: { prediction } }) => {
    const measured = metric.measured(row) ?? 0;
    const predicted = metric.predicted(prediction);
    const [least, most] = metric.interval(prediction);
    return measured > 0 && predicted > 0 ? [{ measured, ratio: measured / predicted, least, most }] : [];
  });
  if (seen.length === 0) return [];
  const share = (of: readonly unknown[]) => oneDecimal((100 * of.length) / seen.length);
  const ratios = seen.map(({ ratio }) => ratio);
  return [
    [
      title,
      name,
      String(seen.length),
      share(seen.filter(({ measured, least, most }) => measured >= least && measured <= most)),
      share(seen.filter(({ measured, least }) => measured < least)),
      share(seen.filter(({ measured, most }) => measured > most)),
      median(seen.map(({ least, most }) => most / least)).toFixed(2),
      quantile(ratios, 0.1).toFixed(2),
      quantile(ratios, 0.9).toFixed(2),
    ],
  ];
}
