/** YAML files of several documents, each held to a closed schema: a key that the schema does not know is a fault. */
import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { readYaml } from '../read-yaml.ts';
import { Unreadable } from '../shell-words.ts';

export interface YamlDocument {
  readonly kind: string;
  readonly content: unknown;
}

function kindOf(content: unknown): string {
  const kind: unknown = typeof content === 'object' && content !== null ? Reflect.get(content, 'kind') : undefined;
  return typeof kind === 'string' ? kind : 'nothing';
}

export function documentsOf(text: string): readonly YamlDocument[] {
  return readYaml(text).map((content) => ({ kind: kindOf(content), content }));
}

const shownFaults = 3;

const compiled = new WeakMap<TSchema, Validator>();

/** Schemas are few and never change; compiled when first wanted, since most plans want few of them. */
function validatorOf(schema: TSchema): Validator {
  const validator = compiled.get(schema) ?? Compile(schema);
  compiled.set(schema, validator);
  return validator;
}

/** @throws Unreadable that names the first places where the content is not of the schema. */
export function heldTo<Schema extends TSchema>(schema: Schema, { kind, content }: YamlDocument): Static<Schema> {
  const validator = validatorOf(schema);
  const holds = (value: unknown): value is Static<Schema> => validator.Check(value);
  if (holds(content)) return content;
  const faults = validator
    .Errors(content)
    .slice(0, shownFaults)
    .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
  throw new Unreadable(`${kind}: ${faults.join('; ')}`);
}

/** The documents of the kinds that a file may have, in order. @throws Unreadable where there is one of another kind. */
export function onlyKinds(documents: readonly YamlDocument[], kinds: readonly string[]): void {
  const other = documents.find(({ kind }) => !kinds.includes(kind));
  if (other) throw new Unreadable(`the file has a ${other.kind}`);
}
