import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../support/api.ts';
import { exampleNames, exampleRequest } from '../support/examples.ts';

const reference = exampleRequest('reference');
let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('POST /plans', () => {
  it('makes the reference plan, and knows it the next time', async () => {
    const made = await api.call('POST', '/plans', { body: reference });
    expect(made.status).toBe(201);
    const { id } = made.json;
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(made.headers).toMatchObject({
      location: `/plans/${id}`,
      etag: `"${id}"`,
      'cache-status': 'shardwell; fwd=uri-miss; stored',
      'server-timing': expect.stringMatching(/^search;dur=[\d.]+, verify;dur=[\d.]+, total;dur=[\d.]+$/),
    });
    expect(made.json).toMatchObject({
      status: 'feasible',
      strategy: { name: 'EP64_TP2', gpus: 128 },
      verification: { verdict: 'optimal' },
    });

    const again = await api.call('POST', '/plans', { body: reference });
    expect(again.status).toBe(200);
    expect(again.headers['cache-status']).toBe('shardwell; hit; detail=memory');
    expect(again.text).toBe(made.text);

    const read = await api.call('GET', `/plans/${id}`);
    expect(read.text).toBe(made.text);
  });

  it.each(exampleNames)('answers examples/%s.json, checked against the document', async (name) => {
    const { status, json } = await api.call('POST', '/plans', { body: exampleRequest(name) });
    expect([200, 201]).toContain(status);
    expect(json.verification.verdict).toBe('optimal');
  });
});
