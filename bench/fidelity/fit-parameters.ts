/** Which constants of the engines are fitted, within which bounds, and which engines have one in common. */
import { engines } from '../../src/catalog/engines.ts';
import type { Engine, EngineMemory, EngineName, EngineTimes } from '../../src/planner/engine.ts';
import type { Table } from './report.ts';

type NumericKey<T> = { [K in keyof T]: T[K] extends number ? K : never }[keyof T] & string;

export type ConstantName = `times.${NumericKey<EngineTimes>}` | `memory.${NumericKey<EngineMemory>}`;

export interface Parameter {
  readonly name: ConstantName;
  /** One value for all of these. */
  readonly engines: readonly EngineName[];
  readonly least: number;
  readonly most: number;
}

const all: readonly EngineName[] = ['tensorrt-llm', 'vllm', 'sglang'];

/** One value for all engines. */
const common = (name: ConstantName, least: number, most: number): Parameter[] => [{ name, engines: all, least, most }];

/** Each engine its own. */
const each = (name: ConstantName, least: number, most: number): Parameter[] =>
  all.map((engine) => ({ name, engines: [engine], least, most }));

export const parameters: readonly Parameter[] = [
  ...common('times.computeSlowdown', 0.9, 1.5),
  ...common('times.passOverhead', 0, 0.02),
  ...each('times.stepOverhead', 0, 0.01),
  ...common('times.perSequence', 0, 5e-5),
  ...common('times.perLayer', 0, 0.0015),
  ...each('times.latentSteps', 0, 40),
  ...common('times.scatter', 0, 1),
];

export const parameterName = ({ name, engines: of }: Parameter): string =>
  `${name}${of.length < all.length ? ` of ${of.join(', ')}` : ''}`;

/** As the catalog has them now; of constants in common the first engine's. */
export function currentValues(): number[] {
  return parameters.map(({ name, engines: [first] }) => {
    if (!first) throw new RangeError(`${name} is of no engine`);
    const [part, key] = partsOf(name);
    const value: unknown = Reflect.get(engines[first][part], key);
    if (typeof value !== 'number') throw new RangeError(`${name} of ${first} is no number`);
    return value;
  });
}

/** Every engine with trial values instead of the catalog's. */
export function enginesWith(values: readonly number[]): ReadonlyMap<Engine['name'], Engine> {
  const trial = all.map((name): [EngineName, Engine] => {
    const changed = (wanted: 'times' | 'memory') =>
      Object.fromEntries(
        parameters.flatMap((parameter, i) => {
          const [part, key] = partsOf(parameter.name);
          return part === wanted && parameter.engines.includes(name) ? [[key, values[i]]] : [];
        }),
      );
    const engine = engines[name];
    const { times, memory } = engine;
    return [name, { ...engine, times: { ...times, ...changed('times') }, memory: { ...memory, ...changed('memory') } }];
  });
  return new Map<Engine['name'], Engine>([...trial, ['generic', engines.generic]]);
}

function partsOf(name: ConstantName): ['times' | 'memory', string] {
  return name.startsWith('times.') ? ['times', name.slice('times.'.length)] : ['memory', name.slice('memory.'.length)];
}

/** What was fitted, beside what the catalog has; the last column says where a constant is on its bound. */
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
