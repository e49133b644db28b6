/** A command line by a table of flags: what each takes, and which are gone. */
export type Takes =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'whole'; readonly least: number }
  /** A share of 1. */
  | { readonly kind: 'share' }
  | { readonly kind: 'text' }
  | { readonly kind: 'json' }
  | { readonly kind: 'word'; readonly words: readonly string[] };

export const nothing: Takes = { kind: 'nothing' };
export const count: Takes = { kind: 'whole', least: 1 };
export const index: Takes = { kind: 'whole', least: 0 };
export const share: Takes = { kind: 'share' };
export const text: Takes = { kind: 'text' };
export const json: Takes = { kind: 'json' };
export const oneOf = (...words: readonly string[]): Takes => ({ kind: 'word', words });

export interface FlagRule {
  readonly flag: string;
  readonly takes: Takes;
  /** What it says in a launch file. */
  readonly meaning: string;
  /** Where it was read. */
  readonly source: string;
  /** May be given once for each of several workers. */
  readonly repeats?: true;
}

/** A name that an engine has given up. It is a fault in a launch file, told with what took its place. */
export interface GoneFlag {
  readonly flag: string;
  readonly instead: string;
  readonly source: string;
}

export interface FlagTable {
  /** Program, version or repository that the flags are of. */
  readonly program: string;
  readonly rules: readonly FlagRule[];
  readonly gone: readonly GoneFlag[];
}

export interface ReadFlags {
  /** The last value of each flag; true where it takes none. */
  readonly values: ReadonlyMap<string, string | true>;
  /** Every value, in order, of flags that repeat. */
  readonly repeated: ReadonlyMap<string, readonly (readonly string[])[]>;
  readonly faults: readonly string[];
}

function valueFault(flag: string, takes: Takes, value: string): string | undefined {
  switch (takes.kind) {
    case 'nothing':
    case 'text':
      return undefined;
    case 'whole':
      return /^\d+$/.test(value) && Number(value) >= takes.least ? undefined : `${flag} is no count: ${value}`;
    case 'share':
      return Number(value) > 0 && Number(value) <= 1 ? undefined : `${flag} is no share of 1: ${value}`;
    case 'word':
      return takes.words.includes(value) ? undefined : `${flag} is none of ${takes.words.join(', ')}: ${value}`;
    case 'json':
      return jsonObject(value) ? undefined : `${flag} is no JSON object: ${value}`;
  }
}

/** A JSON object of a flag's value; undefined where it is none. */
export function jsonObject(value: string | true | undefined): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    return new Map(Object.entries(parsed));
  } catch {
    return undefined;
  }
}

interface Known {
  readonly rules: ReadonlyMap<string, FlagRule>;
  readonly gone: ReadonlyMap<string, GoneFlag>;
}

const tables = new WeakMap<FlagTable, Known>();

/** The tables are read for every process of every worker, and never change. */
function knownIn(table: FlagTable): Known {
  const known = tables.get(table) ?? {
    rules: new Map(table.rules.map((rule) => [rule.flag, rule])),
    gone: new Map(table.gone.map((each) => [each.flag, each])),
  };
  tables.set(table, known);
  return known;
}

/** Values of a flag up to the next flag: one, but for flags that repeat. */
export function readFlags(args: readonly string[], table: FlagTable): ReadFlags {
  const { program } = table;
  const { rules, gone } = knownIn(table);
  const values = new Map<string, string | true>();
  const repeated = new Map<string, (readonly string[])[]>();
  const faults: string[] = [];
  for (let at = 0; at < args.length; ) {
    const word = args[at] ?? '';
    const joint = word.startsWith('--') ? word.indexOf('=') : -1;
    const name = joint < 0 ? word : word.slice(0, joint);
    at += 1;
    const own: string[] = joint < 0 ? [] : [word.slice(joint + 1)];
    while (joint < 0 && at < args.length && !args[at]?.startsWith('-')) {
      own.push(args[at] ?? '');
      at += 1;
    }
    const left = gone.get(name);
    const rule = rules.get(name);
    if (left) faults.push(`${program} has given up ${name}: ${left.instead}`);
    if (!rule) {
      if (!left) faults.push(`${program} has no flag ${name}`);
      continue;
    }
    if (values.has(name) && !rule.repeats) faults.push(`${name} is given twice`);
    const wanted = rule.takes.kind === 'nothing' ? 0 : 1;
    if (own.length !== wanted && !rule.repeats) faults.push(`${name} takes ${wanted} values and has ${own.length}`);
    const [value] = own;
    if (value !== undefined) {
      const fault = valueFault(name, rule.takes, value);
      if (fault) faults.push(fault);
    }
    values.set(name, value ?? true);
    const before = repeated.get(name);
    if (before) before.push(own);
    else repeated.set(name, [own]);
  }
  return { values, repeated, faults };
}

/** A count among values that were read; undefined where the flag is not there. */
export function countOf({ values }: Pick<ReadFlags, 'values'>, flag: string): number | undefined {
  const value = values.get(flag);
  return typeof value === 'string' ? Number(value) : undefined;
}

export function textOf({ values }: Pick<ReadFlags, 'values'>, flag: string): string | undefined {
  const value = values.get(flag);
  return typeof value === 'string' ? value : undefined;
}
