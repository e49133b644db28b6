/**
 * HTML and SVG by tagged template. What is interpolated is text, and is escaped, unless it is markup itself: a name from a request has no
 * other way onto the page.
 */

const written = Symbol('markup');

export interface Markup {
  readonly [written]: string;
}

/** What may stand in a template. Nothing is written for false and undefined. */
export type Content = string | number | Markup | false | undefined | readonly Content[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Most text has none of them, and is looked through once. */
const unsafe = /[&<>"']|(?![\t\n])\p{Cc}/gu;

/** Safe as text and inside a quoted attribute. Control characters, which no browser shows, are left out. */
export function escaped(text: string): string {
  return text.replaceAll(unsafe, (character) => entities[character] ?? '');
}

function textOf(content: Content): string {
  if (content === undefined || content === false) return '';
  if (typeof content === 'string') return escaped(content);
  if (typeof content === 'number') return String(content);
  return written in content ? content[written] : content.map(textOf).join('');
}

export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = strings[0] ?? '';
  for (const [i, value] of values.entries()) text += textOf(value) + (strings[i + 1] ?? '');
  return { [written]: text };
}

/** Text of this program's own that is markup already: the style sheet. Never for anything that a request says. */
export function verbatim(text: string): Markup {
  return { [written]: text };
}

export function render(markup: Markup): string {
  return markup[written];
}
