/**
 * Reading a config.json that nobody has checked. Every value is asked for by name, validated where it is read, and its fault
 * noted with a JSON pointer; reading goes on with a stand-in, so that all faults are found at once. Absent values come from the
 * library's defaults for the architecture and are noted as assumptions.
 *
 * Only own properties are read, and only those asked for: what else is in the object, however much, costs nothing.
 */

export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

export interface Assumption {
  /** JSON pointer into the config. */
  readonly path: string;
  readonly value: number | string | boolean;
  readonly why: string;
}

export interface Notes {
  readonly faults: Fault[];
  readonly assumptions: Assumption[];
  readonly warnings: string[];
}

export type Default = number | boolean | string | readonly string[];
export type Defaults = Readonly<Record<string, Default | undefined>>;

/** Beyond these nobody means it. The same ceilings hold for specs written by hand. */
export const ceilings = { layers: 10_000, width: 10_000_000, vocabulary: 100_000_000, experts: 65_536 } as const;

const faultLimit = 50;

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own property, never one of the prototype's. Null counts as absent. */
export function own(object: Json, name: string): unknown {
  return Object.hasOwn(object, name) ? (object[name] ?? undefined) : undefined;
}

/** The value as a message shows it, short whatever it is. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return isObject(value) ? 'an object' : String(value);
}

/** How a number may be found: what it is called, in order of preference, and within which bounds it makes sense. */
export interface Wanted {
  readonly max?: number;
  readonly min?: number;
  /** What the library computes where the field is absent, and from what. */
  readonly otherwise?: { readonly value: number; readonly why: string };
}

export interface Fields {
  readonly notes: Notes;
  readonly has: (name: string) => boolean;
  readonly hasDefault: (name: string) => boolean;
  /** A number that must be there, given, by default or computed. A fault, and 1, where it is not. */
  readonly count: (names: string | readonly string[], wanted?: Wanted) => number;
  /** A number that may be absent: 0 then, and where it is null, whatever the default. */
  readonly optional: (names: string | readonly string[], wanted?: Wanted) => number;
  readonly flag: (name: string) => boolean;
  readonly word: (name: string) => string | undefined;
  /** A list of exactly `length` entries, each accepted by `entry`; a longer one is cut where `longer` allows it. */
  readonly list: <T>(
    name: string,
    entry: (value: unknown) => value is T,
    length?: { readonly exactly: number; readonly longer?: true },
  ) => readonly T[] | undefined;
  readonly section: (name: string, defaults?: Defaults) => Fields | undefined;
  /** A list of objects, one a layer. */
  readonly sections: (name: string, length: { readonly exactly: number }) => readonly Fields[] | undefined;
  readonly raw: (name: string) => unknown;
  readonly fault: (name: string, detail: string) => void;
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

export interface Source {
  readonly object: Json;
  readonly pointer: string;
  /** The architecture whose defaults these are, as messages name it. */
  readonly architecture: string;
  readonly defaults: Defaults;
  readonly notes: Notes;
}

export function openFields({ object, pointer, architecture, defaults, notes }: Source): Fields {
  const assumed = new Set<string>();
  const at = (name: string): string => `${pointer}/${escaped(name)}`;
  const fault = (name: string, detail: string): void => {
    const where = at(name);
    if (notes.faults.length < faultLimit && !notes.faults.some((f) => f.pointer === where)) {
      notes.faults.push({ pointer: where, detail });
    }
  };
  const assume = (name: string, value: number | string | boolean, why: string): void => {
    if (assumed.has(name)) return;
    assumed.add(name);
    notes.assumptions.push({ path: at(name), value, why });
  };
  const defaultOf = (names: readonly string[]): readonly [string, Default] | undefined => {
    for (const name of names) {
      const value = Object.hasOwn(defaults, name) ? defaults[name] : undefined;
      if (value !== undefined) return [name, value];
    }
    return undefined;
  };
  const libraryDefault = `absent; the default of ${architecture} in transformers 5.18`;
  const namesOf = (names: string | readonly string[]): readonly string[] =>
    typeof names === 'string' ? [names] : names;

  const given = (names: readonly string[], { min = 1, max = ceilings.width }: Wanted): number | undefined => {
    for (const name of names) {
      const value = own(object, name);
      if (value === undefined) continue;
      if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
      fault(name, `must be an integer from ${min} to ${max}, not ${show(value)}`);
      return Math.max(1, min);
    }
    return undefined;
  };

  const fields: Fields = {
    notes,
    has: (name) => own(object, name) !== undefined,
    hasDefault: (name) => Object.hasOwn(defaults, name),
    raw: (name) => own(object, name),
    fault,
    count(asked, wanted = {}) {
      const names = namesOf(asked);
      const value = given(names, wanted);
      if (value !== undefined) return value;
      const isNull = names.some((name) => Object.hasOwn(object, name));
      const preset = defaultOf(names);
      if (preset && typeof preset[1] === 'number' && !(isNull && wanted.otherwise)) {
        assume(preset[0], preset[1], libraryDefault);
        return preset[1];
      }
      const first = names[0] ?? '';
      if (wanted.otherwise) {
        assume(first, wanted.otherwise.value, wanted.otherwise.why);
        return wanted.otherwise.value;
      }
      const others = names.length > 1 ? ` (or ${names.slice(1).join(', ')})` : '';
      fault(first, `is missing${others}, and ${architecture} has no default for it`);
      return 1;
    },
    optional(asked, wanted = {}) {
      const names = namesOf(asked);
      const value = given(names, { min: 0, ...wanted });
      if (value !== undefined) return value;
      if (names.some((name) => Object.hasOwn(object, name))) return 0;
      const preset = defaultOf(names);
      if (!preset || typeof preset[1] !== 'number') return 0;
      if (preset[1] !== 0) assume(preset[0], preset[1], libraryDefault);
      return preset[1];
    },
    flag(name) {
      const value = own(object, name);
      if (typeof value === 'boolean') return value;
      if (value !== undefined) fault(name, `must be true or false, not ${show(value)}`);
      if (own(defaults, name) !== true || Object.hasOwn(object, name)) return false;
      assume(name, true, libraryDefault);
      return true;
    },
    word(name) {
      const value = own(object, name);
      if (value === undefined || typeof value === 'string') return value;
      fault(name, `must be a string, not ${show(value)}`);
      return undefined;
    },
    list<T>(
      name: string,
      entry: (value: unknown) => value is T,
      length?: { readonly exactly: number; readonly longer?: true },
    ) {
      const value = own(object, name);
      if (value === undefined) return undefined;
      if (!Array.isArray(value)) {
        fault(name, `must be a list, not ${show(value)}`);
        return undefined;
      }
      const most = length?.exactly ?? ceilings.layers;
      if (value.length > most && !length?.longer) {
        fault(name, `has ${value.length} entries${length ? ` for ${most} layers` : `, more than ${most}`}`);
        return undefined;
      }
      if (length && value.length < most) {
        fault(name, `has ${value.length} entries for ${most} layers`);
        return undefined;
      }
      const entries: T[] = [];
      for (const [i, item] of value.slice(0, most).entries()) {
        if (!entry(item)) {
          fault(name, `entry ${i} is ${show(item)}, which is not understood here`);
          return undefined;
        }
        entries.push(item);
      }
      return entries;
    },
    section(name, nested = {}) {
      const value = own(object, name);
      if (value === undefined) return undefined;
      if (isObject(value)) {
        return openFields({ object: value, pointer: at(name), architecture, defaults: nested, notes });
      }
      fault(name, `must be an object, not ${show(value)}`);
      return undefined;
    },
    sections(name, length) {
      const objects = fields.list(name, isObject, length);
      return objects?.map((inner, i) =>
        openFields({ object: inner, pointer: `${at(name)}/${i}`, architecture, defaults: {}, notes }),
      );
    },
  };
  return fields;
}

export const isString = (value: unknown): value is string => typeof value === 'string';
export const isIndex = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= ceilings.width;
