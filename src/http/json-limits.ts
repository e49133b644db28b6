/**
 * What a body may hold before it is parsed: one pass over its bytes that keeps no more than the way to where it stands. A megabyte
 * of brackets or of empty strings makes a hundred times its size in objects once it is parsed, and whoever walks them must trust
 * that they end.
 *
 * It judges no grammar: what is no JSON is for the parser to say.
 */
import type { Fault } from './ports.ts';

/** Beyond what any request or config.json needs; the longest of those list some ten thousand modules of a quantisation. */
export const jsonLimits = {
  depth: 64,
  /** Of one array. */
  items: 65_536,
  /** Of one object. */
  keys: 65_536,
  /** Of a whole body: items and keys together. */
  values: 262_144,
  stringBytes: 65_536,
  keyBytes: 1_024,
} as const;

interface Open {
  readonly isArray: boolean;
  count: number;
  /** Where the bytes of its latest key begin and end. */
  keyStart: number;
  keyEnd: number;
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [bracket, bracketEnd, brace, braceEnd] = [0x5b, 0x5d, 0x7b, 0x7d];
const [blank, tab, lineFeed, carriageReturn] = [0x20, 0x09, 0x0a, 0x0d];

/** The first excess, in the body's own order; undefined of a body within the limits. */
export function findExcess(body: Uint8Array): Fault | undefined {
  const open: Open[] = [];
  let level: Open | undefined;
  let values = 0;
  /** Whether the next thing is the first member of the innermost container. */
  let first = false;

  for (let i = 0; i < body.length; i += 1) {
    const byte = body[i];
    if (isBlank(byte)) continue;
    if (byte === bracketEnd || byte === braceEnd) {
      open.pop();
      level = open.at(-1);
      first = false;
      continue;
    }
    if (level && (first || byte === comma)) {
      first = false;
      level.count += 1;
      values += 1;
      const fault = countFault(level, values);
      if (fault !== undefined) return { pointer: pointerOf(body, open.slice(0, -1)), detail: fault };
    }
    if (byte === brace || byte === bracket) {
      if (open.length === jsonLimits.depth)
        return { pointer: pointerOf(body, open), detail: `is nested more than ${jsonLimits.depth} deep` };
      level = { isArray: byte === bracket, count: 0, keyStart: 0, keyEnd: 0 };
      open.push(level);
      first = true;
    } else if (byte === quote) {
      const start = i + 1;
      i = endOfString(body, start);
      const isKey = level !== undefined && !level.isArray && isFollowedByColon(body, i + 1);
      if (isKey && level) [level.keyStart, level.keyEnd] = [start, i];
      const fault = stringFault(body, { start, end: i, isKey });
      if (fault !== undefined) return { pointer: pointerOf(body, open), detail: fault };
    }
  }
  return undefined;
}

function isBlank(byte: number | undefined): boolean {
  return byte === blank || byte === lineFeed || byte === tab || byte === carriageReturn;
}

function countFault({ isArray, count }: Open, values: number): string | undefined {
  const limit = isArray ? jsonLimits.items : jsonLimits.keys;
  if (count > limit) return `has more than ${limit} ${isArray ? 'items' : 'keys'}`;
  return values > jsonLimits.values ? `is where the body has more than ${jsonLimits.values} values` : undefined;
}

/** Where its closing quote stands; the end of the body where it has none. */
function endOfString(body: Uint8Array, start: number): number {
  let end = start;
  while (end < body.length && body[end] !== quote) end += body[end] === backslash ? 2 : 1;
  return Math.min(end, body.length);
}

function isFollowedByColon(body: Uint8Array, from: number): boolean {
  for (let i = from; i < body.length; i += 1) {
    if (!isBlank(body[i])) return body[i] === colon;
  }
  return false;
}

const protoLength = '__proto__'.length;

function stringFault(
  body: Uint8Array,
  { start, end, isKey }: { readonly start: number; readonly end: number; readonly isKey: boolean },
): string | undefined {
  const limit = isKey ? jsonLimits.keyBytes : jsonLimits.stringBytes;
  if (end - start > limit) return `${isKey ? 'is a key' : 'is a text'} of more than ${limit} bytes`;
  // As an own property it would do no harm here; nobody who sends it means any good, and a later copy might give it effect.
  const mayBe = isKey && (end - start === protoLength || body.subarray(start, end).includes(backslash));
  return mayBe && textOf(body, { start, end }) === '__proto__' ? 'is an unknown key' : undefined;
}

/** A key as the parser would have it, escapes undone; its bytes where it is no JSON string. */
function textOf(body: Uint8Array, { start, end }: { readonly start: number; readonly end: number }): string {
  const raw = Buffer.from(body.buffer, body.byteOffset + start, end - start).toString('utf8');
  if (!raw.includes('\\')) return raw;
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
}

function pointerOf(body: Uint8Array, levels: readonly Open[]): string {
  return levels.map((level) => `/${step(body, level)}`).join('');
}

const longestStep = 80;

/** One step of a JSON pointer (RFC 6901). */
function step(body: Uint8Array, { isArray, count, keyStart, keyEnd }: Open): string {
  if (isArray) return String(Math.max(0, count - 1));
  const key = textOf(body, { start: keyStart, end: Math.min(keyEnd, keyStart + longestStep) });
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
