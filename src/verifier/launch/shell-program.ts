/** A launch script as statements. Every line has to be one of the few kinds that launch files are made of. */
import {
  type Arithmetic,
  arithmeticOf,
  expandable,
  type Segment,
  type ShellWord,
  Unreadable,
  wordsOf,
} from './shell-words.ts';

export type Statement =
  | { readonly kind: 'assign'; readonly name: string; readonly word: ShellWord; readonly exported: boolean }
  | { readonly kind: 'array'; readonly name: string; readonly words: readonly ShellWord[]; readonly more: boolean }
  | {
      readonly kind: 'if';
      readonly condition: Arithmetic;
      readonly yes: readonly Statement[];
      readonly no: readonly Statement[];
    }
  | { readonly kind: 'command'; readonly words: readonly ShellWord[] }
  | { readonly kind: 'here'; readonly target: ShellWord; readonly text: readonly Segment[] };

/** The one function that a launch file may define, to the letter: what it does is known, and done in its place. */
const whole = `whole() {
  [[ "$2" =~ ^(0|[1-9][0-9]{0,8})$ ]] && (( $2 < $3 )) && return
  echo "$1 has to be a whole number below $3, and is: $2" >&2
  exit 2
}`.split('\n');

export interface ShellProgram {
  readonly comments: readonly string[];
  readonly statements: readonly Statement[];
}

interface Reader {
  readonly lines: readonly string[];
  at: number;
}

function arrayOf(reader: Reader, name: string, more: boolean): Statement {
  const words: ShellWord[] = [];
  for (;;) {
    const line = reader.lines[reader.at];
    reader.at += 1;
    if (line === undefined) throw new Unreadable(`the array ${name} is not closed`);
    if (line.trim() === ')') return { kind: 'array', name, words, more };
    words.push(...wordsOf(line));
  }
}

function hereOf(reader: Reader, target: string): Statement {
  const [word] = wordsOf(target);
  const from = reader.at;
  while (reader.lines[reader.at] !== 'EOF') {
    if (reader.at >= reader.lines.length) throw new Unreadable('a here-document has no end');
    reader.at += 1;
  }
  const text = reader.lines.slice(from, reader.at).join('\n');
  reader.at += 1;
  if (!word) throw new Unreadable('a here-document goes nowhere');
  return { kind: 'here', target: word, text: expandable({ text, at: 0 }, undefined) };
}

function ifOf(reader: Reader, condition: string): Statement {
  const yes = blockOf(reader, ['else', 'fi']);
  const no = reader.lines[reader.at - 1]?.trim() === 'else' ? blockOf(reader, ['fi']) : [];
  return { kind: 'if', condition: arithmeticOf(condition), yes, no };
}

function statementOf(reader: Reader, line: string): Statement {
  const condition = /^if \(\( (.+) \)\); then$/s.exec(line)?.[1];
  if (condition !== undefined) return ifOf(reader, condition);
  const here = /^cat > (\S+) <<EOF$/.exec(line)?.[1];
  if (here !== undefined) return hereOf(reader, here);
  const [, name, more, inline] = /^(\w+)(\+?)=\((?:(.*)\))?$/s.exec(line) ?? [];
  if (name !== undefined) {
    if (inline === undefined) return arrayOf(reader, name, more === '+');
    return { kind: 'array', name, words: wordsOf(inline), more: more === '+' };
  }
  const [, exported, variable, value] = /^(export )?([A-Za-z_]\w*)=(.*)$/s.exec(line) ?? [];
  if (variable !== undefined && value !== undefined) {
    const words = wordsOf(value);
    if (words.length > 1) throw new Unreadable(`a command has variables of its own: ${line}`);
    return { kind: 'assign', name: variable, word: words[0] ?? { segments: [], bare: false }, exported: !!exported };
  }
  return { kind: 'command', words: wordsOf(line) };
}

function blockOf(reader: Reader, ends: readonly string[]): readonly Statement[] {
  const statements: Statement[] = [];
  for (;;) {
    const line = reader.lines[reader.at];
    reader.at += 1;
    if (line === undefined) {
      if (ends.length > 0) throw new Unreadable('a condition has no end');
      return statements;
    }
    const text = line.trim();
    if (ends.includes(text)) return statements;
    if (text === '' || text.startsWith('#')) continue;
    if (text === whole[0]) {
      const same = whole.every((expected, i) => reader.lines[reader.at - 1 + i] === expected);
      if (!same) throw new Unreadable('whole() is another function than launch files have');
      reader.at += whole.length - 1;
      continue;
    }
    statements.push(statementOf(reader, text));
  }
}

export function programOf(script: string): ShellProgram {
  const lines = script.split('\n');
  if (lines[0] !== '#!/usr/bin/env bash') throw new Unreadable('the script does not begin with bash');
  const comments = lines.filter((line) => line.startsWith('#')).slice(1);
  const statements = blockOf({ lines, at: 1 }, []);
  return { comments: comments.map((line) => line.slice(1).trim()), statements };
}
