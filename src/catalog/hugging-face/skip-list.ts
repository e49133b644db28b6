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
  /** Matching took too long and was given up: what came after counts as not on the list. */
  readonly gaveUp: () => boolean;
}

/** Entries looked at: the longest published lists name each matrix of each expert of a hundred layers. */
const entryLimit = 500_000;
const patternLimit = 500;
const stepLimit = 10_000_000;

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

/** Whether a path, or an end of it after a dot, begins as the glob says, and goes on as it says up to a dot or its end. */
function globMatches(pieces: readonly string[], path: string): boolean {
  const [first = '', ...others] = pieces;
  for (let start = 0; start >= 0; start = path.indexOf('.', start) + 1) {
    if (path.startsWith(first, start) && continues(others, path, start + first.length)) return true;
    if (path.indexOf('.', start) < 0) return false;
  }
  return false;
}

function continues(pieces: readonly string[], path: string, from: number): boolean {
  let at = from;
  for (const [i, piece] of pieces.entries()) {
    const isLast = i === pieces.length - 1;
    if (isLast && (piece === '' || path.endsWith(piece))) return path.length - piece.length >= at;
    const found = path.indexOf(isLast ? `${piece}.` : piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return true;
}

export function compileSkipList(entries: readonly string[]): SkipList {
  const literal = new Set<string>();
  const globs: (readonly string[])[] = [];
  const patterns: ((text: string, budget: Budget) => boolean)[] = [];
  const notUnderstood: string[] = [];
  const budget: Budget = { steps: stepLimit };
  let byLayer = false;
  for (const entry of entries.slice(0, entryLimit)) {
    const isRegex = entry.startsWith('re:');
    byLayer ||= /\d/.test(entry.replaceAll('conv1d', ''));
    if (isRegex) {
      const match = patterns.length < patternLimit ? compilePattern(entry.slice(3)) : undefined;
      if (match) patterns.push(match);
      else notUnderstood.push(entry);
    } else if (!entry.includes('*')) literal.add(bare(entry));
    else if (globs.length < patternLimit && entry.length < 500) globs.push(bare(entry).split('*'));
    else notUnderstood.push(entry);
  }
  const matches = (module: string): boolean => {
    for (const run of runsOf(module)) if (literal.has(run)) return true;
    if (globs.some((glob) => globMatches(glob, module))) return true;
    return budget.steps > 0 && patterns.some((match) => prefixes.some((prefix) => match(prefix + module, budget)));
  };
  return { matches, byLayer, notUnderstood, gaveUp: () => budget.steps <= 0 };
}
