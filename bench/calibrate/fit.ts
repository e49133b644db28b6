/**
 * Least squares by Levenberg and Marquardt on the logarithm of time, so that errors are relative: a 10 us kernel and a 10 ms
 * one weigh the same. Parameters are searched as logarithms within bounds, hence stay positive. A Cauchy weight (scale 0.15, about the aim)
 * keeps the few rows of a wrong kernel from pulling the curve.
 */
export interface Parameter {
  /** Where the search begins: once from each. */
  readonly starts: readonly number[];
  readonly min: number;
  readonly max: number;
}

export interface Sample<Shape> {
  readonly shape: Shape;
  readonly seconds: number;
}

export type Parameters<Name extends string> = Readonly<Record<Name, Parameter>>;
export type Values<Name extends string> = Readonly<Record<Name, number>>;

export interface Errors {
  readonly rows: number;
  readonly median: number;
  readonly p90: number;
}

const cauchyScale = 0.15;
const maxSamples = 6_000;

export interface Problem<Shape, Name extends string> {
  readonly names: readonly Name[];
  readonly parameters: Parameters<Name>;
  readonly samples: readonly Sample<Shape>[];
  readonly seconds: (values: Values<Name>, shape: Shape) => number;
}

/** The best of a search from each start, in four digits. */
export function leastSquares<Shape, Name extends string>(problem: Problem<Shape, Name>): Values<Name> {
  const starts = Math.max(...problem.names.map((name) => problem.parameters[name].starts.length));
  const searches = Array.from({ length: starts }, (_, i) => search(problem, i));
  const best = searches.reduce((a, b) => (b.cost < a.cost ? b : a));
  return fromEntries(problem.names.map((name) => [name, Number(best.values[name].toPrecision(4))]));
}

function search<Shape, Name extends string>(
  { names, parameters, samples, seconds }: Problem<Shape, Name>,
  start: number,
): { values: Values<Name>; cost: number } {
  const chosen = thin(samples, maxSamples);
  const toValues = (point: readonly number[]): Values<Name> => {
    const entries = names.map((name, i): [Name, number] => [name, Math.exp(point[i] ?? 0)]);
    return fromEntries(entries);
  };
  const lower = names.map((name) => Math.log(parameters[name].min));
  const upper = names.map((name) => Math.log(parameters[name].max));
  const clamp = (point: readonly number[]): number[] =>
    point.map((x, i) => Math.min(upper[i] ?? x, Math.max(lower[i] ?? x, x)));
  const residuals = (point: readonly number[]): Float64Array => {
    const values = toValues(point);
    return Float64Array.from(chosen, (s) => Math.log(seconds(values, s.shape) / s.seconds));
  };
  let point = clamp(names.map((name) => Math.log(parameters[name].starts[start] ?? parameters[name].starts[0] ?? 1)));
  let current = residuals(point);
  let cost = cauchy(current);
  let damping = 1e-2;
  for (let iteration = 0; iteration < 80; iteration += 1) {
    const { normal, gradient } = normalEquations(point, current, residuals, { lower, upper });
    let improved = false;
    for (let attempt = 0; attempt < 8 && !improved; attempt += 1) {
      const step = solve(normal, gradient, damping);
      const next = clamp(point.map((x, i) => x - Math.min(1, Math.max(-1, step[i] ?? 0))));
      const nextResiduals = residuals(next);
      const nextCost = cauchy(nextResiduals);
      if (nextCost < cost) {
        improved = true;
        const gain = (cost - nextCost) / cost;
        point = next;
        current = nextResiduals;
        cost = nextCost;
        damping = Math.max(damping / 5, 1e-7);
        if (gain < 1e-5) return { values: toValues(point), cost };
      } else {
        damping *= 6;
      }
    }
    if (!improved) break;
  }
  return { values: toValues(point), cost };
}

export function errors<Shape>(samples: readonly Sample<Shape>[], seconds: (shape: Shape) => number): Errors {
  const sorted = samples.map((s) => Math.abs(seconds(s.shape) / s.seconds - 1)).sort((a, b) => a - b);
  const quantile = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  return { rows: sorted.length, median: quantile(0.5), p90: quantile(0.9) };
}

/** At most `limit` samples, evenly spaced in the table's order, so that a fit is the same every time. */
function thin<T>(items: readonly T[], limit: number): readonly T[] {
  if (items.length <= limit) return items;
  const stride = items.length / limit;
  return Array.from({ length: limit }, (_, i) => items[Math.floor(i * stride)]).filter((x) => x !== undefined);
}

function cauchy(residuals: Float64Array): number {
  let sum = 0;
  for (const r of residuals) sum += Math.log1p((r / cauchyScale) ** 2);
  return Number.isFinite(sum) ? sum : Number.POSITIVE_INFINITY;
}

function normalEquations(
  point: readonly number[],
  current: Float64Array,
  residuals: (point: readonly number[]) => Float64Array,
  bounds: { readonly lower: readonly number[]; readonly upper: readonly number[] },
): { normal: number[][]; gradient: number[] } {
  const h = 1e-4;
  const columns = point.map((x, i) => {
    const forward = x + h <= (bounds.upper[i] ?? x) ? h : -h;
    const moved = residuals(point.map((y, j) => (i === j ? y + forward : y)));
    return moved.map((r, row) => (r - (current[row] ?? 0)) / forward);
  });
  const weights = current.map((r) => 1 / (1 + (r / cauchyScale) ** 2));
  const dot = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < a.length; i += 1) sum += (a[i] ?? 0) * (b[i] ?? 0) * (weights[i] ?? 0);
    return sum;
  };
  const gradient = columns.map((a) => dot(a, current));
  // A parameter that its bound holds back takes no part in this step, or its wish would bend the others'.
  const held = point.map((x, i) => {
    const slope = gradient[i] ?? 0;
    return slope > 0 ? x <= (bounds.lower[i] ?? x) : x >= (bounds.upper[i] ?? x);
  });
  return {
    normal: columns.map((a, i) => columns.map((b, j) => (i !== j && (held[i] || held[j]) ? 0 : dot(a, b)))),
    gradient: gradient.map((slope, i) => (held[i] ? 0 : slope)),
  };
}

/** Solves (N + damping · diag N) x = g by elimination; N is small. */
function solve(normal: readonly (readonly number[])[], gradient: readonly number[], damping: number): number[] {
  const size = gradient.length;
  const rows = normal.map((row, i) => [
    ...row.map((x, j) => (i === j ? x * (1 + damping) + 1e-12 : x)),
    gradient[i] ?? 0,
  ]);
  for (let i = 0; i < size; i += 1) {
    const pivotRow = rows[i] ?? [];
    const pivot = pivotRow[i] ?? 1;
    for (let j = 0; j < size; j += 1) {
      const row = rows[j];
      if (j === i || row === undefined) continue;
      const factor = (row[i] ?? 0) / pivot;
      for (let k = i; k <= size; k += 1) row[k] = (row[k] ?? 0) - factor * (pivotRow[k] ?? 0);
    }
  }
  return rows.map((row, i) => (row[size] ?? 0) / (row[i] ?? 1));
}

function fromEntries<Name extends string>(entries: readonly (readonly [Name, number])[]): Values<Name>;
function fromEntries(entries: readonly (readonly [string, number])[]): Record<string, number> {
  return Object.fromEntries(entries);
}
