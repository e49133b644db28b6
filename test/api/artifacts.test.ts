import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../support/api.ts';
import { exampleNames, exampleRequest } from '../support/examples.ts';

let api: Api;
let id: string;
beforeAll(async () => {
  api = await startApi();
  id = (await api.call('POST', '/plans', { body: exampleRequest('reference') })).json.id;
});
afterAll(() => api.close());

describe('GET /plans/{id}/artifacts', () => {
  it('lists the reference files, each to be had where it says, as what it says', async () => {
    const { json } = await api.call('GET', `/plans/${id}/artifacts`);
    expect(json.plan).toBe(id);
    expect(json.artifacts.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining([
        'optimal_parallel_strategy.json',
        'implementation_guide.md',
        'verify_strategy.py',
        'verification_results.json',
      ]),
    );
    for (const { name, mediaType, href } of json.artifacts) {
      const file = await api.call('GET', href);
      expect(file.status).toBe(200);
      expect(file.headers['content-type']).toBe(mediaType);
      expect(file.headers['content-disposition']).toBe(`inline; filename="${name}"`);
      expect(file.text.length).toBeGreaterThan(100);
    }
  });

  it('are there for every example, and for a plan told in the published summary’s words', async () => {
    const published = { ...exampleRequest('reference'), options: { memoryAccounting: 'published-summary' } };
    for (const body of [published, ...exampleNames.map(exampleRequest)]) {
      const plan = await api.call('POST', '/plans', { body });
      const { json } = await api.call('GET', `/plans/${plan.json.id}/artifacts`);
      for (const { href } of json.artifacts) expect((await api.call('GET', href)).status, href).toBe(200);
    }
  });

  it('a name that is none of them is told the names', async () => {
    for (const name of ['verify.py', '..%2F..%2Fpackage.json', '__proto__']) {
      const { status, json } = await api.call('GET', `/plans/${id}/artifacts/${name}`);
      expect(status).toBe(404);
      expect(json.type).toBe('/docs/problems/artifact-not-found');
      expect(json.errors[0].allowed).toContain('verify_strategy.py');
    }
  });
});
