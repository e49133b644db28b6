/** Which kind of object was meant, where a schema takes several: the one whose word or own key the value has. */
import type { SchemaNode } from './explain.ts';
import { nearest } from './nearest.ts';

/**
 * A branch is told by a key that it requires and no other branch knows (`huggingFace`): the first branch whose key is there, or
 * else nearly there. A value without any such key is held against the branch that knows most of its keys; of equals, the last.
 */
export function branchFor(
  branches: readonly SchemaNode[],
  value: Readonly<Record<string, unknown>>,
): SchemaNode | undefined {
  const knows = (branch: SchemaNode, key: string): boolean => Object.hasOwn(branch.properties ?? {}, key);
  const marks = branches.map((branch) =>
    (branch.required ?? []).filter((key) => !branches.some((other) => other !== branch && knows(other, key))),
  );
  const marked = branches.find((_, i) => marks[i]?.some((key) => Object.hasOwn(value, key)));
  if (marked) return marked;

  const keys = Object.keys(value).slice(0, most);
  const strange = keys.filter((key) => !branches.some((branch) => knows(branch, key)));
  const meant = new Set(strange.map((key) => nearest(key, marks.flat())));
  const near = branches.find((_, i) => marks[i]?.some((key) => meant.has(key)));
  if (near) return near;

  const known = (branch: SchemaNode): number => keys.filter((key) => knows(branch, key)).length;
  return branches.reduce<SchemaNode | undefined>(
    (best, branch) => (best === undefined || known(branch) >= known(best) ? branch : best),
    undefined,
  );
}

/** Keys that are looked at: a body can hold a hundred thousand. */
const most = 200;

/** The key whose word tells branches apart: `kind` of a workload. */
export interface Discriminator {
  readonly key: string;
  readonly branches: ReadonlyMap<unknown, SchemaNode>;
}

/** There is one where each of several branches has a list of words for the same key, and no word is in two of them. */
export function discriminatorOf(branches: readonly SchemaNode[]): Discriminator | undefined {
  const [first, ...others] = branches;
  if (!first || others.length === 0) return undefined;
  for (const key of Object.keys(first.properties ?? {})) {
    const listed = branches.flatMap((branch) =>
      (branch.properties?.[key]?.enum ?? []).map((word) => [word, branch] as const),
    );
    const told = new Map<unknown, SchemaNode>(listed);
    if (told.size === listed.length && new Set(told.values()).size === branches.length) return { key, branches: told };
  }
  return undefined;
}

/** The branch that a value with a strange word was probably meant for, with the words of all branches to choose from. */
export function openTo(
  { key, branches: told }: Discriminator,
  branches: readonly SchemaNode[],
  value: Readonly<Record<string, unknown>>,
): SchemaNode {
  const words = [...told.keys()].filter((word) => typeof word === 'string');
  const word = value[key];
  const near = typeof word === 'string' ? nearest(word, words) : undefined;
  const { [key]: _, ...rest } = value;
  const meant = (near === undefined ? undefined : told.get(near)) ?? branchFor(branches, rest) ?? {};
  const { properties = {} } = meant;
  return { ...meant, properties: { ...properties, [key]: { ...properties[key], enum: words } } };
}
