/** Launch files as text. After a change that is meant to move them: UPDATE_GOLDEN=1 npx vitest run test/golden */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { launchFiles } from '../../src/artifacts/launch/launch-files.ts';
import { launchesOf } from '../../src/artifacts/launch/make-launch.ts';
import { exampleRequest } from '../support/examples.ts';
import { engineCases, launchCase } from '../support/launched.ts';
import { planOf } from '../support/plan-of.ts';

const folder = new URL('./launch/', import.meta.url);

function hold(name: string, text: string): void {
  const file = new URL(`${name}.txt`, folder);
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, text);
  }
  expect(existsSync(file), `${name}.txt is missing: make it with UPDATE_GOLDEN=1`).toBe(true);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

it.each(engineCases)('starts %s under %s as before', (name, engine) => {
  const { files } = launchCase(name, engine);
  hold(`${name}-${engine}`, files.map((file) => `==> ${file.name}\n${file.content}`).join('\n'));
});

it('starts the reference under SGLang as before, and says what the others can', () => {
  const plan = planOf(exampleRequest('reference'));
  const launches = launchesOf({ ...plan, id: 'reference' });
  const refusals = launches.flatMap((launch) => (launch.expressible ? [] : [JSON.stringify(launch, null, 2)]));
  const files = launchFiles(launches).map(({ name, content }) => `==> ${name}\n${content()}`);
  hold('reference', [...refusals, ...files].join('\n'));
});
