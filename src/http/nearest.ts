/** The known word that a mistyped one was probably meant to be. */

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
    const edits = editDistance(plain, normalise(candidate), least);
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

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment); at least `limit` returns `limit`. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let edits = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        edits = Math.min(edits, at(beforeLast, j - 2) + 1);
      row.push(edits);
    }
    beforeLast = last;
    last = row;
  }
  return Math.min(limit, at(last, b.length));
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
