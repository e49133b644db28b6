/** Arguments and words of a command line, put together. */
import type { Argument, Part, Word } from './launch-plan.ts';

export function flag(name: string, value?: string | number | Word, on?: Argument['on']): Argument {
  const word = value === undefined ? undefined : typeof value === 'object' ? value : [String(value)];
  return { flag: name, ...(word && { value: word }), ...(on && { on }) };
}

/** Nothing where the condition does not hold. */
export function given<T>(holds: boolean, items: readonly T[]): readonly T[] {
  return holds ? items : [];
}

export function port(base: number, stride = 1): Extract<Part, { variable: 'port' }> {
  return { variable: 'port', base, stride };
}

export const model: Part = { variable: 'model' };
export const draftModel: Part = { variable: 'draft-model' };
export const headAddress: Part = { variable: 'head-address' };
export const nodeAddress: Part = { variable: 'node-address' };

/** The degrees' flags as they would be typed, for a sentence. Nothing in them varies from node to node. */
export function inWords(args: readonly Argument[]): string {
  const word = (value: Word) => value.map((part) => (typeof part === 'string' ? part : part.variable)).join('');
  const quoted = (text: string) => (/^[\w.,:=@%/+-]+$/.test(text) ? text : `'${text}'`);
  return args.map(({ flag: name, value }) => (value ? `${name} ${quoted(word(value))}` : name)).join(' ');
}
