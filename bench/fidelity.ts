/**
 * How far predictions are from measured serving runs, and how good choices by them are.
 *
 *   npm run fidelity                                  errors by engine, GPU and model
 *   npm run fidelity -- --by tp,concurrency,lengths   by other groupings
 *   npm run fidelity -- --rows 'gpt-oss-20b'            every row of whose family or id this is part
 *   npm run fidelity -- --fit                         the constants of the engines that fit best
 *   npm run fidelity -- --leave-out                   the same, and each family as predicted by constants fitted to all others
 */
import { parseArgs } from 'node:util';
import { decisionTables } from './fidelity/decisions.ts';
import { coverageTable, modeTables, sectionTables } from './fidelity/error-tables.ts';
import { fitConstants, fitRows } from './fidelity/fit.ts';
import { constantsTable, currentValues } from './fidelity/fit-parameters.ts';
import { headlineTable } from './fidelity/headline.ts';
import { intervalTable } from './fidelity/intervals.ts';
import { poolErrors } from './fidelity/kv-pools.ts';
import { leaveOutTables, leftOut } from './fidelity/leave-out.ts';
import { markRows, oddityTable } from './fidelity/oddities.ts';
import { askable, scoreInProcess } from './fidelity/predict.ts';
import { type Chapter, terminalText } from './fidelity/report.ts';
import { rowTable } from './fidelity/row-table.ts';
import { mappedDifferently, measurementsFile, readServingRows } from './fidelity/rows.ts';
import { groupings, isGrouping } from './fidelity/sections.ts';
import { createResolver } from './fidelity/settings.ts';

const { values: options } = parseArgs({
  options: {
    by: { type: 'string', default: 'engine,gpu,model' },
    rows: { type: 'string' },
    fit: { type: 'boolean', default: false },
    'leave-out': { type: 'boolean', default: false },
  },
});

const by = options.by.split(',').filter(isGrouping);
if (by.length < options.by.split(',').length) {
  console.error(`--by takes ${Object.keys(groupings).join(', ')}`);
  process.exit(1);
}

const rows = readServingRows();
if (!rows) {
  console.log(`The measurements are not at ${measurementsFile.pathname}: there is nothing to compare with.`);
  process.exit(0);
}

const differing = await mappedDifferently(rows);
if (differing.length > 0) {
  console.error(`tools/score.mjs maps ${differing.length} rows otherwise: ${differing.slice(0, 5).join(', ')}`);
  process.exitCode = 1;
}

const resolve = createResolver();
const scored = scoreInProcess(askable(rows, resolve));
const marks = markRows(scored);

if (options.rows !== undefined) {
  console.log(terminalText(rowTable(scored, marks, options.rows)));
  process.exit();
}

if (options.fit || options['leave-out']) {
  const { linear, loss, before } = fitConstants(fitRows(scored, marks), currentValues(), (iteration, now) =>
    console.error(`step ${iteration}: loss ${now.toPrecision(4)}`),
  );
  console.log(terminalText(constantsTable(linear, { before, loss })));
  if (options['leave-out']) {
    for (const table of leaveOutTables(leftOut(scored, linear), marks)) console.log(terminalText(table));
  }
  process.exit();
}

const pools = poolErrors(resolve);
const chapters: readonly Chapter[] = [
  ...modeTables({ scored, marks, by }),
  ...sectionTables({ scored, marks, by }),
  { id: 'coverage', tables: [coverageTable(scored)] },
  { id: 'decisions', tables: decisionTables(scored) },
  { id: 'intervals', tables: [intervalTable(scored)] },
  { id: 'kv-pools', tables: [pools.table] },
  { id: 'oddities', tables: [oddityTable(scored, marks)] },
  { id: 'aims', tables: [headlineTable(scored, marks, pools)] },
];
for (const table of chapters.flatMap(({ tables }) => tables)) console.log(terminalText(table));
