/** The whole service in the test's own process, called through a socket; every answer is held against the OpenAPI document. */

import { Readable } from 'node:stream';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { FastifyInstance } from 'fastify';
import supertest from 'supertest';
import { expect } from 'vitest';
import { type AppOptions, createApp } from '../../src/app.ts';
import { createPlanStore } from '../../src/cache/plan-store.ts';
import { createSingleFlight } from '../../src/cache/single-flight.ts';
import type { PlanningPool, PlanStore } from '../../src/http/ports.ts';
import { runJob } from '../../src/http/run-job.ts';
import type { PlanEvent } from '../../src/http/schemas/plan-status.ts';

/** A pool of no threads: the job is done where it is asked for. */
export const inProcessPool: PlanningPool = {
  plan: async (job) => runJob(job, () => false),
  close: async () => {},
};

const silent = { hit: () => {}, miss: () => {}, eviction: () => {}, corruption: () => {}, failure: () => {} };

export function memoryStore(): PlanStore {
  return createPlanStore({ memoryBytes: 64 * 2 ** 20, recorder: silent, disk: undefined });
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies that the document has been held against
  readonly json: any;
}

export interface Call {
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Api {
  readonly app: FastifyInstance;
  readonly call: (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'PATCH',
    url: string,
    call?: Call,
  ) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export async function startApi(options: Partial<AppOptions> = {}): Promise<Api> {
  const app = await createApp({
    config: { bodyLimitBytes: 2 ** 20 },
    store: memoryStore(),
    pool: inProcessPool,
    singleFlight: createSingleFlight(),
    ...options,
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const check = createDocumentCheck(app.swagger());
  return {
    app,
    close: () => app.close(),
    call: async (method, url, { body, raw, headers = {} } = {}) => {
      const request = agent(method, url).buffer(true).parse(collect);
      for (const [name, value] of Object.entries(headers)) request.set(name, value);
      const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      if (content !== undefined) {
        if (!Object.keys(headers).some((name) => name.toLowerCase() === 'content-type'))
          request.set('content-type', 'application/json');
        // A string would be sent as it is only under some content types.
        request.serialize((sent: unknown) => sent as string);
        request.send(content);
      }
      const response = await request;
      const text = Buffer.isBuffer(response.body) ? response.body.toString('utf8') : '';
      const type = response.headers['content-type'] ?? '';
      const json = /\bjson\b/.test(type) && !type.includes('ndjson') && text !== '' ? JSON.parse(text) : undefined;
      const answer = { status: response.status, headers: response.headers, text, json };
      if (method !== 'HEAD') check({ method, url, ...answer });
      return answer;
    },
  };

  function agent(method: string, url: string) {
    const client = supertest(app.server);
    switch (method) {
      case 'GET':
        return client.get(url);
      case 'POST':
        return client.post(url);
      case 'PUT':
        return client.put(url);
      case 'DELETE':
        return client.delete(url);
      case 'HEAD':
        return client.head(url);
      default:
        return client.patch(url);
    }
  }
}

/** The body as bytes, whatever it is. The response is a stream, though supertest’s types have it as the finished one. */
function collect(response: unknown, done: (error: Error | null, body: Buffer) => void): void {
  if (!(response instanceof Readable)) throw new TypeError('no stream');
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)));
  response.on('end', () => done(null, Buffer.concat(chunks)));
}

interface Seen extends Answer {
  readonly method: string;
  readonly url: string;
}

/**
 * Holds answers against the document: the status, the media type and the body of every operation it has; of anything else,
 * that a status of 400 or more is a Problem. Pages and assets have no entry in the document.
 */
function createDocumentCheck(document: object): (seen: Seen) => void {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ },
  });
  ajv.addSchema(document, 'openapi');
  const compiled = new Map<string, ValidateFunction>();
  const validate = (path: readonly string[], value: unknown): void => {
    const pointer = `openapi#${path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}`).join('')}`;
    const validator = compiled.get(pointer) ?? ajv.compile({ $ref: pointer });
    compiled.set(pointer, validator);
    expect(validator(value) ? [] : validator.errors, `${pointer} of ${JSON.stringify(value)?.slice(0, 300)}`).toEqual(
      [],
    );
  };
  const paths: Readonly<Record<string, Readonly<Record<string, { responses: Record<string, Described> }>>>> =
    Reflect.get(document, 'paths');

  return ({ method, url, status, headers, text, json }) => {
    const path = url.split('?', 1)[0] ?? '';
    const type = headers['content-type']?.split(';', 1)[0] ?? '';
    if (status >= 400) {
      expect(type).toBe('application/problem+json');
      expect(headers['x-request-id']).toBeTruthy();
      validate(['components', 'schemas', 'Problem'], json);
      expect(json.status).toBe(status);
      expect(json.instance).toBe(`urn:request:${headers['x-request-id']}`);
    }
    const entry = Object.keys(paths).find((pattern) =>
      new RegExp(`^${pattern.replaceAll(/\{[^}]+\}/g, '[^/]+').replaceAll('.', '\\.')}$`).test(path),
    );
    const operation = entry === undefined ? undefined : paths[entry]?.[method.toLowerCase()];
    if (entry === undefined || operation === undefined) return;
    const key = operation.responses[status] ? String(status) : `${String(status)[0]}XX`;
    const response = operation.responses[key];
    expect(response, `${method} ${entry} has no ${status} in the document`).toBeDefined();
    if (status === 304 || status === 204) return;
    expect(Object.keys(response?.content ?? {}), `${method} ${entry} ${status}`).toContain(type);
    const schema = ['paths', entry, method.toLowerCase(), 'responses', key, 'content', type, 'schema'];
    if (type === 'application/x-ndjson') {
      for (const line of text.trimEnd().split('\n').slice(0, 50)) validate(schema, JSON.parse(line));
    } else if (type === 'text/event-stream') {
      for (const event of eventsOf(text)) validate(schema, event);
    } else {
      validate(schema, json ?? text);
    }
  };
}

/** The events of a whole stream, each as the document has it. */
export function eventsOf(text: string): PlanEvent[] {
  return text
    .split('\n\n')
    .filter((block) => block.includes('data: '))
    .map((block) => {
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)));
      return { ...fields, data: JSON.parse(fields.data) };
    });
}

interface Described {
  readonly content?: Readonly<Record<string, unknown>>;
}
