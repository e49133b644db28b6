/** The known word that a mistyped one was probably meant to be. */
import { distance } from 'fastest-levenshtein';

/** Longer words are no typing mistakes, and comparing them would cost more than the answer is worth. */
const longest = 64;

/**
 * Equal but for case and separators first (`hidden_size`), then the fewest edits, up to a third of the word
 * (`hiddenSise`), then one that contains the other (`num_experts`). Undefined when nothing is near.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > longest) return undefined;
  const plain = normalise(word);
  if (plain.length === 0) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(plain.length / 3)) + 1;
  for (const candidate of known) {
    const edits = distance(plain, normalise(candidate));
    if (edits < least) {
      best = candidate;
      least = edits;
    }
  }
  return best ?? known.find((candidate) => contains(plain, normalise(candidate)));
}

function normalise(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Three letters are in too many words by chance. */
function contains(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= 4 && long.includes(short);
}
