/** The names of the catalog that a mistyped one was probably meant to be: for the message that says it is not known. */
import { distance } from 'fastest-levenshtein';

/** Longer names are no typing mistakes. */
const longest = 64;

/**
 * @param name what was asked for, in the form of the keys
 * @param known the keys that are answered to, each with the name to show
 * @returns at most `most` names, nearest first: those that what was asked for is part of, and where there are none, by edits, up to a
 * third of the key
 */
export function nearNames(
  name: string,
  known: Iterable<readonly [key: string, shown: string]>,
  most: number,
): readonly string[] {
  const wanted = name.slice(0, longest);
  const edits = new Map<string, number>();
  for (const [key, shown] of known) {
    const part = wanted.length > 2 && key.includes(wanted);
    const away = part ? 0 : distance(wanted, key);
    if (away <= Math.max(2, key.length / 3)) edits.set(shown, Math.min(away, edits.get(shown) ?? away));
  }
  const nearest = [...edits].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  const whole = nearest.filter(([, away]) => away === 0);
  return (whole.length > 0 ? whole : nearest).slice(0, most).map(([shown]) => shown);
}
