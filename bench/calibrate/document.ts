/** The error tables, for the terminal and for docs/calibration.md. */
import type { Calibration, FitReport } from '../../src/catalog/calibration.ts';

const percent = (share: number): string => (share * 100).toFixed(1);

export function errorLine(id: string, report: FitReport): string {
  const { operator, format, rows, median, p90, aboveFloor } = report;
  const above = `${percent(aboveFloor.median)} / ${percent(aboveFloor.p90)} %`;
  return `${id}: ${operator}, ${format}: ${percent(median)} / ${percent(p90)} % of ${rows} rows; above the floor ${above}`;
}

/** Median and p90 over all rows by operator (down) and GPU (across); formats of one operator on one GPU by their worst. */
export function summaryTable(calibrations: readonly Calibration[]): string {
  const operators = [...new Set(calibrations.flatMap((c) => c.reports.map((r) => r.operator)))];
  const cell = (calibration: Calibration, operator: string): string => {
    const reports = calibration.reports.filter((r) => r.operator === operator);
    if (reports.length === 0) return '';
    const worst = reports.reduce((a, b) => (b.median > a.median ? b : a));
    return `${percent(worst.median)} / ${percent(worst.p90)}`;
  };
  const head = `| | ${calibrations.map((c) => c.id).join(' | ')} |\n|---|${calibrations.map(() => '---|').join('')}`;
  const lines = operators.map(
    (operator) => `| ${operator} | ${calibrations.map((c) => cell(c, operator)).join(' | ')} |`,
  );
  return [head, ...lines].join('\n');
}

export function detailTable({ reports }: Calibration): string {
  const lines = reports.map((r) => {
    const left = Object.entries(r.leftOut).map(([why, rows]) => `${rows} ${why}`);
    const all = `${r.rows} | ${percent(r.median)} / ${percent(r.p90)}`;
    const above = `${r.aboveFloor.rows} | ${percent(r.aboveFloor.median)} / ${percent(r.aboveFloor.p90)}`;
    return `| ${r.operator} | ${r.format} | ${r.version} | ${all} | ${above} | ${left.join('; ')} |`;
  });
  const head = '| operator | format | version | rows | median / p90 % | rows above floor | median / p90 % | left out |';
  return [head, '|---|---|---|---|---|---|---|---|', ...lines].join('\n');
}

/** Every fit that misses its aim: a median of 8 % or a p90 of 25 %. */
export function misses(calibrations: readonly Calibration[]): string {
  const lines = calibrations.flatMap(({ id, reports }) =>
    reports
      .filter((r) => Math.min(r.median, r.aboveFloor.median) > 0.08 || Math.min(r.p90, r.aboveFloor.p90) > 0.25)
      .map((r) => `| ${id} | ${r.operator} | ${r.format} | ${percent(r.median)} / ${percent(r.p90)} |`),
  );
  return ['| GPU | operator | format | median / p90 % |', '|---|---|---|---|', ...lines].join('\n');
}
