import { describe, expect, it } from 'vitest';
import { clean, columns, sectionsText, styleOf, table, wrap } from './text.ts';

describe('text', () => {
  it('is wrapped at words, and a word that is too long is cut', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('a abcdefghij b', 4)).toEqual(['a', 'abcd', 'efgh', 'ij b']);
    expect(wrap('', 10)).toEqual([]);
  });

  it('has no control characters, whatever a name holds', () => {
    expect(clean('a\x1b[31mb\u202ec\nd')).toBe('a [31mb c d');
  });

  it('stands in columns, figures to the right, the last wrapped within its own', () => {
    expect(
      table(
        [
          ['a', '1', 'x'],
          ['long', '100', 'y'],
        ],
        { right: [1] },
      ),
    ).toEqual(['  a       1  x', '  long  100  y']);
    const wide = table([
      ['n'.repeat(150), 'word '.repeat(60)],
      ['short', 'x'],
    ]);
    expect(wide.length).toBeGreaterThan(3);
    for (const line of wide) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it('leaves out headings of nothing', () => {
    const style = styleOf({ isTTY: false }, {});
    expect(
      sectionsText(
        [
          ['A', ['  a']],
          ['B', []],
          ['C', ['  c']],
        ],
        style,
      ),
    ).toBe('A\n  a\n\nC\n  c\n');
  });

  it('is styled on a terminal that wants it, and nowhere else', () => {
    const told = (isTTY: boolean, env: Record<string, string>) => styleOf({ isTTY }, env)('bold', 'x');
    expect(told(true, {})).not.toBe('x');
    expect(told(false, {})).toBe('x');
    expect(told(true, { NO_COLOR: '1' })).toBe('x');
    expect(told(true, { TERM: 'dumb' })).toBe('x');
  });
});
