/** The keys of an object that a schema knows, and what is said of those that it does not. */
import type { SchemaNode } from './explain.ts';
import { show } from './explain-words.ts';

/** Said of a key that the schema does not know. `homes` are the objects elsewhere that do. */
export function unknownKey(
  key: string,
  {
    pointer,
    schema: { properties = {}, required = [] },
    near,
    homes,
  }: { pointer: string; schema: SchemaNode; near: string | undefined; homes: readonly string[] },
): string {
  const start = `unknown key ${show(key)}`;
  const known = Object.keys(properties);
  // Right in another branch of the same union.
  if (homes.includes(pointer)) {
    const mark = known.find((name) => properties[name]?.type === 'string' && properties[name]?.enum?.length === 1);
    const beside =
      mark === undefined
        ? `cannot stand beside ${required.map(show).join(', ')}`
        : `does not go with the ${mark} ${show(properties[mark]?.enum?.[0])}`;
    return `${show(key)} ${beside}; known here: ${known.join(', ')}`;
  }
  if (homes.length > 0 && homes.length <= 3)
    return `${start}: it belongs in ${homes.map((home) => home || 'the request itself').join(' or ')}, not in ${pointer || 'the request itself'}`;
  if (near !== undefined) return `${start}: did you mean "${near}"?`;
  return `${start}; known here: ${known.join(', ')}`;
}

/** Keys of which an object has exactly one. */
export function alternativeKeys({ oneOf = [] }: SchemaNode): readonly string[] {
  return oneOf.flatMap(({ required = [] }) => required);
}

/** Where each key of the schema belongs: the pointers of the objects that have it. */
export function homesOfKeys(root: SchemaNode): Map<string, string[]> {
  const homes = new Map<string, string[]>();
  const walk = (schema: SchemaNode, pointer: string): void => {
    for (const branch of schema.anyOf ?? []) walk(branch, pointer);
    for (const [key, property] of Object.entries(schema.properties ?? {})) {
      const places = homes.get(key) ?? [];
      if (!places.includes(pointer)) places.push(pointer);
      homes.set(key, places);
      walk(property, pointerTo(pointer, key));
    }
  };
  walk(root, '');
  return homes;
}

/** A JSON pointer one level deeper (RFC 6901). A key of absurd length is left out: the pointer then names its object. */
export function pointerTo(pointer: string, key: string): string {
  return key.length > 200 ? pointer : `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
