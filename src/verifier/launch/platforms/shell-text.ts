/** A text that a shell reads as words, with nothing in it to be done. */
import { type Segment, Unreadable, wordsOf } from '../shell-words.ts';

function textOf(segment: Segment, variables: Readonly<Record<string, string>>): string {
  if (segment.kind === 'text') return segment.text;
  const value = segment.kind === 'variable' ? variables[segment.name] : undefined;
  if (value === undefined) throw new Unreadable('the text wants something that its container does not have');
  return value;
}

export function shellText(text: string, variables: Readonly<Record<string, string>> = {}): readonly string[] {
  return wordsOf(text).map(({ segments, bare }) => {
    if (bare) throw new Unreadable('a variable stands outside of quotes');
    return segments.map((segment) => textOf(segment, variables)).join('');
  });
}
