/** Query parameters: text that a schema of integers is to be read into. */
import type { Static, TObject } from 'typebox';
import { createReader, type Reader } from './read-request.ts';

/** Only whole numbers are read as such: `limit=1e3` or `limit=` stay text, and are told to be none. */
export function createQueryReader<const T extends TObject>(schema: T): Reader<Static<T>> {
  const read = createReader(schema);
  return (query) => {
    const entries = Object.entries(Object(query)).map(([name, value]) => [
      name,
      typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value,
    ]);
    return read(Object.fromEntries(entries));
  };
}
