/** The kinds of field that requests are made of. */
import { Type } from 'typebox';

export const closed = { additionalProperties: false } as const;

/** An integer of at least 1 with a ceiling: everything has a limit, and beyond it nobody means it. */
export const count = (maximum: number, description: string) => Type.Integer({ minimum: 1, maximum, description });
/** A quantity with a floor as well: a rate of 1e-300 would overflow every time that is computed from it. */
export const positive = (maximum: number, description: string) => Type.Number({ minimum: 0.001, maximum, description });
/** A closed list of words. Plain `enum`, since a union of constants makes poor messages and poor documentation. */
export const words = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Unsafe<T[number]>(Type.String({ enum: [...values], description }));
export const name = (description: string) => Type.String({ minLength: 1, maxLength: 200, description });
