/**
 * Fits the constants of the engines to measured rows: weighted least squares of log errors, made robust (soft L1, by reweighting), within
 * bounds, by Levenberg and Marquardt with a numeric Jacobian.
 */
import type { EngineName } from '../../src/planner/engine.ts';
import { enginesWith, type Parameter, parameters } from './fit-parameters.ts';
import { type MetricName, metricNames, metrics } from './metrics.ts';
import { isSound, type Marks } from './oddities.ts';
import { type Answered, isAnswered, predict, type Scored } from './predict.ts';
import { engineOf, layoutUnknown } from './rows.ts';
import { familyOf, sectionOf } from './sections.ts';

/** Log errors below this count squared, above it as such: about the noise between equal systems and releases. */
const softness = 0.1;

/** TTFT holds the client and the burst at the start of a run: it counts less. */
const metricWeights: Readonly<Record<MetricName, number>> = { TPOT: 1, TTFT: 0.25, 'tokens/s/GPU': 0.5 };

/** Share of its range that a constant is moved by for a derivative. */
const nudge = 0.01;

export interface FitRow {
  readonly answered: Answered;
  readonly family: string;
  readonly engine: EngineName;
  /** ln of what was measured, with weights; undefined where a metric does not count. */
  readonly aims: readonly { readonly metric: MetricName; readonly log: number; readonly weight: number }[];
}

/**
 * Rows to fit to: sound, and measured on the strategy that is asked for. A family of n rows weighs √n, not n. MLPerf's servers run so near to what
 * they can do that an error of a step's time by a twentieth is one of TPOT by half: they are judged by, and not fitted to.
 */
export function fitRows(scored: readonly Scored[], marks: Marks): FitRow[] {
  const usable = scored
    .filter(isAnswered)
    .filter(({ row }) => !layoutUnknown(row) && sectionOf(row) !== 'MLPerf, server');
  const sizes = new Map<string, number>();
  for (const { row } of usable) sizes.set(familyOf(row), (sizes.get(familyOf(row)) ?? 0) + 1);
  return usable.flatMap((answered): FitRow[] => {
    const { row } = answered;
    const engine = engineOf(row);
    if (!engine) return [];
    const family = familyOf(row);
    const aims = metricNames.flatMap((metric) => {
      const measured = metrics[metric].measured(row) ?? 0;
      if (measured <= 0 || !isSound(marks, row.id, metric) || isImplied(answered, metric)) return [];
      return [{ metric, log: Math.log(measured), weight: metricWeights[metric] / Math.sqrt(sizes.get(family) ?? 1) }];
    });
    return aims.length > 0 ? [{ answered, family, engine, aims }] : [];
  });
}

/** An open loop's throughput is the rate that was asked for. */
function isImplied({ row }: Answered, metric: MetricName): boolean {
  return metric === 'tokens/s/GPU' && sectionOf(row) === 'arrival rate';
}

/** ln(predicted / measured) of every aim, row after row; an unanswered one counts as off by e. */
function residuals(rows: readonly FitRow[], values: readonly number[]): number[] {
  const trial = enginesWith(values);
  return rows.flatMap(({ answered, aims }) => {
    const { setting, strategy } = answered;
    const engine = trial.get(setting.engine.name) ?? setting.engine;
    const outcome = predict({ setting: { ...setting, engine }, strategy });
    return aims.map(({ metric, log }) => {
      const predicted = 'prediction' in outcome ? metrics[metric].predicted(outcome.prediction) : 0;
      return predicted > 0 ? Math.log(predicted) - log : 1;
    });
  });
}

export interface Linear {
  readonly rows: readonly FitRow[];
  readonly values: readonly number[];
  readonly residuals: readonly number[];
  /** By parameter: change of every residual for a change of the parameter by its whole range. */
  readonly slopes: readonly (readonly number[])[];
}

/** Residuals and their slopes. Rows of other engines do not move with a parameter, and are not costed again for it. */
export function linearise(rows: readonly FitRow[], values: readonly number[]): Linear {
  const base = residuals(rows, values);
  const starts = startsOf(rows);
  const slopes = parameters.map((parameter, p) => {
    const { least, most, engines } = parameter;
    const up = ((values[p] ?? 0) - least) / (most - least) < 0.5;
    const moved = values.map((value, i) => (i === p ? value + (up ? 1 : -1) * nudge * (most - least) : value));
    const slope = new Array<number>(base.length).fill(0);
    const touched = rows.flatMap((row, i) => (engines.includes(row.engine) ? [{ row, start: starts[i] ?? 0 }] : []));
    const after = residuals(
      touched.map(({ row }) => row),
      moved,
    );
    let next = 0;
    for (const { row, start } of touched) {
      for (let j = 0; j < row.aims.length; j++) {
        slope[start + j] = ((after[next++] ?? 0) - (base[start + j] ?? 0)) / (up ? nudge : -nudge);
      }
    }
    return slope;
  });
  return { rows, values, residuals: base, slopes };
}

function startsOf(rows: readonly FitRow[]): number[] {
  let next = 0;
  return rows.map(({ aims }) => {
    const start = next;
    next += aims.length;
    return start;
  });
}

/** 2·s²·(√(1 + (r/s)²) − 1), weighted mean: r² for small r, 2·s·|r| for large. */
export function lossOf(rows: readonly FitRow[], all: readonly number[]): number {
  const weights = weightsOf(rows);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const sum = all.reduce((loss, r, i) => {
    const soft = 2 * softness ** 2 * (Math.sqrt(1 + (r / softness) ** 2) - 1);
    return loss + (weights[i] ?? 0) * soft;
  }, 0);
  return sum / total;
}

const weightsOf = (rows: readonly FitRow[]): number[] => rows.flatMap(({ aims }) => aims.map(({ weight }) => weight));

/** The step that the linear model thinks best, within the bounds; `counts` says which rows matter. */
export function bestStep(linear: Linear, damping: number, counts: (row: FitRow) => boolean = () => true): number[] {
  const mask = linear.rows.flatMap((row) => row.aims.map(({ weight }) => (counts(row) ? weight : 0)));
  const room = parameters.map(({ least, most }, p) => {
    const at = ((linear.values[p] ?? 0) - least) / (most - least);
    return { down: -at, up: 1 - at };
  });
  let step = parameters.map(() => 0);
  // Reweighting and bounds settle in a few rounds: both only sharpen what the first round finds.
  for (let round = 0; round < 12; round++) {
    const weights = linear.residuals.map((r, i) => {
      const moved = r + linear.slopes.reduce((sum, slope, p) => sum + (slope[i] ?? 0) * (step[p] ?? 0), 0);
      return (mask[i] ?? 0) / Math.sqrt(1 + (moved / softness) ** 2);
    });
    step = boundedStep(linear, weights, room, damping);
  }
  return step;
}

interface Room {
  readonly down: number;
  readonly up: number;
}

/** Weighted least squares; parameters that would leave their bounds are put on them, and the others solved for again. */
function boundedStep(
  { slopes, residuals: base }: Linear,
  weights: readonly number[],
  room: readonly Room[],
  damping: number,
): number[] {
  const n = slopes.length;
  const product = (a: readonly number[], b: readonly number[]): number => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += (weights[i] ?? 0) * (a[i] ?? 0) * (b[i] ?? 0);
    return sum;
  };
  const normal = slopes.map((a) => slopes.map((b) => product(a, b)));
  const right = slopes.map((a) => -product(a, base));
  const scale = weights.reduce((sum, weight) => sum + weight, 0);
  const fixed = new Map<number, number>();
  for (;;) {
    const free = Array.from({ length: n }, (_, i) => i).filter((i) => !fixed.has(i));
    const matrix = free.map((i) => free.map((j) => (normal[i]?.[j] ?? 0) + (i === j ? damping * scale : 0)));
    const target = free.map((i) => {
      let value = right[i] ?? 0;
      for (const [j, at] of fixed) value -= (normal[i]?.[j] ?? 0) * at;
      return value;
    });
    const solved = solve(matrix, target);
    const step = Array.from({ length: n }, (_, i) => fixed.get(i) ?? solved[free.indexOf(i)] ?? 0);
    const outside = free.filter((i) => (step[i] ?? 0) < (room[i]?.down ?? 0) || (step[i] ?? 0) > (room[i]?.up ?? 0));
    if (outside.length === 0) return step;
    for (const i of outside) fixed.set(i, (step[i] ?? 0) < 0 ? (room[i]?.down ?? 0) : (room[i]?.up ?? 0));
  }
}

/** Gauss with pivots. */
function solve(matrix: readonly (readonly number[])[], target: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, target[i] ?? 0]);
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    const pivot = rows.reduce(
      (best, row, i) => (i >= column && Math.abs(row[column] ?? 0) > Math.abs(rows[best]?.[column] ?? 0) ? i : best),
      column,
    );
    const [upper, lower] = [rows[column] ?? [], rows[pivot] ?? []];
    [rows[column], rows[pivot]] = [lower, upper];
    const lead = lower[column] ?? 0;
    if (lead === 0) continue;
    for (let i = 0; i < n; i++) {
      const factor = (rows[i]?.[column] ?? 0) / lead;
      if (i === column || factor === 0) continue;
      rows[i] = (rows[i] ?? []).map((value, j) => value - factor * (lower[j] ?? 0));
    }
  }
  return rows.map((row, i) => ((row[i] ?? 0) === 0 ? 0 : (row[n] ?? 0) / (row[i] ?? 1)));
}

export const moved = (values: readonly number[], step: readonly number[]): number[] =>
  values.map((value, p) => value + (step[p] ?? 0) * range(parameters[p]));

const range = (parameter: Parameter | undefined): number => (parameter ? parameter.most - parameter.least : 0);

export interface Fit {
  readonly linear: Linear;
  readonly loss: number;
  readonly before: number;
}

/** @param progress is told of every accepted step */
export function fitConstants(
  rows: readonly FitRow[],
  start: readonly number[],
  progress: (iteration: number, loss: number) => void,
): Fit {
  const within = start.map((value, p) => {
    const { least, most } = parameters[p] ?? { least: value, most: value };
    return Math.min(most, Math.max(least, value));
  });
  let linear = linearise(rows, within);
  let loss = lossOf(rows, linear.residuals);
  const before = loss;
  let damping = 1e-4;
  for (let iteration = 1; iteration <= 24; iteration++) {
    const values = moved(linear.values, bestStep(linear, damping));
    const tried = lossOf(rows, residuals(rows, values));
    if (tried >= loss) {
      damping *= 10;
      if (damping > 1e4) break;
      continue;
    }
    const gain = 1 - tried / loss;
    linear = linearise(rows, values);
    loss = tried;
    damping = Math.max(1e-6, damping / 4);
    progress(iteration, loss);
    if (gain < 0.002) break;
  }
  return { linear, loss, before };
}
