/** The verifier's own reader of YAML, against the library that launch files are written by. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { readYaml } from './read-yaml.ts';

const word = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/),
  fc.constantFrom(
    '',
    'yes',
    'no',
    'Off',
    '~',
    'null',
    'true',
    '1',
    '007',
    '1.5',
    '1e3',
    '0x1f',
    '12:30',
    '2026-01-01',
    '- a',
    'a: b',
    '#',
    'a #b',
    "it's",
    '"',
    '{}',
    '| ',
    '--flag',
  ),
  // Scripts: lines of any indentation, blank ones among them.
  fc
    .array(fc.constantFrom('set -e', '  indented', '', 'echo "a: b" # c', '- x', '\ttab'), { maxLength: 5 })
    .map((lines) => lines.join('\n')),
);
const key = fc.stringMatching(/^[a-zA-Z_][\w./-]{0,10}$/).filter((name) => name !== '__proto__');
const leaf = fc.oneof(
  word,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
  fc.boolean(),
  fc.constant(null),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe('a document', () => {
  it('is what the library reads, or is refused', () => {
    let read = 0;
    fc.assert(
      fc.property(tree, (content) => {
        const text = stringify(content, { lineWidth: 0, aliasDuplicateObjects: false });
        try {
          const [found, ...others] = readYaml(text);
          expect(others).toEqual([]);
          expect(found).toEqual(parse(text));
          read += 1;
        } catch (error) {
          if (error instanceof Error && error.name === 'AssertionError') throw error;
          if (error instanceof Error && error.constructor.name !== 'Unreadable') throw error;
        }
      }),
      { numRuns: 3000, seed: 7 },
    );
    expect(read).toBeGreaterThan(1500);
  });
});

describe.each([
  ['a map', "a: 1\nb:\n  c: \"2\"\n  d: 'it''s'\n", { a: 1, b: { c: '2', d: "it's" } }],
  ['a list as deep as its key', 'a:\n- 1\n- 2\nb: x\n', { a: [1, 2], b: 'x' }],
  ['maps in a list', '- a: 1\n  b: 2\n- a: 3\n', [{ a: 1, b: 2 }, { a: 3 }]],
  ['lists in a list', '- - 1\n  - 2\n- []\n', [[1, 2], []]],
  ['flow', 'a: { CPU: 1, GPU: "x, y" }\nb: [ 1, { c: d } ]\n', { a: { CPU: 1, GPU: 'x, y' }, b: [1, { c: 'd' }] }],
  ['a script', 'a:\n  - |\n    #!/bin/sh\n\n      x: y\n  - |-\n    z\n', { a: ['#!/bin/sh\n\n  x: y\n', 'z'] }],
  ['comments', '# a\n\na: 1\n  # b\nb: |\n  # c\n', { a: 1, b: '# c\n' }],
  ['nothing', 'a:\nb: null\n', { a: null, b: null }],
])('%s', (_, text, content) => {
  it('is read, by both alike', () => {
    expect(readYaml(text)).toEqual([content]);
    expect(parse(text)).toEqual(content);
  });
});

it('reads documents one by one', () => {
  expect(readYaml('# about\na: 1\n---\nb: 2\n')).toEqual([{ a: 1 }, { b: 2 }]);
  expect(readYaml('# about\n---\na: 1\n---\nb: 2\n')).toEqual([{ a: 1 }, { b: 2 }]);
});

it.each([
  ['a: no', /wants quotes/],
  ['a: 0123', /wants quotes/],
  ['a: 1_000', /wants quotes/],
  ['a: 12:30:45', /wants quotes/],
  ['a: 2026-01-01', /wants quotes/],
  ['a: True', /wants quotes/],
  ['a: &x 1', /no plain text/],
  ['a: *x', /no plain text/],
  ['a: !!str 1', /no plain text/],
  ['a: 1 # why', /no plain text/],
  ['a: b: c', /no plain text/],
  ['a: >\n  folded', /line by line/],
  ['a: "x" y', /after its quotes/],
  ['a: "x', /no plain text/],
  ['a: {b: 1', /comma is missing/],
  ['a: one\n  two', /no key where one is due/],
  ['a: 1\na: 2', /there twice/],
  ['a: { b: 1, b: 2 }', /there twice/],
  ['a:\n\tb: 1', /a tab indents/],
  ['a: 1\n- b', /no key where one is due/],
  ['a:\n    b: 1\n  c: 2', /no key where one is due/],
  ['a: 1\n...', /do not have/],
  ['%YAML 1.1\n---\na: 1', /do not have/],
  ['a: "\\x41"', /never have/],
])('refuses %j', (text, fault) => {
  expect(() => readYaml(text)).toThrow(fault);
});
