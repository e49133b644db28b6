/** Puts tables into docs/fidelity.md, between the markers of their chapter; the words around them are written by hand. */
import { type Chapter, markdownText } from './report.ts';

const open = (id: string): string => `<!-- fidelity:${id} -->`;
const close = '<!-- /fidelity -->';

/** @throws where the page has a marker that no chapter fills, or none for a chapter: one of the two was forgotten. */
export function withChapters(page: string, chapters: readonly Chapter[]): string {
  const wanted = [...page.matchAll(/<!-- fidelity:([\w-]+) -->/g)].map(([, id]) => id ?? '');
  const known = new Set(chapters.map(({ id }) => id));
  const unknown = wanted.filter((id) => !known.has(id));
  const absent = chapters.filter(({ id }) => !wanted.includes(id)).map(({ id }) => id);
  if (unknown.length > 0 || absent.length > 0) {
    throw new RangeError(
      `docs/fidelity.md: nothing fills ${unknown.join(', ') || '–'}; no place for ${absent.join(', ') || '–'}`,
    );
  }
  return chapters.reduce((text, { id, tables }) => {
    const start = text.indexOf(open(id)) + open(id).length;
    const end = text.indexOf(close, start);
    if (end < 0) throw new RangeError(`docs/fidelity.md: ${id} has no end`);
    return `${text.slice(0, start)}\n\n${tables.map(markdownText).join('\n\n')}\n\n${text.slice(end)}`;
  }, page);
}
