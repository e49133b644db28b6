/** What is said of a name that the catalog does not know, in a fault of a request and in a 404. */
import { show } from './explain-words.ts';

export function notInCatalog(name: string, { near, list }: { near: readonly string[]; list: string }): string {
  const start = `${show(name)} is not in the catalog`;
  if (near.length === 0) return `${start}: GET ${list} lists it`;
  return `${start}: did you mean ${near.map((known) => `"${known}"`).join(' or ')}?`;
}
