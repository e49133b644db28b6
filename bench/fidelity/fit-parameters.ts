/** Which constants of the engines are fitted, within which bounds, and which engines have one in common. */
import { engines } from '../../src/catalog/engines.ts';
import type { Engine, EngineName, EngineTimes } from '../../src/planner/engine.ts';
import type { Table } from './report.ts';

export interface Parameter {
  readonly key: keyof EngineTimes;
  /** One value for all of these. */
  readonly engines: readonly EngineName[];
  readonly least: number;
  readonly most: number;
}

const all: readonly EngineName[] = ['tensorrt-llm', 'vllm', 'sglang'];

/** One value for all engines. */
const common = (key: keyof EngineTimes, least: number, most: number): Parameter[] => [
  { key, engines: all, least, most },
];

/** Each engine its own. */
const each = (key: keyof EngineTimes, least: number, most: number): Parameter[] =>
  all.map((engine) => ({ key, engines: [engine], least, most }));

export const parameters: readonly Parameter[] = [
  ...common('floorShare', 0.2, 1),
  { key: 'cacheReadSlowdown', engines: ['vllm', 'sglang'], least: 0.8, most: 3 },
  ...common('promptSlowdown', 0.9, 1.5),
  ...each('passOverhead', 0, 0.02),
  ...each('stepOverhead', 0, 0.01),
  ...each('perSequence', 0, 5e-5),
  ...common('latentOverhead', 0, 0.4),
  ...common('burst', 0, 4),
  ...common('scatter', 0, 1),
  ...each('requestOverhead', 0, 0.3),
  ...each('prefillWait', 0, 4),
];

export const parameterName = ({ key, engines: of }: Parameter): string =>
  `${key}${of.length < all.length ? ` of ${of.join(', ')}` : ''}`;

/** As the catalog has them now; of constants in common the first engine's. */
export function currentValues(): number[] {
  return parameters.map(({ key, engines: [first] }) => {
    if (!first) throw new RangeError(`${key} is of no engine`);
    return engines[first].times[key];
  });
}

/** Every engine with trial values instead of the catalog's. */
export function enginesWith(values: readonly number[]): ReadonlyMap<Engine['name'], Engine> {
  const trial = all.map((name): [EngineName, Engine] => {
    const changed = parameters.flatMap(({ key, engines: of }, i) => (of.includes(name) ? [[key, values[i]]] : []));
    return [name, { ...engines[name], times: { ...engines[name].times, ...Object.fromEntries(changed) } }];
  });
  return new Map<Engine['name'], Engine>([...trial, ['generic', engines.generic]]);
}

/** What was fitted, beside what the catalog has; `at` says where a constant is on its bound. */
export function constantsTable(
  { values }: { readonly values: readonly number[] },
  { before, loss }: { readonly before: number; readonly loss: number },
): Table {
  const current = currentValues();
  return {
    title: `Fitted constants: loss ${before.toPrecision(4)} before, ${loss.toPrecision(4)} now`,
    head: ['', 'catalog', 'fitted', 'bounds', ''],
    rows: parameters.map((parameter, p) => {
      const { least, most } = parameter;
      const value = values[p] ?? 0;
      const near = 0.001 * (most - least);
      const at = value - least < near ? 'at its least' : most - value < near ? 'at its most' : '';
      return [parameterName(parameter), String(current[p]), value.toPrecision(3), `${least} – ${most}`, at];
    }),
  };
}
