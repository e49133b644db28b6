/** What files are written with, against the library by itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Document, isMap, isSeq } from 'yaml';
import { compat, innerYaml, yamlText } from './yaml-text.ts';

const words = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.stringMatching(/^[-+.:_~<0-9a-zA-Z]{0,8}$/),
  fc.constantFrom(
    ...[
      '',
      '~',
      'null',
      'Null',
      'NULL',
      'y',
      'N',
      'yes',
      'No',
      'ON',
      'off',
      'true',
      'FALSE',
      '<<',
      '.inf',
      '-.INF',
      '.nan',
    ],
    ...['0b1_0', '0o17', '017', '0x1f', '1_000', '-12', '1e3', '.5', '5.', '+1.', '12:30', '1:02:03.5', '2026-01-01'],
    ...['2026-1-1T10:00:00Z', '--flag', 'http://10.0.0.1:8000', 'a: b', 'a #b', '#!/bin/bash\nset -e\n', "it's", '{}'],
  ),
);
const leaves = fc.oneof(words, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean());

describe('a text', () => {
  it('is what the library writes by its own patterns', () => {
    fc.assert(
      fc.property(fc.dictionary(words, fc.oneof(leaves, fc.array(leaves)), { noNullPrototype: true }), (settings) => {
        const plainly = new Document(settings, { aliasDuplicateObjects: false, compat });
        expect(innerYaml(settings)).toBe(plainly.toString({ lineWidth: 0 }));
      }),
      { numRuns: 3000 },
    );
  });

  it('says the same of words on one line, in maps of one line, and whatever a note stood above before', () => {
    const maps = fc.array(fc.dictionary(words, leaves, { noNullPrototype: true, minKeys: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(maps, leaves, (rows, leaf) => {
        const settings = { rows, noted: leaf };
        const plainly = new Document(settings, { aliasDuplicateObjects: false, compat });
        const list = plainly.get('rows');
        if (isSeq(list)) for (const item of list.items) if (isMap(item)) item.flow = true;
        const text = plainly.toString({ lineWidth: 0 });
        const note = { above: ['noted'], lines: ['a note'] };
        expect(yamlText([], [{ settings, rows: [['rows']], notes: [note] }])).toContain('\n# a note\nnoted:');
        expect(yamlText([], [{ settings, rows: [['rows']] }])).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });
});
