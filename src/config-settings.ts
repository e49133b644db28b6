/** What a setting of the environment is: its name, how its text is read, how it is documented and shown. */
import { isIP } from 'node:net';
import { resolve } from 'node:path';

/** `fault` goes on where the message begins with the name and the text: «PORT: "http" is not a whole number …». */
export type Reading<Value> = { readonly value: Value } | { readonly fault: string };

export interface Setting<Value> {
  /** Of the environment variable. */
  readonly name: string;
  readonly otherwise: Value;
  /** The default, for the documentation. */
  readonly otherwiseText: string;
  /** What it sets, in Markdown, without a full stop. */
  readonly says: string;
  /** What a value may be, in Markdown. */
  readonly allowed: string;
  /** Whether its value must never be printed. */
  readonly secret: boolean;
  /** `text` is trimmed and not empty. */
  read(text: string): Reading<Value>;
  /** The value as it may be logged. */
  show(value: unknown): string;
}

interface Words<Value> {
  readonly otherwise: Value;
  readonly says: string;
  /** Where the default depends on the machine. */
  readonly otherwiseText?: string;
}

const shown = (value: unknown): string => (value === undefined ? '' : String(value));

const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

function setting<Value>(
  name: string,
  given: Words<Value> & Pick<Setting<Value>, 'allowed' | 'read'> & Partial<Pick<Setting<Value>, 'show' | 'secret'>>,
): Setting<Value> {
  const { otherwise, otherwiseText = code(shown(otherwise)), secret = false, ...rest } = given;
  const show = secret ? (value: unknown) => (value === undefined ? '' : '(secret)') : shown;
  return { name, otherwise, otherwiseText, secret, show, ...rest };
}

export function integer(
  name: string,
  { min, max, ...rest }: Words<number> & { readonly min: number; readonly max: number },
): Setting<number> {
  return setting(name, {
    ...rest,
    allowed: `${min} to ${max}`,
    read(text) {
      const number = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return number >= min && number <= max
        ? { value: number }
        : { fault: `is not a whole number from ${min} to ${max}` };
    },
  });
}

const DAY_MS = 86_400_000;

export function milliseconds(name: string, given: Words<number> & { readonly min: number }): Setting<number> {
  return integer(name, { max: DAY_MS, ...given });
}

export function bytes(
  name: string,
  given: Words<number> & { readonly min?: number; readonly max: number },
): Setting<number> {
  return integer(name, { min: 0, ...given });
}

export function words<const Word extends string>(
  name: string,
  { words: all, ...rest }: Words<NoInfer<Word>> & { readonly words: readonly Word[] },
): Setting<Word> {
  return setting<Word>(name, {
    ...rest,
    allowed: all.map(code).join(', '),
    read(text) {
      const found = all.find((word) => word === text.toLowerCase());
      return found === undefined ? { fault: `is not one of ${all.join(', ')}` } : { value: found };
    },
  });
}

export function host(name: string, given: Words<string>): Setting<string> {
  const hostname = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;
  return setting(name, {
    ...given,
    allowed: 'an IP address or a host name',
    read(text) {
      const looksNumeric = /^[0-9.]+$/.test(text);
      return isIP(text) !== 0 || (hostname.test(text) && !looksNumeric)
        ? { value: text }
        : { fault: 'is neither an IP address nor a host name' };
    },
  });
}

/** A path, made absolute. */
export function path(name: string, { otherwise, ...rest }: Words<string>): Setting<string> {
  return setting(name, {
    ...rest,
    otherwise: resolve(otherwise),
    otherwiseText: code(otherwise),
    allowed: 'a path',
    read: (text) => ({ value: resolve(text) }),
  });
}

/** Absent unless it is set. A password in it is masked where the value is shown. */
export function url(
  name: string,
  { protocols, ...rest }: { readonly protocols: readonly string[]; readonly says: string },
): Setting<string | undefined> {
  const expected = `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
  return setting<string | undefined>(name, {
    ...rest,
    otherwise: undefined,
    otherwiseText: 'none',
    allowed: `a URL: ${protocols.map((protocol) => code(`${protocol}//…`)).join(', ')}`,
    // A value that is no URL may still hold a password: the fault must not repeat it.
    secret: true,
    read(text) {
      const parsed = URL.canParse(text) ? new URL(text) : undefined;
      return parsed && protocols.includes(parsed.protocol) && parsed.hostname !== ''
        ? { value: text }
        : { fault: `is not ${expected}` };
    },
    show: (value) => (typeof value === 'string' ? withoutPassword(value) : ''),
  });
}

function withoutPassword(text: string): string {
  const parsed = new URL(text);
  if (parsed.password !== '') parsed.password = '***';
  return parsed.href;
}

/** On or off. */
export function flag(name: string, given: Words<boolean>): Setting<boolean> {
  return setting(name, {
    ...given,
    otherwiseText: given.otherwise ? '`true`' : '`false`',
    allowed: '`true`, `false`',
    read(text) {
      const word = text.toLowerCase();
      if (['true', '1', 'on', 'yes'].includes(word)) return { value: true };
      if (['false', '0', 'off', 'no'].includes(word)) return { value: false };
      return { fault: 'is neither true nor false' };
    },
  });
}

/** Words separated by commas, each of a pattern. */
export function list(
  name: string,
  { each, ...rest }: { readonly says: string; readonly each: { readonly pattern: RegExp; readonly words: string } },
): Setting<readonly string[]> {
  return setting<readonly string[]>(name, {
    ...rest,
    otherwise: [],
    otherwiseText: 'none',
    allowed: `${each.words}, separated by commas`,
    read(text) {
      const parts = text.split(',').map((part) => part.trim());
      return parts.every((part) => each.pattern.test(part))
        ? { value: parts }
        : { fault: `is not a list, separated by commas, of ${each.words}` };
    },
    show: (value) => (Array.isArray(value) ? value.join(',') : ''),
  });
}

/** A text of a pattern, absent unless it is set. */
export function text(
  name: string,
  { pattern, expected, ...rest }: { readonly says: string; readonly pattern: RegExp; readonly expected: string },
): Setting<string | undefined> {
  return setting<string | undefined>(name, {
    ...rest,
    otherwise: undefined,
    otherwiseText: 'none',
    allowed: expected,
    read: (given) => (pattern.test(given) ? { value: given } : { fault: `is not ${expected}` }),
  });
}

/** Absent unless it is set: a path to a file or folder. */
export function optionalPath(name: string, { says }: { readonly says: string }): Setting<string | undefined> {
  return setting<string | undefined>(name, {
    says,
    otherwise: undefined,
    otherwiseText: 'none',
    allowed: 'a path',
    read: (given) => ({ value: resolve(given) }),
  });
}
