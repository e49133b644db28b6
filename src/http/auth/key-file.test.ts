import { describe, expect, it } from 'vitest';
import { readKeyFile } from './key-file.ts';

const entry = { id: '0'.repeat(16), name: 'ci', sha256: 'a'.repeat(64), scopes: ['plan', 'read'] };
const fileOf = (...lines: readonly (object | string)[]) =>
  lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
const faultsOf = (text: string) => {
  const read = readKeyFile(text);
  return 'faults' in read ? read.faults : [];
};

describe('the file of keys', () => {
  it('is a key a line, with comments and empty lines', () => {
    const second = { ...entry, id: '1'.repeat(16), scopes: ['metrics'], expires: '2027-01-31' };
    expect(readKeyFile(fileOf('# of the cluster', entry, '', `  ${JSON.stringify(second)}\r`))).toEqual({
      keys: [
        entry,
        { id: second.id, name: 'ci', sha256: entry.sha256, scopes: ['metrics'], expiresMs: Date.UTC(2027, 0, 31) },
      ],
    });
  });

  it.each<[string, object | string, RegExp]>([
    ['no JSON', '{"id":', /^line 1 is not JSON$/],
    ['no object', '["a"]', /^line 1 is no key/],
    ['no scope', { ...entry, scopes: [] }, /^line 1 is no key: "scopes" /],
    ['a scope that there is not', { ...entry, scopes: ['admin'] }, /^line 1 is no key: "scopes/],
    ['a short hash', { ...entry, sha256: 'abc' }, /^line 1 is no key: "sha256" /],
    ['a name that would break a log', { ...entry, name: 'a\nb' }, /^line 1 is no key: "name" /],
    ['a key that nobody knows', { ...entry, admin: true }, /^line 1 is no key/],
    ['a date that is none', { ...entry, expires: '2027-13-45' }, /^line 1 is no key: "expires" is no date$/],
    ['a date in words', { ...entry, expires: 'tomorrow' }, /^line 1 is no key: "expires" /],
  ])('refuses %s', (_, line, fault) => {
    expect(faultsOf(fileOf(line))).toEqual([expect.stringMatching(fault)]);
  });

  it('names all faults, and repeats no value: it may be a key', () => {
    const secret = `shardwell_${'0'.repeat(16)}_${'s'.repeat(43)}`;
    const faults = faultsOf(fileOf({ ...entry, sha256: secret }, secret, entry, { ...entry, [secret]: 1 }, entry));
    expect(faults).toHaveLength(4);
    expect(faults.at(-1)).toBe('line 5 has the id of an earlier line');
    expect(faults.join()).not.toContain('sss');
  });

  it.each(['', '\n\n', '# none'])('without a key is a fault: %j', (text) => {
    expect(faultsOf(text)).toEqual(['there is no key in it']);
  });
});
