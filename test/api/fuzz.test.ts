import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Api, startApi } from '../support/api.ts';
import { base, mutants, mutate, texts } from '../support/odd-requests.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

function expectSensible({ status, json, text }: Answer): void {
  expect(status, text.slice(0, 500)).toBeLessThan(500);
  if (status >= 400) expect(json.detail.length).toBeGreaterThan(0);
  if (status === 400 || status === 422) expect(json.errors?.length ?? 1).toBeGreaterThan(0);
  // A plan that is made is one that its verifier accepts.
  if (json?.status === 'feasible' && json.verification)
    expect(json.verification.verdict, text).toMatch(/^(optimal|valid)$/);
}

describe('whatever is sent', () => {
  it('mutated requests get a clear answer', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(mutants, async ({ url, whole, changes }) => {
        expectSensible(await api.call('POST', url, { body: mutate(whole, changes) }));
      }),
      { numRuns: 600 },
    );
  });

  it('texts that are hardly JSON do too', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(texts, async ({ url, raw }) => {
        expectSensible(await api.call('POST', url, { raw }));
      }),
      { numRuns: 300 },
    );
  });

  it('paths and queries do too', { timeout: 60_000 }, async () => {
    const { json } = await api.call('POST', '/plans', { body: base });
    const word = fc.oneof(
      fc.constantFrom(
        'plans',
        json.id,
        'placement',
        'artifacts',
        'docs',
        '..',
        '%00',
        '%',
        '*',
        ':id',
        'offset=1',
        'limit',
      ),
      fc.webSegment(),
    );
    const urls = fc
      .tuple(fc.array(word, { maxLength: 4 }), fc.option(fc.webQueryParameters()))
      .map(([words, query]) => `/${words.join('/')}${query === null ? '' : `?${query}`}`);
    await fc.assert(
      fc.asyncProperty(urls, async (url) => {
        const { status } = await api.call('GET', url);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
  });
});
