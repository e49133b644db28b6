/** Figures and tables as every section has them: a heading, a sentence, the drawing, and its data as a table that opens. */
import { type Content, html, type Markup } from './markup.ts';

export interface Column {
  readonly head: string;
  /** Figures stand at the right. */
  readonly figures?: boolean;
}

export function table(
  { caption, columns, hidden = false }: { caption: string; columns: readonly Column[]; hidden?: boolean },
  rows: readonly (readonly Content[])[],
): Markup {
  const align = (i: number) => (columns[i]?.figures ? html` class="figures"` : undefined);
  const cell = (content: Content, i: number) =>
    i === 0 ? html`<th scope="row"${align(i)}>${content}</th>` : html`<td${align(i)}>${content}</td>`;
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption${hidden && html` class="hidden"`}>${caption}</caption><thead><tr>${columns.map(
    ({ head }, i) => html`<th scope="col"${align(i)}>${head}</th>`,
  )}</tr></thead><tbody>${rows.map((cells) => html`<tr>${cells.map(cell)}</tr>`)}</tbody></table></div>`;
}

interface Drawn {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  /** What one sees in it, for whoever does not. */
  readonly description: string;
  readonly drawing: Markup;
  readonly data?: Markup;
  readonly notes?: Content;
}

export function figure({ id, title, description, drawing, data, notes }: Drawn): Markup {
  return html`<figure id="${id}"><figcaption><h3>${title}</h3><p>${description}</p></figcaption>${drawing}${notes}${
    data && html`<details><summary>${title}: the figures</summary>${data}</details>`
  }</figure>`;
}

interface Svg {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Of the page's pixels; the width is whatever there is, and what is inside is placed by shares of it. */
  readonly height: number;
}

/**
 * An image as wide as its column. Places along it are percentages, so that a phone and a sheet of paper get the same drawing with letters of
 * the same size and no script has to measure anything.
 */
export function svg({ id, title, description, height }: Svg, content: Content): Markup {
  return html`<svg id="${id}" class="fluid" width="100%" height="${height}" role="img" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>${content}</svg>`;
}

export function section(id: string, title: string, content: Content): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${title}</h2>${content}</section>`;
}
