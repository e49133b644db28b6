/** One text for equal JSON values: sorted keys, no blanks, numbers as ECMAScript writes them (RFC 8785 in what it needs here). */

/** Of a value that JSON.parse gave and a schema of bounded depth accepted. −0 becomes 0, as JSON.stringify has it. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
