/**
 * YAML as far as launch files use it: block maps and lists, scalars of one line, literal blocks, flow collections on one line. Whatever else there is, is
 * refused, so that nothing is believed to be understood that is not; so are words that YAML 1.1, which Python's and some of Kubernetes' tools read,
 * takes for another value than YAML 1.2 does. The emitter writes by a library that has no part in this.
 */
import { Unreadable } from './shell-words.ts';

interface Line {
  readonly indent: number;
  readonly text: string;
  /** Its key and what stands after it; null where it has none. Each node that the line may belong to asks. */
  entry?: readonly (string | undefined)[] | null;
}

interface Reader {
  readonly lines: readonly string[];
  at: number;
  /** The line at `at`, where it has been looked at: each of the nodes that it may end looks at it. */
  seen: (Line & { readonly at: number }) | undefined;
}

/** Blanks indent, and nothing else does. */
function depth(line: string): number {
  let blanks = 0;
  while (line[blanks] === ' ') blanks += 1;
  return blanks;
}
const isBlank = (line: string): boolean => depth(line) === line.length;

/** The next line that says something. Blank lines and comments are passed over. */
function next(reader: Reader): Line | undefined {
  if (reader.seen?.at === reader.at) return reader.seen;
  for (; reader.at < reader.lines.length; reader.at += 1) {
    const line = reader.lines[reader.at] ?? '';
    const indent = depth(line);
    if (indent === line.length || line[indent] === '#') continue;
    const text = line.slice(indent).trimEnd();
    if (line[indent] === '\t') throw new Unreadable(`a tab indents: ${text}`);
    reader.seen = { indent, text, at: reader.at };
    return reader.seen;
  }
  return undefined;
}

const whole = /^-?(?:0|[1-9][0-9]*)$/;
const decimal = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?$/i;
/** Truths, octal and hexadecimal numbers, numbers in groups and to the base of 60, dates, infinities: not one value to all readers. */
const ambiguous =
  /^(?:y|n|yes|no|on|off|true|false|null|~|[-+]?\.(?:inf|nan)|[-+]?0[xob]?[0-9a-f_]+|[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?|\+?\.[0-9]+|[-+]?[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|<<)$/i;
const indicator = /^[-?:](?:\s|$)|^[,[\]{}#&*!|>'"%@`]/;

function plain(text: string): unknown {
  switch (text) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'null':
      return null;
  }
  if (whole.test(text) || decimal.test(text)) return Number(text);
  if (ambiguous.test(text)) throw new Unreadable(`${text} is read as one thing or another: it wants quotes`);
  if (indicator.test(text) || /:(?:\s|$)|\s#/.test(text))
    throw new Unreadable(`a value that is no plain text: ${text}`);
  return text;
}

function quoted(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  try {
    return String(JSON.parse(text));
  } catch {
    throw new Unreadable(`quotes with something in them that launch files never have: ${text}`);
  }
}

const string = /"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/sy;

function stringAt(text: string, at: number): string | undefined {
  string.lastIndex = at;
  return string.exec(text)?.[0];
}

/** A collection on one line, or a scalar within one. */
function flow(text: string): unknown {
  let at = 0;
  const blanks = () => {
    while (text[at] === ' ') at += 1;
  };
  const taken = (wanted: string): boolean => {
    blanks();
    if (text[at] !== wanted) return false;
    at += 1;
    return true;
  };
  const scalar = (ends: RegExp): unknown => {
    blanks();
    const own = stringAt(text, at);
    if (own !== undefined) {
      at += own.length;
      return quoted(own);
    }
    const rest = text.slice(at);
    const length = rest.search(ends);
    const word = (length < 0 ? rest : rest.slice(0, length)).trimEnd();
    if (word === '') throw new Unreadable(`a value is missing in ${text}`);
    at += word.length;
    return plain(word);
  };
  const value = (): unknown => {
    if (taken('[')) {
      const items: unknown[] = [];
      while (!taken(']')) {
        if (items.length > 0 && !taken(',')) throw new Unreadable(`a comma is missing in ${text}`);
        items.push(value());
      }
      return items;
    }
    if (!taken('{')) return scalar(/[,[\]{}]/);
    const map: Record<string, unknown> = {};
    let entries = 0;
    while (!taken('}')) {
      if (entries > 0 && !taken(',')) throw new Unreadable(`a comma is missing in ${text}`);
      entries += 1;
      const key = scalar(/:(?: |$)|[,[\]{}]/);
      if (!taken(':')) throw new Unreadable(`a key without a value in ${text}`);
      put(map, String(key), value());
    }
    return map;
  };
  const found = value();
  blanks();
  if (at !== text.length) throw new Unreadable(`${text} goes on after its end`);
  return found;
}

function put(map: Record<string, unknown>, key: string, value: unknown): void {
  if (Object.hasOwn(map, key)) throw new Unreadable(`the key ${key} is there twice`);
  // An object takes this one for something else than a key.
  if (key === '__proto__') throw new Unreadable(`a key that launch files never have: ${key}`);
  map[key] = value;
}

/** The lines of a literal block, which are deeper than `outside`. */
function literal(reader: Reader, header: string, outside: number): string {
  const [, own, chomp] = /^\|([1-9]?)([-+]?)$/.exec(header) ?? [];
  if (chomp === undefined) throw new Unreadable(`a block that is not written out line by line: ${header}`);
  let from = reader.at;
  while (from < reader.lines.length && isBlank(reader.lines[from] ?? '')) from += 1;
  const first = reader.lines[from] ?? '';
  const indent = own ? Math.max(outside, 0) + Number(own) : depth(first);
  if (indent <= outside || isBlank(first)) throw new Unreadable('a block without a line in it');
  const lines: string[] = [];
  for (; reader.at < reader.lines.length; reader.at += 1) {
    const line = reader.lines[reader.at] ?? '';
    const deep = depth(line);
    if (deep < indent && deep !== line.length) break;
    lines.push(line.slice(indent));
  }
  const text = lines.join('\n');
  const body = text.replace(/\n+$/, '');
  if (chomp === '-') return body;
  return chomp === '+' ? `${text}\n` : `${body}\n`;
}

/** What stands after a key or a dash, on its line or on those that follow. */
function inline(reader: Reader, text: string, outside: number): unknown {
  if (text.startsWith('|') || text.startsWith('>')) return literal(reader, text, outside);
  if (text.startsWith('{') || text.startsWith('[')) return flow(text);
  const own = stringAt(text, 0);
  if (own !== undefined) {
    if (own.length !== text.length) throw new Unreadable(`${text} goes on after its quotes`);
    return quoted(own);
  }
  return plain(text);
}

const entry = /^([\w./$-]+|"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'):(?: +(.*))?$/s;
const isItem = (text: string) => text === '-' || text.startsWith('- ');

function entryOf(line: Line): readonly (string | undefined)[] | null {
  if (line.entry === undefined) line.entry = entry.exec(line.text);
  return line.entry;
}

function mapAt(reader: Reader, indent: number): unknown {
  const map: Record<string, unknown> = {};
  for (let line = next(reader); line && line.indent >= indent; line = next(reader)) {
    const [, name, told] = entryOf(line) ?? [];
    if (line.indent > indent || name === undefined) throw new Unreadable(`no key where one is due: ${line.text}`);
    reader.at += 1;
    const key = name.startsWith('"') || name.startsWith("'") ? quoted(name) : name;
    put(map, key, told ? inline(reader, told, indent) : below(reader, indent, true));
  }
  return map;
}

function listAt(reader: Reader, indent: number): unknown {
  const items: unknown[] = [];
  for (let line = next(reader); line && line.indent >= indent; line = next(reader)) {
    if (line.indent > indent) throw new Unreadable(`no item where one is due: ${line.text}`);
    if (!isItem(line.text)) break;
    const told = line.text.slice(1).trimStart();
    const at = indent + line.text.length - told.length;
    const rest = { indent: at, text: told, at: reader.at };
    if (told !== '' && (isItem(told) || entryOf(rest))) {
      // What follows the dash is the first line of what is below it.
      reader.seen = rest;
      items.push(nodeAt(reader, rest));
    } else {
      reader.at += 1;
      items.push(told === '' ? below(reader, indent, false) : inline(reader, told, indent));
    }
  }
  return items;
}

function nodeAt(reader: Reader, line: Line): unknown {
  const { indent, text } = line;
  if (isItem(text)) return listAt(reader, indent);
  if (entryOf(line)) return mapAt(reader, indent);
  reader.at += 1;
  return inline(reader, text, indent - 1);
}

/** What is deeper than `outside`; null where nothing is. A list may stand as deep as the key that it belongs to. */
function below(reader: Reader, outside: number, isValue: boolean): unknown {
  const line = next(reader);
  if (!line) return null;
  const alongside = isValue && line.indent === outside && isItem(line.text);
  return line.indent > outside || alongside ? nodeAt(reader, line) : null;
}

function documentOf(lines: readonly string[]): unknown {
  const reader: Reader = { lines, at: 0, seen: undefined };
  const content = below(reader, -1, false);
  const left = next(reader);
  if (left) throw new Unreadable(`the document goes on after its end: ${left.text}`);
  return content;
}

/**
 * The documents of a text, as JSON has them.
 * @throws Unreadable where there is something that launch files do not use.
 */
export function readYaml(text: string): readonly unknown[] {
  const documents: string[][] = [[]];
  for (const line of text.replace(/\n$/, '').split('\n')) {
    if (line === '---') documents.push([]);
    else if (line === '...' || line.startsWith('%') || line.includes('\r'))
      throw new Unreadable(`a line that launch files do not have: ${line}`);
    else documents.at(-1)?.push(line);
  }
  // A file may begin with the mark of its first document.
  const says = (lines: readonly string[]) => lines.some((line) => /^\s*[^\s#]/.test(line));
  const [first = [], ...others] = documents;
  return (others.length > 0 && !says(first) ? others : documents).map(documentOf);
}
