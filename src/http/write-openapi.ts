/** `npm run openapi`: writes the OpenAPI document and docs/problems.md, both of which a test holds to the code. */
import { writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { createApp } from '../app.ts';
import { problemsMarkdown } from './problem-types.ts';

const unused = async (): Promise<never> => {
  throw new Error('the document is made from routes that are never called');
};

const app = await createApp({
  config: { bodyLimitBytes: 2 ** 20 },
  store: { byBody: () => undefined, get: unused, turn: unused, put: unused, remember: () => {}, close: async () => {} },
  pool: { plan: unused, close: async () => {} },
  singleFlight: { run: unused },
});
const target = argv[2] ?? 'openapi/openapi.json';
writeFileSync(target, `${JSON.stringify(app.swagger(), null, 2)}\n`);
writeFileSync(new URL('../../docs/problems.md', import.meta.url), problemsMarkdown());
console.log(`${target} and docs/problems.md written`);
await app.close();
