/** Rows one by one, with what was measured and predicted: for looking into a family that is off. */
import { metricNames, metrics } from './metrics.ts';
import type { Marks } from './oddities.ts';
import type { Scored } from './predict.ts';
import type { Table } from './report.ts';
import { familyOf, groupings, sectionOf } from './sections.ts';

/** @param text part of an id or of a family, in any case */
export function rowTable(scored: readonly Scored[], marks: Marks, text: string): Table {
  const wanted = text.toLowerCase();
  const found = scored.filter(({ row }) => `${row.id} ${familyOf(row)}`.toLowerCase().includes(wanted));
  return {
    title: `Rows of ${text}`,
    note: 'Measured, and predicted / measured.',
    head: ['run', 'strategy', 'load', ...metricNames.flatMap((name) => [name, 'ratio']), 'marks'],
    rows: found.map(({ row, body, outcome }) => {
      const { inputTokens, outputTokens, concurrency, requestsPerSecond, staticBatch } = body.workload;
      const load = concurrency
        ? `C${concurrency}`
        : requestsPerSecond
          ? `${requestsPerSecond}/s`
          : staticBatch
            ? `B${staticBatch}`
            : 'full';
      const figures = metricNames.flatMap((name) => {
        const measured = metrics[name].measured(row) ?? 0;
        if (measured <= 0) return ['', ''];
        const predicted = 'prediction' in outcome ? metrics[name].predicted(outcome.prediction) : 0;
        return [measured.toPrecision(4), predicted > 0 ? (predicted / measured).toFixed(2) : '–'];
      });
      const of = `${groupings.series(row)} · ${sectionOf(row)}`;
      const why = 'why' in outcome ? [outcome.why] : [];
      const ids = (marks.get(row.id) ?? []).map(({ id }) => id);
      return [
        of,
        `${groupings.strategy(row)} ${inputTokens}/${outputTokens}`,
        load,
        ...figures,
        [...why, ...ids].join(' '),
      ];
    }),
  };
}
