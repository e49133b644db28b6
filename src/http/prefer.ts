/** What a caller would like rather than insists on: the header Prefer (RFC 7240). Preferences that are not known here are passed over. */

export interface Preferences {
  /** Answer 202 rather than keep the caller waiting. */
  readonly respondAsync: boolean;
  /** Seconds that the caller would wait before that. */
  readonly waitSeconds?: number;
}

/** name [= value] [; parameters]; a value is a token or a quoted string. Parameters are not asked for by any preference read here. */
const preference = /^\s*([!#$%&'*+.^_`|~0-9a-z-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*)))?\s*(?:;.*)?$/i;

/** Commas inside of quoted strings separate nothing. */
const separated = /(?:"(?:[^"\\]|\\.)*"|[^,"])+/g;

/** A longer header is not read at all: quotes that never end take time in the square of its length. */
const longest = 500;

export function readPreferences(header: string | string[] | undefined): Preferences {
  const given = new Map<string, string>();
  const text = [header ?? []].flat().join(',');
  for (const part of (text.length <= longest && text.match(separated)) || []) {
    const [, name, quoted, token] = preference.exec(part) ?? [];
    const key = name?.toLowerCase();
    // Of a preference that is given twice the first counts, as the RFC says.
    if (key !== undefined && !given.has(key)) given.set(key, quoted ?? token ?? '');
  }
  const wait = given.get('wait') ?? '';
  return {
    respondAsync: given.has('respond-async'),
    ...(/^\d{1,9}$/.test(wait) && { waitSeconds: Number(wait) }),
  };
}
