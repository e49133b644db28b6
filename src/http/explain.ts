/**
 * Says what is wrong with a value that a schema refused: every fault at once, in the caller's words. A validator's own
 * errors name keywords and pile up the branches of a union; here the value's own type chooses the branch, and an
 * unknown key is told which known one it is near to. Reads the keywords that the schemas in ./schemas use, and no others;
 * a property test holds it to the validator's verdict.
 */
import type { TSchema } from 'typebox';
import { branchFor, discriminatorOf, openTo } from './explain-branch.ts';
import { alternativeKeys, homesOfKeys, pointerTo, unknownKey } from './explain-keys.ts';
import { article, hint, kindOf, limitsOf, listed, plural, show } from './explain-words.ts';
import { nearest } from './nearest.ts';
import type { Fault } from './ports.ts';

export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  /** True: keys that the schema does not name are welcome too. */
  readonly additionalProperties?: boolean;
  readonly anyOf?: readonly SchemaNode[];
  /** Of an object: keys of which it has exactly one, each as `{ required: [key] }`. */
  readonly oneOf?: readonly SchemaNode[];
  readonly enum?: readonly (string | number | boolean)[];
  readonly items?: SchemaNode;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** Faults that an answer lists; beyond them they are counted only. A 1 MiB body can hold a hundred thousand. */
export const maxFaults = 100;

export interface Explanation {
  readonly faults: readonly Fault[];
  /** All of them, listed or not. */
  readonly total: number;
}

export type Explainer = (value: unknown) => Explanation;

/** The JSON Schema inside a TypeBox one. JSON is the boundary: what it writes has no other keywords than these. */
export function schemaNode(schema: TSchema): SchemaNode {
  return JSON.parse(JSON.stringify(schema));
}

export function createExplainer(schema: TSchema): Explainer {
  const root = schemaNode(schema);
  const homes = homesOfKeys(root);
  return (value) => {
    const walk: Walk = { homes, faults: [], total: 0 };
    visit(walk, root, value, '');
    return { faults: walk.faults, total: walk.total };
  };
}

interface Walk {
  readonly homes: ReadonlyMap<string, readonly string[]>;
  readonly faults: Fault[];
  total: number;
}

function report(walk: Walk, fault: Fault): void {
  walk.total += 1;
  if (walk.faults.length < maxFaults) walk.faults.push(fault);
}

function visit(walk: Walk, schema: SchemaNode, value: unknown, pointer: string): void {
  if (schema.anyOf) {
    visitUnion(walk, schema.anyOf, value, pointer);
    return;
  }
  const wanted = schema.type ?? 'object';
  const kind = kindOf(value);
  if (kind !== (wanted === 'integer' ? 'number' : wanted)) {
    report(
      walk,
      withAllowed({ pointer, detail: `must be ${article(wanted)}, not ${show(value)}${hint(wanted, value)}` }, schema),
    );
  } else if (typeof value === 'boolean') {
    if (schema.enum && !schema.enum.includes(value))
      report(walk, withAllowed({ pointer, detail: `must be ${listed(schema.enum)}, not ${value}` }, schema));
  } else if (typeof value === 'string') {
    visitString(walk, schema, value, pointer);
  } else if (typeof value === 'number') {
    visitNumber(walk, schema, value, pointer);
  } else if (Array.isArray(value)) {
    visitArray(walk, schema, value, pointer);
  } else if (isRecord(value)) {
    visitObject(walk, schema, value, pointer);
  }
}

/** The branch of the value's own type is explained, of several objects the one that was meant; where there is none, all types are named. */
function visitUnion(walk: Walk, branches: readonly SchemaNode[], value: unknown, pointer: string): void {
  const kind = kindOf(value);
  const fitting = branches.filter(({ type = 'object' }) => (type === 'integer' ? 'number' : type) === kind);
  if (fitting.length === 0) {
    const types = [...new Set(branches.map(({ type = 'object' }) => article(type)))].join(' or ');
    report(walk, { pointer, detail: `must be ${types}, not ${show(value)}` });
    return;
  }
  if (isRecord(value)) {
    const told = discriminatorOf(fitting);
    const branch = told?.branches.get(value[told.key]);
    if (branch) {
      visit(walk, branch, value, pointer);
      return;
    }
    if (told && Object.hasOwn(value, told.key)) {
      visit(walk, openTo(told, fitting, value), value, pointer);
      return;
    }
  }
  const attempts = fitting.map((branch) => {
    const attempt: Walk = { homes: walk.homes, faults: [], total: 0 };
    visit(attempt, branch, value, pointer);
    return { branch, attempt };
  });
  if (attempts.some(({ attempt }) => attempt.total === 0)) return;
  const meant = isRecord(value) ? branchFor(fitting, value) : fitting[0];
  const attempt = attempts.find(({ branch }) => branch === meant)?.attempt;
  if (!attempt) return;
  walk.faults.push(...attempt.faults.slice(0, maxFaults - walk.faults.length));
  walk.total += attempt.total;
}

function visitString(walk: Walk, schema: SchemaNode, value: string, pointer: string): void {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema;
  if (schema.enum && !schema.enum.includes(value)) {
    const near = nearest(value, schema.enum.map(String));
    const question = near === undefined ? '' : `: did you mean "${near}"?`;
    report(
      walk,
      withAllowed({ pointer, detail: `${show(value)} is not one of the words known here${question}` }, schema),
    );
  }
  // Characters, not UTF-16 units: that is what JSON Schema counts.
  const length = value.length > 2 * maxLength ? value.length : [...value].length;
  if (length < minLength) report(walk, { pointer, detail: `must have at least ${plural(minLength, 'character')}` });
  if (length > maxLength)
    report(walk, { pointer, detail: `must have at most ${plural(maxLength, 'character')}, not ${length}` });
}

function visitNumber(walk: Walk, schema: SchemaNode, value: number, pointer: string): void {
  if (!Number.isFinite(value)) {
    // JSON has no infinity: it is what a figure like 1e400 becomes.
    report(walk, { pointer, detail: `is beyond any number that can be computed with${limitsOf(schema)}` });
    return;
  }
  if (schema.type === 'integer' && !Number.isInteger(value)) {
    report(walk, { pointer, detail: `must be a whole number, not ${value}${limitsOf(schema)}` });
    return;
  }
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY, exclusiveMaximum } = schema;
  if (value < minimum) report(walk, { pointer, detail: `must be at least ${minimum}, not ${value}` });
  if (value > maximum) report(walk, { pointer, detail: `must be at most ${maximum}, not ${value}` });
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum)
    report(walk, { pointer, detail: `must be less than ${exclusiveMaximum}, not ${value}` });
}

function visitArray(walk: Walk, schema: SchemaNode, value: readonly unknown[], pointer: string): void {
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  if (value.length < minItems) report(walk, { pointer, detail: `must have at least ${plural(minItems, 'item')}` });
  if (value.length > maxItems)
    report(walk, { pointer, detail: `must have at most ${plural(maxItems, 'item')}, not ${value.length}` });
  if (!items) return;
  for (const [index, item] of value.entries()) visit(walk, items, item, `${pointer}/${index}`);
}

function visitObject(walk: Walk, schema: SchemaNode, value: Readonly<Record<string, unknown>>, pointer: string): void {
  const { properties = {}, required = [], minProperties = 0, additionalProperties: open = false } = schema;
  const known = Object.keys(properties);
  const keys = Object.keys(value);
  const meant = new Set<string>();
  for (const key of keys) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    const inside = pointerTo(pointer, key);
    if (property) {
      visit(walk, property, value[key], inside);
    } else if (!open) {
      const free = known.filter((name) => !Object.hasOwn(value, name));
      const near = walk.faults.length < maxFaults ? nearest(key, free) : undefined;
      const homes = walk.homes.get(key) ?? [];
      // A key that is right elsewhere is misplaced, not misspelt; its near miss here would mislead.
      if (near !== undefined && homes.length === 0) meant.add(near);
      report(walk, { pointer: inside, detail: unknownKey(key, { pointer, schema, near, homes }) });
    }
  }
  for (const key of required) {
    if (Object.hasOwn(value, key) || meant.has(key)) continue;
    const about = properties[key]?.description;
    report(walk, { pointer: pointerTo(pointer, key), detail: `is missing${about ? `: ${about}` : ''}` });
  }
  if (keys.length < minProperties) report(walk, { pointer, detail: `must have at least one of ${listed(known)}` });
  visitAlternatives(walk, schema, { value, meant, pointer });
}

/** A key that was probably meant to be one of them stands for it: its own fault says so. */
function visitAlternatives(
  walk: Walk,
  schema: SchemaNode,
  { value, meant, pointer }: { value: object; meant: ReadonlySet<string>; pointer: string },
): void {
  const alternatives = alternativeKeys(schema);
  if (alternatives.length === 0) return;
  const there = alternatives.filter((key) => Object.hasOwn(value, key));
  if (there.length > 1) {
    const detail = `has ${listed(there, 'and')} at once: exactly one of ${listed(alternatives)} must be there`;
    report(walk, { pointer, detail });
  } else if (there.length === 0 && !alternatives.some((key) => meant.has(key))) {
    report(walk, { pointer, detail: `must have exactly one of ${listed(alternatives)}` });
  }
}

function withAllowed(fault: Fault, schema: SchemaNode): Fault {
  return schema.enum ? { ...fault, allowed: schema.enum } : fault;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return kindOf(value) === 'object';
}
