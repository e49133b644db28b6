/** Arithmetic of bash on whole numbers, as far as launch files use it: ? : < == != + - * % and brackets. */
import { type Arithmetic, Unreadable } from './shell-words.ts';

export function calculate({ text, tokens }: Arithmetic, numberNamed: (name: string) => number): number {
  let at = 0;
  const take = (wanted: string): boolean => {
    if (tokens[at] !== wanted) return false;
    at += 1;
    return true;
  };
  const single = (): number => {
    const next = tokens[at];
    at += 1;
    if (next === '(') {
      const inner = choice();
      if (!take(')')) throw new Unreadable(`a bracket is not closed in ${text}`);
      return inner;
    }
    if (next === undefined || !/^(\w+|\$#)$/.test(next)) throw new Unreadable(`a value is missing in ${text}`);
    return /^\d/.test(next) ? Number(next) : numberNamed(next);
  };
  const product = (): number => {
    let value = single();
    for (;;) {
      if (take('*')) value *= single();
      else if (take('%')) value %= single();
      else return value;
    }
  };
  const sum = (): number => {
    let value = product();
    for (;;) {
      if (take('+')) value += product();
      else if (take('-')) value -= product();
      else return value;
    }
  };
  const comparison = (): number => {
    const value = sum();
    if (take('==')) return value === sum() ? 1 : 0;
    if (take('!=')) return value !== sum() ? 1 : 0;
    if (take('<')) return value < sum() ? 1 : 0;
    return value;
  };
  const choice = (): number => {
    const condition = comparison();
    if (!take('?')) return condition;
    const yes = choice();
    if (!take(':')) throw new Unreadable(`there is no other way in ${text}`);
    const no = choice();
    return condition !== 0 ? yes : no;
  };
  const value = choice();
  if (at !== tokens.length) throw new Unreadable(`${text} goes on after its end`);
  return value;
}
