/**
 * The file of keys: one JSON object a line, so that a key is added by appending a line and withdrawn by deleting one. Empty lines
 * and lines that begin with # are left out.
 */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { KeyEntry } from './key-ring.ts';
import { scopes } from './scopes.ts';

const Line = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    /** Several keys may have one name: while a client changes keys, both are its own. */
    name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    scopes: Type.Array(Type.Union(scopes.map((scope) => Type.Literal(scope))), {
      minItems: 1,
      maxItems: scopes.length,
    }),
    expires: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d:\\d\\dZ)?$' })),
  },
  { additionalProperties: false },
);
const line = Compile(Line);

export type KeyFile = { readonly keys: readonly KeyEntry[] } | { readonly faults: readonly string[] };

/** Faults name lines and fields and never repeat a value: somebody may have put a key where its hash should stand. */
export function readKeyFile(text: string): KeyFile {
  const keys: KeyEntry[] = [];
  const faults: string[] = [];
  const ids = new Set<string>();
  for (const [index, content] of text.split('\n').entries()) {
    const trimmed = content.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const read = readLine(trimmed);
    if (typeof read === 'string') faults.push(`line ${index + 1} ${read}`);
    else if (ids.has(read.id)) faults.push(`line ${index + 1} has the id of an earlier line`);
    else {
      ids.add(read.id);
      keys.push(read);
    }
  }
  // A file that is just being written is empty for a moment, and must not lock everybody out.
  if (keys.length === 0 && faults.length === 0) faults.push('there is no key in it');
  return faults.length > 0 ? { faults } : { keys };
}

/** The entry, or what is wrong with it. */
function readLine(text: string): KeyEntry | string {
  const value = parsed(text);
  if (value === undefined) return 'is not JSON';
  if (!isLine(value)) {
    const [error] = line.Errors(value);
    const field = Object.keys(Line.properties).find((name) => error?.instancePath.split('/')[1] === name);
    return field === undefined ? 'is no key: a field is missing or unknown' : `is no key: "${field}" ${error?.message}`;
  }
  const { expires, ...entry } = value;
  if (expires === undefined) return entry;
  const expiresMs = Date.parse(expires);
  return Number.isFinite(expiresMs) ? { ...entry, expiresMs } : 'is no key: "expires" is no date';
}

function isLine(value: unknown): value is Static<typeof Line> {
  return line.Check(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
