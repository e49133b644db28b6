/**
 * Measured closed loops beside a simulation of them, step by step, and beside the closed form that answers come from: says whether an error of
 * TTFT is the closed form's, or the steps' and the client's.
 *
 *   npm run closed-loop                 median of predicted / measured and errors, by series
 *   npm run closed-loop -- --rows TEXT  of the series whose name has this
 *   npm run closed-loop -- --spreads    closed form and simulation alone, of loops of every kind, by how far lengths differ
 */
import { parseArgs } from 'node:util';
import { workerCosts } from '../src/planner/cost/serving/cost.ts';
import { spreadsTable } from './closed-loop/grid.ts';
import { loopOf } from './closed-loop/loop.ts';
import { type Loop, simulateLoop } from './closed-loop/simulate.ts';
import { lengthsSaid } from './fidelity/length-spread.ts';
import { errorsOf, median, metrics, type Pair } from './fidelity/metrics.ts';
import { type Answered, askable, isAnswered, predict, scoreInProcess } from './fidelity/predict.ts';
import { groupedBy, oneDecimal, type Table, terminalText } from './fidelity/report.ts';
import { inferenceXSpread, lengthsVary, measurementsFile, readServingRows } from './fidelity/rows.ts';
import { groupings, sectionOf } from './fidelity/sections.ts';
import { createResolver } from './fidelity/settings.ts';

const { values: options } = parseArgs({
  options: { rows: { type: 'string', default: '' }, spreads: { type: 'boolean', default: false } },
});

if (options.spreads) {
  console.log(terminalText(spreadsTable()));
  process.exit(0);
}

function loopOfRow({ row, setting, strategy, outcome: { prediction } }: Answered): Loop | undefined {
  const clients = row.workload.concurrency;
  if (!clients || strategy.mode !== 'aggregated' || sectionOf(row) !== 'closed loop') return undefined;
  const { workload, engine } = setting;
  const { replicas, dp } = strategy;
  const slots = Math.max(1, Math.floor(prediction.memory.maxConcurrency / replicas / dp));
  const cost = workerCosts(setting).of(strategy);
  return loopOf({ workload, engine, cost, slots }, Math.max(1, Math.round(clients / replicas)));
}

interface Compared {
  readonly answered: Answered;
  /** The closed form with lengths as they are assumed, and as the row says. */
  readonly assumed: Pair;
  readonly closed: Pair;
  readonly overlapped: Pair;
  readonly synchronous: Pair;
  readonly varied: Pair;
}

function compare(answered: Answered): Compared[] {
  const { row } = answered;
  const measured = metrics.TTFT.measured(row);
  const told = { ...answered, ...lengthsSaid(answered) };
  const loop = loopOfRow(told);
  const outcome = predict(told);
  if (!measured || !loop || 'why' in outcome) return [];
  const pair = (seconds: number): Pair => ({ row, measured, predicted: seconds * 1e3 });
  return [
    {
      answered,
      assumed: pair(answered.outcome.prediction.ttftMs / 1e3),
      closed: pair(outcome.prediction.ttftMs / 1e3),
      overlapped: pair(simulateLoop(loop).ttft),
      synchronous: pair(simulateLoop({ ...loop, stepsAhead: 1 }).ttft),
      varied: pair(simulateLoop({ ...loop, spread: inferenceXSpread }).ttft),
    },
  ];
}

function comparisonTable(compared: readonly Compared[]): Table {
  const cell = (pairs: readonly Pair[]): string => {
    const { mape, median: middle } = errorsOf(pairs);
    return `${median(pairs.map(({ measured, predicted }) => predicted / measured)).toFixed(2)}  ${oneDecimal(mape)} / ${oneDecimal(middle)}`;
  };
  const series = groupedBy(compared, ({ answered: { row } }) => groupings.series(row));
  return {
    title: 'TTFT of closed loops',
    note: 'Median of predicted / measured, MAPE / median of the error in percent. Lengths as the row says, but for the closed form as asked (1 ± 1/14) and a simulation with lengths that vary.',
    head: [
      'series',
      'lengths',
      'n',
      'closed form, as asked',
      'closed form',
      'planned a step ahead',
      'planned at its start',
      'ahead, varied',
    ],
    rows: series
      .toSorted(([, a], [, b]) => b.length - a.length)
      .map(([name, of]) => [
        name,
        of.some(({ answered: { row } }) => lengthsVary(row)) ? 'vary' : 'equal',
        String(of.length),
        cell(of.map(({ assumed }) => assumed)),
        cell(of.map(({ closed }) => closed)),
        cell(of.map(({ overlapped }) => overlapped)),
        cell(of.map(({ synchronous }) => synchronous)),
        cell(of.map(({ varied }) => varied)),
      ]),
  };
}

const rows = readServingRows();
if (!rows) {
  console.log(`The measurements are not at ${measurementsFile.pathname}: there is nothing to compare with.`);
  process.exit(0);
}
const wanted = options.rows.toLowerCase();
const chosen = rows.filter((row) => groupings.series(row).toLowerCase().includes(wanted));
const compared = scoreInProcess(askable(chosen, createResolver())).filter(isAnswered).flatMap(compare);
if (compared.length > 0) console.log(terminalText(comparisonTable(compared)));
