/**
 * Bad inputs by the ten thousand: mutated requests of every route, broken texts, wrong methods, paths, media types and headers, deep and
 * wide values. Whatever it is, the answer is no 5xx, and a refusal is problem+json that names what is wrong.
 * The gate has `gateRuns` of them within its time; FUZZ_RUNS=100000 is `npm run test:fuzz`.
 */
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Problem } from '../../src/http/schemas/problem.ts';
import { type Api, startApi } from '../support/api.ts';
import { base, mutants, mutate, texts } from '../support/odd-requests.ts';

const gateRuns = 20_000;
/** The gate's time is bounded too: a busy machine makes fewer, and says how many. */
const gateBudgetMs = 25_000;
const asked = process.env.FUZZ_RUNS;
const runs = asked === undefined ? gateRuns : Number(asked);
const budgetMs = asked === undefined ? gateBudgetMs : 1_800_000;

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const isProblem = Compile(Problem);
type Sent = Pick<InjectOptions, 'method' | 'url' | 'headers' | 'payload'>;

const posted = (url: string, payload: string | Buffer): Sent => ({
  method: 'POST',
  url,
  payload,
  headers: { 'content-type': 'application/json' },
});

const bodies = mutants.map(({ url, whole, changes }) => posted(url, JSON.stringify(mutate(whole, changes)) ?? ''));
const broken = texts.map(({ url, raw }) => posted(url, raw));

const planningPaths = fc.constantFrom('/plans', '/estimates', '/verifications');
const deep = fc
  .record({
    url: planningPaths,
    open: fc.constantFrom('[', '{"a":', '{"model":', '[[1],'),
    depth: fc.integer({ min: 1, max: 20_000 }),
    close: fc.boolean(),
  })
  .map(({ url, open, depth, close }) =>
    posted(url, open.repeat(depth) + (close ? `1${(open.startsWith('{') ? '}' : ']').repeat(depth)}` : '')),
  );
const wide = fc
  .record({ url: planningPaths, count: fc.integer({ min: 100, max: 1_000 }), key: fc.string({ maxLength: 5 }) })
  .map(({ url, count, key }) =>
    posted(
      url,
      JSON.stringify({ ...base, ...Object.fromEntries(Array.from({ length: count }, (_, i) => [key + i, i])) }),
    ),
  );
const bytes = fc
  .tuple(planningPaths, fc.uint8Array({ maxLength: 300 }))
  .map(([url, sent]) => posted(url, Buffer.from(sent)));
const unicode = fc
  .tuple(planningPaths, fc.string({ unit: 'binary', maxLength: 60 }))
  .map(([url, name]) => posted(url, JSON.stringify({ ...base, model: { ...base.model, name }, [name]: name })));

const word = fc.oneof(
  fc.constantFrom(
    'plans',
    'estimates',
    'gpus',
    'models',
    'placement',
    'artifacts',
    'docs',
    'metrics',
    'health',
    'live',
  ),
  fc.constantFrom('..', '%00', '%', '*', ':id', '%2e%2e', 'h200-sxm', 'deepseek-v3', 'openapi.json', 'a'.repeat(300)),
  fc.webSegment(),
);
const urls = fc
  .tuple(fc.array(word, { maxLength: 4 }), fc.option(fc.webQueryParameters()))
  .map(([words, query]) => `/${words.join('/')}${query === null ? '' : `?${query}`}`);
const headerValue = fc.oneof(
  fc.constantFrom(
    '',
    '*/*',
    'text/html',
    'application/json;q=0',
    'application/x-ndjson',
    'gzip',
    'bytes=0-1',
    '"x"',
    '*',
    'W/',
  ),
  fc.string({ maxLength: 40 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, '?')),
);
const headers = fc.dictionary(
  fc.constantFrom(
    'accept',
    'content-type',
    'content-encoding',
    'if-none-match',
    'x-request-id',
    'range',
    'prefer',
    'origin',
    'authorization',
    'x-http-method-override',
    'accept-encoding',
    'expect',
  ),
  headerValue,
  { maxKeys: 4 },
);
const odd = fc
  .record({
    method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
    url: fc.oneof(urls, fc.constantFrom('/plans', '/estimates', '/verifications', '/gpus', '/metrics')),
    headers,
    payload: fc.constantFrom('', '{}', '[]', 'null', JSON.stringify(base)),
  })
  .map((sent): Sent => sent);

const inputs = fc.oneof(
  { weight: 50, arbitrary: bodies },
  { weight: 15, arbitrary: broken },
  { weight: 20, arbitrary: odd },
  { weight: 6, arbitrary: bytes },
  { weight: 6, arbitrary: unicode },
  { weight: 2, arbitrary: deep },
  { weight: 1, arbitrary: wide },
);

it(`bad inputs, up to ${runs} as time allows, get clear answers`, { timeout: budgetMs + 60_000 }, async () => {
  const seen = new Map<number, number>();
  const began = performance.now();
  await fc.assert(
    fc.asyncProperty(inputs, async (sent) => {
      const { statusCode, headers: got, body } = await api.app.inject(sent);
      seen.set(statusCode, (seen.get(statusCode) ?? 0) + 1);
      expect(statusCode, body.slice(0, 500)).toBeLessThan(500);
      if (statusCode < 400) return;
      expect(got['content-type']).toMatch(/^application\/problem\+json(;|$)/);
      if (sent.method === 'HEAD') return;
      const problem: unknown = JSON.parse(body);
      if (!isProblem.Check(problem)) throw new Error(`no Problem: ${body.slice(0, 500)}`);
      expect(problem.status).toBe(statusCode);
      expect(problem.detail?.length).toBeGreaterThan(0);
      if (/invalid-request|contradiction/.test(problem.type)) expect(problem.errors?.length).toBeGreaterThan(0);
    }),
    { numRuns: runs, interruptAfterTimeLimit: budgetMs, markInterruptAsFailure: asked !== undefined },
  );
  const seconds = (performance.now() - began) / 1000;
  const count = [...seen.values()].reduce((sum, each) => sum + each, 0);
  const rate = `${count} bad inputs in ${seconds.toFixed(1)} s, ${Math.round(count / seconds)}/s`;
  process.stdout.write(`${rate}: ${JSON.stringify(Object.fromEntries(seen))}\n`);
  // What they come to: mostly refusals, of several kinds, and no fewer than a slow machine makes.
  expect(count).toBeGreaterThan(asked === undefined ? 1_000 : runs - 1);
  for (const status of [400, 404, 405, 415, 422]) expect(seen.get(status) ?? 0).toBeGreaterThan(0);
});
