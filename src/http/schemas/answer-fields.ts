/** The kinds of field that answers are made of. */
import { Type } from 'typebox';

export const closed = { additionalProperties: false } as const;
export const int = (description: string) => Type.Integer({ minimum: 0, description });
export const num = (description: string) => Type.Number({ description });
export const text = (description: string) => Type.String({ description });
export const words = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Unsafe<T[number]>(Type.String({ enum: [...values], description }));
/** A property that is there and true, or not there. */
export const mark = (description: string) => Type.Optional(Type.Literal(true, { description }));
