/** YAML files of several documents, each held to a closed schema: a key that the schema does not know is a fault. */
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { parseAllDocuments } from 'yaml';
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
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error) throw new Unreadable(error.message);
    const content: unknown = document.toJS();
    return { kind: kindOf(content), content };
  });
}

const shownFaults = 3;

/** @throws Unreadable that names the first places where the content is not of the schema. */
export function heldTo<Schema extends TSchema>(schema: Schema, { kind, content }: YamlDocument): Static<Schema> {
  if (Value.Check(schema, content)) return content;
  const faults = Value.Errors(schema, content)
    .slice(0, shownFaults)
    .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
  throw new Unreadable(`${kind}: ${faults.join('; ')}`);
}

/** The documents of the kinds that a file may have, in order. @throws Unreadable where there is one of another kind. */
export function onlyKinds(documents: readonly YamlDocument[], kinds: readonly string[]): void {
  const other = documents.find(({ kind }) => !kinds.includes(kind));
  if (other) throw new Unreadable(`the file has a ${other.kind}`);
}
