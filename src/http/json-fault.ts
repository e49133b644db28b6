/**
 * Where a text stops being JSON, and what was probably meant. Runs only after JSON.parse has refused a body: its own
 * message quotes the body and often gives no position.
 */

export interface JsonFault {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  readonly detail: string;
}

type Expecting = 'value' | 'first-item' | 'key' | 'first-key' | 'colon' | 'comma' | 'end';

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /[-+]?[A-Za-z_$][\w$]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are just what JSON strings may not hold
const stringBody = /"(?:[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const blanks = ' \t\r\n';

/** Undefined when the text is JSON after all. */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: ('{' | '[')[] = [];
  let expecting: Expecting = 'value';
  let at = 0;

  const fault = (detail: string, where = at): JsonFault => {
    const before = text.slice(0, where);
    const lineStart = before.lastIndexOf('\n') + 1;
    return { line: before.split('\n').length, column: where - lineStart + 1, detail };
  };
  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? '';
  };
  // A loop, since it runs before every token: a regular expression would take most of the time that a megabyte takes.
  const skipBlanks = (): void => {
    for (let char = text[at]; char !== undefined && blanks.includes(char); char = text[at]) at += 1;
  };
  const afterValue = (): Expecting => (open.length === 0 ? 'end' : 'comma');

  for (;;) {
    skipBlanks();
    const char = text[at];
    if (char === undefined) return expecting === 'end' ? undefined : fault(unfinished(open.at(-1), expecting));
    if (expecting === 'end') return fault('the JSON ends before this, and more text follows');

    if (char === '}' || char === ']') {
      const opener = open.at(-1);
      const first = expecting === 'first-item' || expecting === 'first-key';
      if (opener === undefined || (opener === '{') !== (char === '}'))
        return fault(`"${char}" closes nothing that is open here`);
      if (expecting === 'key') return fault(`a comma before "${char}": JSON has no trailing commas`);
      if (!first && expecting !== 'comma') return fault(`a value is missing before "${char}"`);
      open.pop();
      expecting = afterValue();
      at += 1;
    } else if (expecting === 'comma') {
      if (char !== ',')
        return fault(`a comma or "${open.at(-1) === '{' ? '}' : ']'}" is missing before ${quote(text, at)}`);
      expecting = open.at(-1) === '{' ? 'key' : 'value';
      at += 1;
      skipBlanks();
      if (text[at] === ']') return fault('a comma before "]": JSON has no trailing commas');
    } else if (expecting === 'colon') {
      if (char !== ':') return fault(`a colon is missing before ${quote(text, at)}`);
      expecting = 'value';
      at += 1;
    } else if (char === '"') {
      const body = match(stringBody);
      const end = at + body.length;
      if (text[end] !== '"') return fault(stringFault(text[end]), end);
      at = end + 1;
      expecting = wantsKey(expecting) ? 'colon' : afterValue();
    } else if (wantsKey(expecting)) {
      return fault(
        char === "'" || /[\w$]/.test(char)
          ? 'keys stand in double quotes'
          : `a key is missing before ${quote(text, at)}`,
      );
    } else if (char === '{' || char === '[') {
      open.push(char);
      expecting = char === '{' ? 'first-key' : 'first-item';
      at += 1;
    } else {
      const digits = match(number);
      const literal = digits || match(word);
      const next = text[at + literal.length] ?? '';
      if (digits && /[\w.+]/.test(next))
        return fault(`${quote(text, at)} is not a JSON number: write it as 64, 0.5 or 1e9`);
      if (!digits && literal !== 'true' && literal !== 'false' && literal !== 'null')
        return fault(notAValue(literal, char, text, at));
      at += literal.length;
      expecting = afterValue();
    }
  }
}

function wantsKey(expecting: Expecting): boolean {
  return expecting === 'key' || expecting === 'first-key';
}

function notAValue(literal: string, char: string, text: string, at: number): string {
  if (/^[-+]?(NaN|Infinity|inf|nan)$/.test(literal))
    return `JSON has no ${literal}: give a finite number, or leave the key out`;
  if (literal === 'None' || literal === 'undefined') return `JSON has no ${literal}: write null, or leave the key out`;
  if (literal === 'True' || literal === 'False') return `JSON writes ${literal.toLowerCase()} in small letters`;
  if (literal) return `${quote(text, at)} is no JSON value: words stand in double quotes`;
  if (char === "'") return 'strings stand in double quotes';
  if (char === '/' || char === '#') return 'JSON has no comments';
  if (char === '.' || char === '+') return `${quote(text, at)} is not a JSON number: write it as 64, 0.5 or 1e9`;
  return `a value is missing before ${quote(text, at)}`;
}

function stringFault(char: string | undefined): string {
  if (char === undefined) return 'the text ends inside a string';
  if (char === '\\') return 'a backslash that begins no JSON escape';
  return 'a line break or control character inside a string: write \\n, \\t or \\u0000';
}

function unfinished(opener: '{' | '[' | undefined, expecting: Expecting): string {
  if (opener === undefined) return expecting === 'value' ? 'there is no value' : 'the text ends too soon';
  return `the text ends before the "${opener === '{' ? '}' : ']'}" that closes it`;
}

/** A few characters of the text from a position, as far as the next blank or comma. */
function quote(text: string, at: number): string {
  const found = /^[^\s,:[\]{}"]{1,20}|^./su.exec(text.slice(at, at + 20))?.[0] ?? '';
  return JSON.stringify(found);
}
