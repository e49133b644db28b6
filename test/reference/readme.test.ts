/** What the README says, against what is so. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exampleRequest } from '../support/examples.ts';
import { planOf } from '../support/plan-of.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const readme = read('README.md');

/** The keys of one object of a JSON file. */
function keysOf(path: string, key: string): string[] {
  const document = JSON.parse(read(path)) as Readonly<Record<string, object>>;
  return Object.keys(document[key] ?? {});
}

/** JSON without the white space that carries nothing, and without the plan's id, which moves with the code. */
const bare = (json: string) => json.replaceAll(/\s*\n\s*/g, '').replaceAll(/[0-9a-f]{64}/g, '<id>');

it('shows how the answers to its requests really begin', () => {
  const shown = [...readme.matchAll(/```json\n(.*?)\s*…\n```/gs)].map(([, text = '']) => bare(text));
  const names = ['reference', 'deepseek-by-name'];
  expect(shown).toHaveLength(names.length);
  for (const [i, name] of names.entries()) {
    const text = shown[i] ?? '';
    expect(text.length).toBeGreaterThan(400);
    expect(bare(JSON.stringify(planOf(exampleRequest(name)))).slice(0, text.length)).toBe(text);
  }
});

it('sends the requests of examples/', () => {
  const [, body = ''] = /-d '(\{.*?\})'/s.exec(readme) ?? [];
  expect(JSON.parse(body)).toEqual(exampleRequest('deepseek-by-name'));
});

it('lists every path of the OpenAPI document, and no other', () => {
  const paths = keysOf('openapi/openapi.json', 'paths');
  const listed = [...readme.matchAll(/`(?:GET|POST) (\/[^`]*)`/g)].map(([, path]) => path);
  expect(new Set(listed)).toEqual(new Set([...paths, '/docs', '/openapi.json', '/metrics']));
});

it('links to files that exist', () => {
  for (const [, path] of readme.matchAll(/\]\(([\w./-]+)\)/g)) {
    if (path !== undefined && !path.endsWith('/')) expect(read(path), path).not.toBe('');
  }
});

it('names npm scripts that exist', () => {
  const scripts = keysOf('package.json', 'scripts');
  for (const [, name] of readme.matchAll(/`npm run ([\w:-]+)`/g)) expect(scripts).toContain(name);
});
