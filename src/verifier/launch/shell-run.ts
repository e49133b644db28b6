/** What a launch script would start, given its arguments: nothing is run, but every statement is followed. */
import { calculate } from './shell-arithmetic.ts';
import type { ShellProgram, Statement } from './shell-program.ts';
import { type Segment, type ShellWord, Unreadable } from './shell-words.ts';

export interface Started {
  /** The command that the script becomes. */
  readonly command: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  /** Files that it has written, by their names. */
  readonly written: ReadonlyMap<string, string>;
}

interface Call {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Where a script is, and where it makes a file. */
export const scriptFolder = '/launch';
const madeFile = '/tmp/made.yaml';

interface State {
  readonly call: Call;
  readonly variables: Map<string, string>;
  readonly arrays: Map<string, readonly string[]>;
  readonly exported: Set<string>;
  readonly written: Map<string, string>;
  strict: boolean;
  command: readonly string[] | undefined;
}

function variable(state: State, name: string): string | undefined {
  if (name === '#') return String(state.call.arguments.length);
  if (/^\d+$/.test(name)) return state.call.arguments[Number(name) - 1];
  return state.variables.get(name) ?? state.call.environment[name];
}

function numberOf(state: State, name: string): number {
  const value = variable(state, name.replace('$', ''));
  if (value === undefined || !/^\d+$/.test(value)) throw new Unreadable(`${name} is no number: ${value ?? 'not set'}`);
  return Number(value);
}

function elementsOf(state: State, name: string): readonly string[] {
  const elements = name === '@' ? state.call.arguments : state.arrays.get(name);
  if (!elements) throw new Unreadable(`there is no array ${name}`);
  return elements;
}

function segmentText(state: State, segment: Segment): string {
  switch (segment.kind) {
    case 'text':
      return segment.text;
    case 'arithmetic':
      return String(calculate(segment.expression, (name) => numberOf(state, name)));
    case 'substitution':
      return segment.command.startsWith('dirname') ? scriptFolder : madeFile;
    case 'element': {
      const index = calculate(segment.index, (name) => numberOf(state, name));
      const element = elementsOf(state, segment.name)[index];
      if (element === undefined) throw new Unreadable(`${segment.name} has no element ${index}`);
      return element;
    }
    case 'elements':
      throw new Unreadable(`all of ${segment.name} in one word`);
    case 'variable': {
      const value = variable(state, segment.name);
      if (value !== undefined && value !== '') return value;
      if (segment.otherwise !== undefined) return segment.otherwise;
      if (segment.required !== undefined || value === undefined)
        throw new Unreadable(`${segment.name} is not set: ${segment.required ?? ''}`);
      return value;
    }
  }
}

function textOf(state: State, { segments, bare }: ShellWord): string {
  if (bare) throw new Unreadable('a variable stands outside of quotes');
  let text = '';
  for (const segment of segments) text += segmentText(state, segment);
  return text;
}

function expanded(state: State, words: readonly ShellWord[]): readonly string[] {
  const texts: string[] = [];
  for (const word of words) {
    const { segments } = word;
    const only = segments.length === 1 ? segments[0] : undefined;
    if (only?.kind === 'elements') texts.push(...elementsOf(state, only.name));
    else texts.push(textOf(state, word));
  }
  return texts;
}

function obey(state: State, words: readonly string[]): void {
  const [name, ...rest] = words;
  switch (name) {
    case 'set':
      if (rest.join(' ') !== '-euo pipefail') throw new Unreadable(`set ${rest.join(' ')}`);
      state.strict = true;
      return;
    case 'echo':
      return;
    case 'exit':
      throw new Unreadable(`the script exits with ${rest.join(' ')}`);
    case 'whole': {
      const [what, value = '', below = ''] = rest;
      if (!/^\d+$/.test(value) || !/^\d+$/.test(below) || Number(value) >= Number(below))
        throw new Unreadable(`${what} ${value} is refused: it has to be below ${below}`);
      return;
    }
    case 'exec':
      state.command = rest;
      return;
    default:
      throw new Unreadable(`${name} is no command that launch files use`);
  }
}

function follow(state: State, statements: readonly Statement[]): void {
  for (const statement of statements) {
    if (state.command) throw new Unreadable('the script goes on after it has become its command');
    switch (statement.kind) {
      case 'assign':
        state.variables.set(statement.name, textOf(state, statement.word));
        if (statement.exported) state.exported.add(statement.name);
        break;
      case 'array': {
        const before = statement.more ? elementsOf(state, statement.name) : [];
        state.arrays.set(statement.name, [...before, ...expanded(state, statement.words)]);
        break;
      }
      case 'if': {
        const holds = calculate(statement.condition, (name) => numberOf(state, name)) !== 0;
        follow(state, holds ? statement.yes : statement.no);
        break;
      }
      case 'here': {
        const written = textOf(state, { segments: statement.text, bare: false });
        state.written.set(textOf(state, statement.target), written);
        break;
      }
      case 'command':
        obey(state, expanded(state, statement.words));
    }
  }
}

/** @throws Unreadable where the script stops, does not know a name, or does what launch files never do. */
export function startedBy({ statements }: ShellProgram, call: Call): Started {
  const state: State = {
    call,
    variables: new Map(),
    arrays: new Map(),
    exported: new Set(),
    written: new Map(),
    strict: false,
    command: undefined,
  };
  follow(state, statements);
  const { command, strict, written } = state;
  if (!command) throw new Unreadable('the script starts nothing');
  if (!strict) throw new Unreadable('the script goes on after a fault: set -euo pipefail is missing');
  const environment = new Map([...state.exported].map((name) => [name, state.variables.get(name) ?? '']));
  return { command, environment, written };
}
