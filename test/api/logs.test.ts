import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { type Api, startApi } from '../support/api.ts';
import { referenceRequest } from '../support/examples.ts';

let api: Api | undefined;
afterEach(async () => {
  await api?.close();
});

async function started(options: Parameters<typeof startApi>[0] = {}) {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => lines.push(line) });
  api = await startApi({ logger, ...options });
  const { call } = api;
  // Fastify's own lines at listening are the server's concern.
  lines.length = 0;
  return { call, entries: () => lines.map((line) => JSON.parse(line)), text: () => lines.join('') };
}

it('a request is one line: its id, method, route pattern, status and time, and nothing of its body', async () => {
  const { call, entries, text } = await started();
  const reference = referenceRequest();
  const { headers, json } = await call('POST', '/plans', {
    body: { ...reference, model: { ...reference.model, name: 'very-secret' } },
  });
  await call('GET', `/plans/${json.id}`);
  await call('GET', '/nothing/at/all');
  expect(entries()).toMatchObject([
    { level: 30, reqId: headers['x-request-id'], method: 'POST', route: '/plans', status: 201, ms: expect.any(Number) },
    { method: 'GET', route: '/plans/:id', status: 200 },
    { method: 'GET', route: 'none', status: 404 },
  ]);
  expect(text()).not.toContain('very-secret');
});

it('a failure is logged with its cause, under the id that the answer carries', async () => {
  const { call, entries } = await started({
    pool: {
      plan: async () => {
        throw new Error('the cause');
      },
      close: async () => {},
    },
  });
  const { json, headers } = await call('POST', '/plans', { body: referenceRequest() });
  const [failure, line] = entries();
  expect(failure).toMatchObject({
    level: 50,
    reqId: headers['x-request-id'],
    err: { message: 'the cause', stack: expect.any(String) },
  });
  expect(line).toMatchObject({ status: 500, reqId: headers['x-request-id'] });
  expect(json.instance).toBe(`urn:request:${headers['x-request-id']}`);
});
