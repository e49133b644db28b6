/** Tables of figures, for the terminal and for docs/fidelity.md. */
import { table as markdownTable } from '../../src/artifacts/markdown.ts';

export interface Table {
  readonly title: string;
  /** What a reader has to know before the figures. */
  readonly note?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A part of the report under one heading. `id` names its place in docs/fidelity.md. */
export interface Chapter {
  readonly id: string;
  readonly tables: readonly Table[];
}

export function terminalText({ title, note, head, rows }: Table): string {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return ['', `== ${title}`, ...(note ? [note] : []), line(head), ...rows.map(line)].join('\n');
}

export function markdownText({ title, note, head, rows }: Table): string {
  return [`**${title}**`, ...(note ? [note] : []), markdownTable(head, rows)].join('\n\n');
}

export const oneDecimal = (value: number): string => value.toFixed(1);

/** Largest group first. */
export function groupedBy<T>(values: readonly T[], key: (value: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group) group.push(value);
    else groups.set(key(value), [value]);
  }
  return [...groups].sort(([, a], [, b]) => b.length - a.length);
}
