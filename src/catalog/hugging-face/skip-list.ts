/**
 * Lists of modules in a quantisation config: those left alone, or those that a group of settings is for. Three spellings are in
 * use: a dotted path or a part of one, a path with `*`, and a regular expression after `re:`.
 *
 * Names here begin at `layers.`: what comes before differs between checkpoints of one model.
 */
import { type Budget, compilePattern } from './safe-pattern.ts';

export interface SkipList {
  readonly matches: (module: string) => boolean;
  /** Whether layers of one kind may fare differently: only then is each looked at. */
  readonly byLayer: boolean;
  readonly notUnderstood: readonly string[];
}

/** Entries looked at: the longest published lists name each matrix of a hundred layers. */
const entryLimit = 500_000;
const patternLimit = 200;
const stepLimit = 5_000_000;

const prefixes = ['model.', 'language_model.model.', 'model.language_model.', ''] as const;

/** A path without what stands before the layers. */
function bare(path: string): string {
  return path.replace(/^(?:(?:model|language_model|text_model|transformer|backbone)\.)+/, '').replace(/\.weight$/, '');
}

/** All runs of segments of a dotted path: an entry names a module where it is one of them. */
function* runsOf(path: string): Generator<string> {
  const segments = path.split('.');
  for (let from = 0; from < segments.length; from += 1) {
    for (let to = from + 1; to <= segments.length; to += 1) yield segments.slice(from, to).join('.');
  }
}

const quoted = (text: string): string => text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&');

export function compileSkipList(entries: readonly string[]): SkipList {
  const literal = new Set<string>();
  const patterns: { readonly match: (text: string, budget: Budget) => boolean; readonly whole: boolean }[] = [];
  const budget: Budget = { steps: stepLimit };
  const notUnderstood: string[] = [];
  let byLayer = false;
  for (const entry of entries.slice(0, entryLimit)) {
    const isRegex = entry.startsWith('re:');
    byLayer ||= /\d/.test(entry.replaceAll('conv1d', ''));
    if (!isRegex && !entry.includes('*')) {
      literal.add(bare(entry));
      continue;
    }
    const source = isRegex ? entry.slice(3) : `(.*\\.)?${quoted(bare(entry)).replaceAll('*', '.*')}(\\..*)?$`;
    const match = patterns.length < patternLimit ? compilePattern(source) : undefined;
    if (match) patterns.push({ match, whole: isRegex });
    else notUnderstood.push(entry);
  }
  const matches = (module: string): boolean => {
    for (const run of runsOf(module)) if (literal.has(run)) return true;
    return patterns.some(({ match, whole }) =>
      whole ? prefixes.some((prefix) => match(prefix + module, budget)) : match(module, budget),
    );
  };
  return { matches, byLayer, notUnderstood };
}
