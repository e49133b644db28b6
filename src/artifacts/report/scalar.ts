/** A value of an answer that may be of any kind. */
import type { Plan } from '../../http/schemas/answer.ts';
import { count } from '../markdown.ts';

type Scalar = Plan['assumptions'][number]['value'];

/** Whole numbers to the last digit: whoever compares two of them wants all. */
export function scalar(value: Scalar): string {
  if (value === null) return 'none';
  if (typeof value !== 'number') return String(value);
  return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(6)));
}
