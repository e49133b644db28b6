/** Reads the measured operator tables: gzipped CSV files, one row a shape. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** One measured row: its columns as text. */
export type Row = ReadonlyMap<string, string>;

export interface Table {
  readonly file: string;
  readonly version: string;
  readonly rows: readonly Row[];
}

export function readTable(directory: URL, file: string): Table | undefined {
  const path = new URL(file, directory);
  if (!existsSync(path)) return undefined;
  const lines = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
  const [head, ...body] = lines;
  const columns = (head ?? '').trim().split(',');
  const rows = body.map((line) => {
    const cells = line.trim().split(',');
    return new Map(columns.map((column, index) => [column, cells[index] ?? '']));
  });
  return { file, version: rows[0] === undefined ? '' : text(rows[0], 'version'), rows };
}

export function text(row: Row, column: string): string {
  const cell = row.get(column);
  if (cell === undefined) throw new Error(`A table lacks the column ${column}`);
  return cell;
}

export function number(row: Row, column: string): number {
  const value = Number(text(row, column));
  if (!Number.isFinite(value)) throw new Error(`${column} is ${text(row, column)}, not a number`);
  return value;
}

export function groupBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}
