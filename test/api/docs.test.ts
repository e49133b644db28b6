import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExamples } from '../../src/http/openapi.ts';
import { problemSlugs, problemsMarkdown, problemTypes } from '../../src/http/problem-types.ts';
import { type Api, startApi } from '../support/api.ts';
import { exampleNames, exampleRequest, servingExampleNames } from '../support/examples.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('the OpenAPI document', () => {
  it('is the one that is committed (npm run openapi)', async () => {
    const { json } = await api.call('GET', '/openapi.json');
    expect(json).toEqual(JSON.parse(readFileSync('openapi/openapi.json', 'utf8')));
  });

  it('has every route, each with an id of its own, a summary and its refusals', async () => {
    const { json } = await api.call('GET', '/openapi.json');
    const operations = Object.entries(json.paths).flatMap(([path, methods]) =>
      Object.entries(Object(methods)).map(([method, operation]) => ({
        name: `${method} ${path}`,
        operation: Object(operation),
      })),
    );
    expect(operations.map(({ name }) => name).sort()).toEqual([
      'get /',
      'get /gpus',
      'get /gpus/{name}',
      'get /health/live',
      'get /health/ready',
      'get /metrics',
      'get /models',
      'get /models/{name}',
      'get /plans/{id}',
      'get /plans/{id}/artifacts',
      'get /plans/{id}/artifacts.zip',
      'get /plans/{id}/artifacts/{name}',
      'get /plans/{id}/events',
      'get /plans/{id}/placement',
      'get /plans/{id}/report',
      'get /plans/{id}/status',
      'get /version',
      'post /estimates',
      'post /plans',
      'post /verifications',
    ]);
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
    for (const { operation } of operations) {
      expect(operation.summary).toBeTruthy();
      expect(operation.tags).toHaveLength(1);
      expect(operation.responses['4XX'].content).toHaveProperty('application/problem+json');
    }
  });

  it('names its schemas once and refers to them', async () => {
    const { text } = await api.call('GET', '/openapi.json');
    expect(text).not.toMatch(/\$id|x-component|def-\d/);
    const references = new Set(text.match(/#\/components\/schemas\/\w+/g));
    const { json } = await api.call('GET', '/openapi.json');
    expect([...references].map((reference) => reference.split('/').at(-1)).sort()).toEqual(
      Object.keys(json.components.schemas)
        .filter((name) => references.has(`#/components/schemas/${name}`))
        .sort(),
    );
  });

  it('has the files of examples/, the reference first, and “Try it out” of each is answered', async () => {
    const { json } = await api.call('GET', '/openapi.json');
    for (const [path, operationId] of [
      ['/plans', 'createPlan'],
      ['/estimates', 'createEstimate'],
      ['/verifications', 'createVerification'],
    ] as const) {
      const { examples } = json.paths[path].post.requestBody.content['application/json'];
      expect(Object.keys(examples)[0]).toBe('reference');
      const files = readExamples(operationId);
      expect(files.length).toBeGreaterThan(0);
      for (const { name, value } of files) {
        expect(examples[name].value).toEqual(value);
        const answer = await api.call('POST', path, { body: value, headers: { accept: 'application/json' } });
        expect([200, 201]).toContain(answer.status);
        expect(answer.json.status ?? answer.json.verification.verdict).toMatch(/^(feasible|valid)$/);
      }
    }
    expect(readExamples('createPlan').map(({ name }) => name)).toEqual(
      [...exampleNames, ...servingExampleNames].sort(),
    );
    expect(json.servers).toEqual([{ url: '/', description: 'This service.' }]);
  });
});

describe('Swagger UI', () => {
  it('is under /docs, with what it needs', async () => {
    const page = await api.call('GET', '/docs');
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toMatch('text/html');
    // On plain HTTP an upgrade would send "Try it out" to a port that nothing listens on.
    expect(page.headers['content-security-policy']).not.toMatch('upgrade-insecure-requests');
    const assets = [...page.text.matchAll(/(?:src|href)="(\.?\/?[^"#]+)"/g)].map(
      ([, path]) => new URL(path ?? '', 'http://a/docs').pathname,
    );
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of assets) expect((await api.call('GET', asset)).status, asset).toBe(200);
    const { json } = await api.call('GET', '/docs/json');
    expect(json).toEqual((await api.call('GET', '/openapi.json')).json);
  });
});

describe('problem types', () => {
  it('are documented as they are, each in the file and on a page', async () => {
    expect(readFileSync('docs/problems.md', 'utf8')).toBe(problemsMarkdown());
    const documented = [...problemsMarkdown().matchAll(/^## (\S+)$/gm)].map(([, slug]) => slug);
    expect(documented).toEqual(problemSlugs);
    const index = await api.call('GET', '/docs/problems');
    for (const slug of problemSlugs) {
      expect(index.text).toContain(`/docs/problems/${slug}`);
      const page = await api.call('GET', `/docs/problems/${slug}`);
      expect(page.status).toBe(200);
      expect(page.text).toContain(problemTypes[slug].title);
    }
  });

  it('are all raised somewhere, and no others are', () => {
    const files = readdirSync('src/http', { recursive: true, encoding: 'utf8' }).filter(
      (name) => /(?<!\.test)\.ts$/.test(name) && name !== 'problem-types.ts',
    );
    const text = files.map((name) => readFileSync(`src/http/${name}`, 'utf8')).join('\n');
    for (const slug of problemSlugs) expect(text, slug).toContain(`'${slug}'`);
    const raised = [...text.matchAll(/new ProblemError\(\s*'([^']+)'/g)].map(([, slug]) => slug);
    expect(raised.length).toBeGreaterThan(5);
    for (const slug of raised) expect(problemSlugs).toContain(slug);
  });

  it('are in the document wherever an operation can answer with them', async () => {
    const { text } = await api.call('GET', '/openapi.json');
    const unlisted = problemSlugs.filter((slug) => !text.includes(`${slug}: ${problemTypes[slug].title}`));
    // Two are answers to a path or a method that the document does not have, and one nobody is there to read.
    expect(unlisted.sort()).toEqual(['client-gone', 'method-not-allowed', 'not-found']);
  });
});

describe('examples', () => {
  it('say what the README says of them', () => {
    expect(exampleNames).toContain('reference');
    expect(exampleRequest('reference').workload.kind).toBe('batch');
    expect(servingExampleNames).toEqual([
      'serving-405b',
      'serving-deepseek-v3',
      'serving-llama-70b',
      'serving-long-prompts',
    ]);
  });
});
