/**
 * Words of bash, as far as launch files use them: quotes, variables, elements of arrays, arithmetic, and two known substitutions. Anything else is
 * refused, so that nothing is believed to be understood that is not.
 */

/** A script that cannot be read, or that stops by itself. */
export class Unreadable extends Error {}

/** Arithmetic as it stands, cut into its tokens: a script is read once and followed for many processes. */
export interface Arithmetic {
  readonly text: string;
  readonly tokens: readonly string[];
}

export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string; readonly otherwise?: string; readonly required?: string }
  | { readonly kind: 'element'; readonly name: string; readonly index: Arithmetic }
  /** All elements of an array, each a word of its own. */
  | { readonly kind: 'elements'; readonly name: string }
  | { readonly kind: 'arithmetic'; readonly expression: Arithmetic }
  | { readonly kind: 'substitution'; readonly command: string };

export interface ShellWord {
  readonly segments: readonly Segment[];
  /** A variable outside of quotes would be split and matched against files. */
  readonly bare: boolean;
}

const substitutions = ['dirname -- "$0"', 'mktemp --suffix=.yaml'] as const;

const token = /\s*(\d+|\w+|==|!=|[-+*%<>?:()#]|\$#)\s*/y;

/** @throws Unreadable where there is something that launch files do not use. */
export function arithmeticOf(text: string): Arithmetic {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const found = token.exec(text);
    if (!found?.[1]) throw new Unreadable(`${text} is no arithmetic that launch files use`);
    tokens.push(found[1]);
  }
  return { text, tokens };
}

interface Cursor {
  readonly text: string;
  at: number;
}

function takeUntil(cursor: Cursor, end: string): string {
  const stop = cursor.text.indexOf(end, cursor.at);
  if (stop < 0) throw new Unreadable(`there is no ${end} to what begins in: ${cursor.text}`);
  const taken = cursor.text.slice(cursor.at, stop);
  cursor.at = stop + end.length;
  return taken;
}

/** What a sticky pattern matches where the cursor is. */
function run(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  if (found !== undefined) cursor.at += found.length;
  return found;
}

const variableName = /\w+|[#@]/y;
/** Neither the end of quotes, nor anything that double quotes leave its meaning. */
const inQuotes = /[^"`\\$]+/y;

function braced(inside: string): Segment {
  const all = /^(\w+)\[@\]$/.exec(inside);
  if (all?.[1]) return { kind: 'elements', name: all[1] };
  const element = /^(\w+)\[([^\]]+)\]$/.exec(inside);
  if (element?.[1] && element[2]) return { kind: 'element', name: element[1], index: arithmeticOf(element[2]) };
  const parts = /^(\w+)(?::([-?])(.*))?$/s.exec(inside);
  if (!parts?.[1]) throw new Unreadable(`\${${inside}} is no expansion that launch files use`);
  const [, name, operator, rest = ''] = parts;
  if (operator === '-') return { kind: 'variable', name, otherwise: rest };
  if (operator === '?') return { kind: 'variable', name, required: rest };
  return { kind: 'variable', name };
}

/** After a dollar sign. */
function expansion(cursor: Cursor): Segment {
  const { text } = cursor;
  if (text.startsWith('((', cursor.at)) {
    cursor.at += 2;
    return { kind: 'arithmetic', expression: arithmeticOf(takeUntil(cursor, '))')) };
  }
  if (text[cursor.at] === '(') {
    const known = substitutions.find((command) => text.startsWith(`(${command})`, cursor.at));
    if (!known) throw new Unreadable(`a command is substituted that launch files do not use: ${text}`);
    cursor.at += known.length + 2;
    return { kind: 'substitution', command: known };
  }
  if (text[cursor.at] === '{') {
    cursor.at += 1;
    return braced(takeUntil(cursor, '}'));
  }
  const name = run(cursor, variableName);
  if (name === undefined) throw new Unreadable(`a dollar sign stands alone in: ${text}`);
  return name === '@' ? { kind: 'elements', name } : { kind: 'variable', name };
}

/** What is between double quotes, or the lines of a here-document. Stops at an unescaped `end`. */
export function expandable(cursor: Cursor, end: string | undefined): readonly Segment[] {
  const segments: Segment[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') segments.push({ kind: 'text', text: plain });
    plain = '';
  };
  for (;;) {
    const next = cursor.text[cursor.at];
    if (next === undefined) {
      if (end !== undefined) throw new Unreadable(`a quote is not closed in: ${cursor.text}`);
      break;
    }
    cursor.at += 1;
    if (next === end) break;
    if (next === '`') throw new Unreadable('launch files have no backquotes');
    if (next === '\\') {
      plain += cursor.text[cursor.at] ?? '';
      cursor.at += 1;
    } else if (next === '$') {
      flush();
      segments.push(expansion(cursor));
    } else plain += next + (run(cursor, inQuotes) ?? '');
  }
  flush();
  return segments;
}

const unquoted = /[\w.,:=@%/+<>&!\-{}[\]]+/y;

function wordAt(cursor: Cursor): ShellWord {
  const segments: Segment[] = [];
  let bare = false;
  while (cursor.at < cursor.text.length) {
    const plain = run(cursor, unquoted);
    if (plain !== undefined) {
      segments.push({ kind: 'text', text: plain });
      continue;
    }
    const next = cursor.text[cursor.at] ?? '';
    if (/\s/.test(next)) break;
    cursor.at += 1;
    if (next === "'") segments.push({ kind: 'text', text: takeUntil(cursor, "'") });
    else if (next === '"') segments.push(...expandable(cursor, '"'));
    else if (next === '\\') {
      segments.push({ kind: 'text', text: cursor.text[cursor.at] ?? '' });
      cursor.at += 1;
    } else if (next === '$') {
      const expanded = expansion(cursor);
      segments.push(expanded);
      // A number has nothing in it that could be split.
      bare ||= expanded.kind !== 'arithmetic';
    } else throw new Unreadable(`${next} stands unquoted in: ${cursor.text}`);
  }
  return { segments, bare };
}

export function wordsOf(text: string): readonly ShellWord[] {
  const cursor: Cursor = { text, at: 0 };
  const words: ShellWord[] = [];
  for (;;) {
    while (/\s/.test(cursor.text[cursor.at] ?? '')) cursor.at += 1;
    if (cursor.at >= text.length) return words;
    words.push(wordAt(cursor));
  }
}
