/** Plain text of at most a hundred columns: paragraphs, aligned tables, headings. */
export const columns = 100;

/** Names come from whoever wrote the request: a control character in one must not reach the terminal. */
export function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}

/** Lines of at most `room` characters. A word that is longer than a line is cut. */
export function wrap(text: string, room: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of clean(text).split(' ')) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length <= room) {
      line = `${line} ${rest}`;
      continue;
    }
    if (line !== '') lines.push(line);
    while (rest.length > room) {
      lines.push(rest.slice(0, room));
      rest = rest.slice(room);
    }
    line = rest;
  }
  return line === '' ? lines : [...lines, line];
}

export interface TableOptions {
  /** Columns whose cells are set to the right: figures. */
  readonly right?: readonly number[];
  readonly indent?: number;
  /** Columns that narrower ones leave no room for are wrapped at no less than this. */
  readonly least?: number;
}

/** Cells in columns as wide as their longest, the last in what is left of the line, each wrapped within its column. */
export function table(
  rows: readonly (readonly string[])[],
  { right = [], indent = 2, least = 24 }: TableOptions = {},
): string[] {
  const cells = rows.map((row) => row.map(clean));
  const count = Math.max(0, ...cells.map((row) => row.length));
  const widths: number[] = [];
  let left = columns - indent;
  for (let j = 0; j < count; j++) {
    const natural = Math.max(0, ...cells.map((row) => row[j]?.length ?? 0));
    // What stands to the right of this one needs some room too.
    const kept = (count - 1 - j) * 2 + (j < count - 1 ? least : 0);
    const width = Math.max(1, Math.min(natural, left - kept));
    widths.push(width);
    left -= width + 2;
  }
  return cells.flatMap((row) => {
    const wrapped = widths.map((width, j) => wrap(row[j] ?? '', width));
    const height = Math.max(1, ...wrapped.map((lines) => lines.length));
    return Array.from({ length: height }, (_, i) =>
      `${' '.repeat(indent)}${widths
        .map((width, j) => {
          const text = wrapped[j]?.[i] ?? '';
          return right.includes(j) ? text.padStart(width) : text.padEnd(width);
        })
        .join('  ')}`.trimEnd(),
    );
  });
}

export function paragraph(text: string, indent = 2): string[] {
  return wrap(text, columns - indent).map((line) => `${' '.repeat(indent)}${line}`);
}

/** A heading and what stands under it; nothing where nothing does. */
export type Section = readonly [heading: string, lines: readonly string[]];

export type Style = (format: 'bold', text: string) => string;

export function sectionsText(sections: readonly Section[], style: Style): string {
  const shown = sections.filter(([, lines]) => lines.length > 0);
  return `${shown.map(([heading, lines]) => [style('bold', clean(heading)), ...lines].join('\n')).join('\n\n')}\n`;
}

const plain: Style = (_, text) => text;

/** Bold headings on a terminal that wants them (https://no-color.org); nothing but text in a file or a pipe. */
export function styleOf({ isTTY }: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Style {
  return isTTY && !env.NO_COLOR && env.TERM !== 'dumb' ? (_, text) => `\x1b[1m${text}\x1b[22m` : plain;
}

/** A share as a bar of `length` characters, which need no colour to be read. */
export function bar(share: number, length = 20): string {
  return '#'.repeat(Math.max(0, Math.min(length, Math.round(share * length))));
}
