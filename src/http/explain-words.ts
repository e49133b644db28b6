/** The words that explain.ts explains in. */
import type { SchemaNode } from './explain.ts';

/** The range of a number, where it has both ends. */
export function limitsOf({ minimum, maximum }: SchemaNode): string {
  if (minimum !== undefined && maximum !== undefined) return `; it goes from ${minimum} to ${maximum}`;
  return '';
}

/** A number in quotes is the commonest wrong type, and the easiest to mend. */
export function hint(wanted: string, value: unknown): string {
  const numeric = wanted === 'integer' || wanted === 'number';
  if (numeric && typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return `: write it without the quotes`;
  if (wanted === 'boolean' && (value === 'true' || value === 'false')) return `: write it without the quotes`;
  return '';
}

/** A value as it is quoted: short, and never a whole structure. */
export function show(value: unknown): string {
  const kind = kindOf(value);
  if (kind === 'array') return 'an array';
  if (kind === 'object') return 'an object';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

export function article(type: string): string {
  if (type === 'integer') return 'a whole number';
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

/** `"a", "b" or "c"`. */
export function listed(values: readonly (string | number | boolean)[], last: 'or' | 'and' = 'or'): string {
  const texts = values.map(show);
  const end = texts.at(-1) ?? '';
  return texts.length < 2 ? end : `${texts.slice(0, -1).join(', ')} ${last} ${end}`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
