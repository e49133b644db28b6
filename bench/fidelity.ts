/**
 * How far predictions are from measured serving runs, and how good choices by them are.
 *
 *   npm run fidelity                                  errors by engine, GPU and model
 *   npm run fidelity -- --by tp,concurrency,lengths   by other groupings
 *   npm run fidelity -- --rows gpt-oss-20b            every row of whose family or id this is part
 *   npm run fidelity -- --fit                         the constants of the engines that fit best
 *   npm run fidelity -- --fit --only gpt-oss-20b      the same, for a part of the families alone
 *   npm run fidelity -- --leave-out                   the same, and each family as predicted by constants fitted to all others
 *   npm run fidelity -- --write                       all of it, into docs/fidelity.md
 *   npm run fidelity -- --direct                      asks the planner alone, not the routes of the service: faster
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { decisionTables } from './fidelity/decisions.ts';
import { withChapters } from './fidelity/document.ts';
import { aggregatedTables, coverageTable, sectionTables } from './fidelity/error-tables.ts';
import { type Fit, fitConstants, fitRows } from './fidelity/fit.ts';
import { constantsTable, currentValues } from './fidelity/fit-parameters.ts';
import { headlineTable } from './fidelity/headline.ts';
import { confidenceTable, intervalTable } from './fidelity/intervals.ts';
import { poolErrors } from './fidelity/kv-pools.ts';
import { fittedToAll, leaveOutTables, leftOut } from './fidelity/leave-out.ts';
import { lengthSpreadTable } from './fidelity/length-spread.ts';
import { markRows, oddityTable } from './fidelity/oddities.ts';
import { answeredDifferently, askable, type Outcome, predict, scoreInProcess } from './fidelity/predict.ts';
import { type Chapter, type Table, terminalText } from './fidelity/report.ts';
import { rowTable } from './fidelity/row-table.ts';
import { type EstimateBody, mappedDifferently, measurementsFile, readServingRows } from './fidelity/rows.ts';
import { groupings, isGrouping } from './fidelity/sections.ts';
import { createResolver } from './fidelity/settings.ts';

const { values: options } = parseArgs({
  options: {
    by: { type: 'string', default: 'engine,gpu,model' },
    rows: { type: 'string' },
    only: { type: 'string', default: '' },
    fit: { type: 'boolean', default: false },
    'leave-out': { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    direct: { type: 'boolean', default: false },
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
if (differing.length > 0) complain('tools/score.mjs maps rows otherwise', differing);

const resolve = createResolver();
const asked = askable(rows, resolve);
const direct = scoreInProcess(asked);
// Rows and fits look at the planner; what is reported is what the service says.
const lookInside = options.direct || options.fit || options['leave-out'] || options.rows !== undefined;
// The app is loaded only where it is asked: a fit should not wait for, or fall with, what it does not use.
const routes = lookInside ? undefined : await import('./fidelity/service.ts');
const service = await routes?.startService();
const scored = routes && service ? await routes.scoreByService(asked, service) : direct;
const otherwise = answeredDifferently(scored, direct);
if (otherwise.length > 0) complain('the service and the planner answer differently', otherwise);

const marks = markRows(scored);
const pools = await poolErrors(service ? service.ask : askDirectly);
await service?.close();

if (options.rows !== undefined) {
  print([rowTable(scored, marks, options.rows)]);
} else if (options.write) {
  const fit = fitted();
  const chapters = [...report(), { id: 'left-out', tables: leftOutTables(fit) }];
  const page = new URL('../docs/fidelity.md', import.meta.url);
  writeFileSync(page, withChapters(readFileSync(page, 'utf8'), chapters));
  console.log(`wrote ${page.pathname}`);
} else if (options['leave-out']) {
  const fit = fitted();
  print([constantsTable(fit.linear, fit), ...leftOutTables(fit)]);
} else if (options.fit) {
  const fit = fitted();
  print([constantsTable(fit.linear, fit)]);
} else {
  print(report().flatMap(({ tables }) => tables));
}

function askDirectly(body: EstimateBody): Outcome {
  const resolved = resolve(body);
  return 'why' in resolved ? resolved : predict(resolved);
}

function fitted(): Fit {
  const wanted = options.only.toLowerCase();
  const usable = fitRows(scored, marks).filter(({ family }) => family.toLowerCase().includes(wanted));
  return fitConstants(usable, currentValues(), (iteration, loss) =>
    console.error(`step ${iteration}: loss ${loss.toPrecision(4)}`),
  );
}

function leftOutTables(fit: Fit): Table[] {
  return leaveOutTables({ without: leftOut(scored, fit.linear), all: fittedToAll(scored, fit.linear) }, marks);
}

/** The aims stand last: what is printed last is read first. */
function report(): Chapter[] {
  return [
    aggregatedTables({ scored, marks, by }),
    ...sectionTables({ scored, marks, by }),
    { id: 'coverage', tables: [coverageTable(scored)] },
    { id: 'decisions', tables: decisionTables(scored) },
    { id: 'lengths', tables: [lengthSpreadTable(scored, marks)] },
    { id: 'intervals', tables: [intervalTable(scored), confidenceTable(scored, marks)] },
    { id: 'kv-pools', tables: [pools.table] },
    { id: 'oddities', tables: [oddityTable(scored, marks)] },
    { id: 'aims', tables: [headlineTable(scored, marks, pools)] },
  ];
}

function print(tables: readonly Table[]): void {
  for (const table of tables) console.log(terminalText(table));
}

function complain(what: string, ids: readonly string[]): void {
  console.error(`${what}: ${ids.length}, for example ${ids.slice(0, 5).join(', ')}`);
  process.exitCode = 1;
}
