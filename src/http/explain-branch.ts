/** Which kind of object was meant, where a schema takes several: the one whose own key the value has. */
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
