import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanningPool } from '../../src/http/ports.ts';
import { type Api, startApi } from '../support/api.ts';
import { referenceRequest } from '../support/examples.ts';

const reference = referenceRequest();
let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const typeOf = (slug: string) => `/docs/problems/${slug}`;

describe('bodies that are no JSON', () => {
  it.each<[string, string | Buffer, RegExp]>([
    ['nothing', '', /empty/],
    ['NaN', '{"cluster": NaN}', /line 1, column 13: JSON has no NaN/],
    ['Infinity', '{\n"cluster": {"nodes": Infinity}}', /line 2, column 22: JSON has no Infinity/],
    ['a trailing comma', '{"a": 1,}', /trailing comma/],
    ['half of it', '{"cluster": {', /before the "}"/],
    ['YAML', 'cluster: 1', /words stand in double quotes/],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /UTF-8/],
  ])('%s', async (_, raw, detail) => {
    const { status, json } = await api.call('POST', '/plans', { raw, headers: { 'content-type': 'application/json' } });
    expect(status).toBe(400);
    expect(json).toMatchObject({ type: typeOf('invalid-json'), detail: expect.stringMatching(detail) });
  });

  it('a byte order mark is no fault', async () => {
    const raw = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(JSON.stringify(reference))]);
    expect((await api.call('POST', '/plans', { raw })).status).toBe(201);
  });
});

describe('bodies of the wrong shape', () => {
  it.each<[string, string, string, RegExp]>([
    ['an array', '[]', '', /must be an object, not an array/],
    ['a string', '"plan"', '', /must be an object, not "plan"/],
    ['null', 'null', '', /must be an object, not null/],
    ['an unknown key', '{"clusterr": {}}', '/clusterr', /did you mean "cluster"/],
    ['a prototype', '{"__proto__": {"nodes": 1}}', '/__proto__', /unknown key/],
    ['a prototype in escapes', '{"\\u005f_proto__": {"nodes": 1}}', '/__proto__', /unknown key/],
    ['a constructor', '{"constructor": {"prototype": {}}}', '/constructor', /unknown key/],
    [
      'a number beyond numbers',
      '{"workload": {"kind": "batch", "batchSize": 1e400, "sequenceLength": 1}}',
      '/workload/batchSize',
      /beyond any number/,
    ],
    [
      'a nesting without end',
      `{"cluster": ${'['.repeat(5e5)}${']'.repeat(5e5)}}`,
      `/cluster${'/0'.repeat(63)}`,
      /nested more than 64 deep/,
    ],
  ])('%s', async (_, raw, pointer, detail) => {
    const { status, json } = await api.call('POST', '/plans', { raw });
    expect(status).toBe(400);
    expect(json.type).toBe(typeOf('invalid-request'));
    expect(json.errors).toContainEqual(expect.objectContaining({ pointer, detail: expect.stringMatching(detail) }));
    expect(Object.prototype).not.toHaveProperty('nodes');
  });

  it('have all their faults told at once, a hundred at most', async () => {
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, 0]));
    const { status, json, text } = await api.call('POST', '/plans', { body: many });
    expect(status).toBe(400);
    expect(json.errors).toHaveLength(100);
    expect(json.detail).toBe('The request has 20003 faults, of which the first 100 are listed.');
    expect(text.length).toBeLessThan(50_000);
  });

  it('are told so by every route that takes one', async () => {
    for (const url of ['/plans', '/estimates', '/verifications']) {
      const { status, json } = await api.call('POST', url, { body: { ...reference, modle: 1 } });
      expect(status).toBe(400);
      expect(json.errors).toContainEqual(expect.objectContaining({ pointer: '/modle' }));
    }
  });
});

describe('contradictions', () => {
  it('a pinned tp of 2 with 7 heads', async () => {
    const body = { ...reference, model: { ...reference.model, heads: 7, headDim: 64 }, constraints: { tp: 2 } };
    const { status, json } = await api.call('POST', '/plans', { body });
    expect(status).toBe(422);
    expect(json).toMatchObject({
      type: typeOf('contradiction'),
      title: 'Parts of the request contradict each other',
      detail: 'The request has a contradiction.',
      errors: [{ pointer: '/constraints/tp', detail: 'tp 2 does not divide the 7 heads' }],
    });
  });

  it('a strategy of more GPUs than there are', async () => {
    const { objective: _, ...rest } = reference;
    for (const url of ['/estimates', '/verifications']) {
      const { status, json } = await api.call('POST', url, { body: { ...rest, strategy: { tp: 16, dp: 16 } } });
      expect(status).toBe(422);
      expect(json.errors).toMatchObject([{ pointer: '/strategy' }]);
    }
  });
});

describe('requests that no route takes', () => {
  it.each([
    ['GET', '/nothing'],
    ['POST', '/plan'],
    ['GET', '/index.html'],
    ['GET', '/plans/x/y'],
    ['GET', '/docs/problems/none'],
    ['GET', '/docs/static/none.js'],
  ] as const)('%s %s is 404', async (method, url) => {
    const { status, json } = await api.call(method, url);
    expect(status).toBe(404);
    expect(json.type).toBe(typeOf('not-found'));
  });

  it.each([
    ['GET', '/plans', 'POST'],
    ['DELETE', `/plans/${'0'.repeat(64)}`, 'GET, HEAD'],
    ['PUT', '/estimates', 'POST'],
    ['PATCH', '/openapi.json', 'GET, HEAD'],
  ] as const)('%s %s is 405', async (method, url, allow) => {
    const { status, json, headers } = await api.call(method, url, {
      raw: '<a/>',
      headers: { 'content-type': 'text/xml' },
    });
    expect(status).toBe(405);
    expect(json.type).toBe(typeOf('method-not-allowed'));
    expect(headers.allow).toBe(allow);
  });

  it('406: an answer that the caller does not accept', async () => {
    for (const accept of ['text/html', 'application/json;q=0', 'image/*']) {
      const { status, json } = await api.call('POST', '/plans', { body: reference, headers: { accept } });
      expect(status).toBe(406);
      expect(json.type).toBe(typeOf('not-acceptable'));
    }
    for (const accept of ['*/*', 'application/*', 'text/html, */*;q=0.1']) {
      expect((await api.call('POST', '/plans', { body: reference, headers: { accept } })).status).toBeLessThan(300);
    }
  });

  it('413: a body beyond the limit', async () => {
    const raw = `{"a": "${'x'.repeat(2 ** 20)}"}`;
    const { status, json } = await api.call('POST', '/plans', { raw });
    expect(status).toBe(413);
    expect(json.type).toBe(typeOf('body-too-large'));
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense'])(
    '415: a body of %s',
    async (type) => {
      const { status, json } = await api.call('POST', '/plans', { raw: 'a=1', headers: { 'content-type': type } });
      expect(status).toBe(415);
      expect(json.type).toBe(typeOf('unsupported-media-type'));
    },
  );

  it('415: a body in a content coding', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect((await api.call('POST', '/plans', { raw: '{}', headers })).status).toBe(415);
  });

  it('400: a path that is no path', async () => {
    const { status, json } = await api.call('GET', '/plans/%zz');
    expect(status).toBe(400);
    expect(json.type).toBe(typeOf('malformed-http'));
  });

  it('404: plans that there are not', async () => {
    for (const id of ['0'.repeat(64), 'x', '..%2f..%2fetc', 'a'.repeat(150)]) {
      for (const rest of ['', '/placement', '/artifacts', '/artifacts/verify_strategy.py']) {
        const { status, json } = await api.call('GET', `/plans/${id}${rest}`);
        expect(status).toBe(404);
        expect(json.type).toBe(typeOf('plan-not-found'));
      }
    }
  });
});

describe('what is no HTTP', () => {
  /** What the server writes to a socket that it is sent this on. */
  const exchange = (sent: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const address = api.app.server.address();
      if (typeof address !== 'object' || address === null) throw new Error('not listening');
      const socket = connect(address.port, '127.0.0.1', () => socket.write(sent));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString();
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
      socket.setTimeout(5000, () => socket.destroy());
    });

  it.each([
    ['a request line', 'NONSENSE\r\n\r\n', 400, 'malformed-http'],
    ['headers', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431, 'headers-too-large'],
  ])('%s', async (_, sent, status, slug) => {
    const text = await exchange(sent);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text).toContain('content-type: application/problem+json');
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toMatchObject({ type: typeOf(slug), status });
  });
});

describe('faults of the service', () => {
  const withPool = (plan: PlanningPool['plan']) => startApi({ pool: { plan, close: async () => {} } });

  it('a 500 says nothing of its cause', async () => {
    const broken = await withPool(async () => {
      throw new Error('the secret of /etc/shardwell');
    });
    const { status, text, json } = await broken.call('POST', '/plans', { body: reference });
    expect(status).toBe(500);
    expect(json.type).toBe(typeOf('internal'));
    expect(text).not.toMatch(/secret|etc|stack|\.ts/);
    await broken.close();
  });

  it('503 when the queue is full', async () => {
    const full = await withPool(async () => {
      throw Object.assign(new Error('full'), { code: 'OVERLOADED' });
    });
    for (const url of ['/plans', '/estimates']) {
      const { objective: _, ...rest } = reference;
      const { status, json, headers } = await full.call('POST', url, {
        body: url === '/plans' ? reference : { ...rest, strategy: {} },
      });
      expect(status).toBe(503);
      expect(json.type).toBe(typeOf('overloaded'));
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    const wrong = { ...reference, constraints: { pp: 17 } };
    expect((await full.call('POST', '/plans', { body: wrong })).status, 'a contradiction needs no planner').toBe(422);
    await full.close();
  });

  it('503 when a planner ran out of memory', async () => {
    const small = await withPool(async () => {
      throw Object.assign(new Error('heap'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
    });
    const { status, json } = await small.call('POST', '/plans', { body: reference });
    expect(status).toBe(503);
    expect(json.type).toBe(typeOf('out-of-memory'));
    await small.close();
  });

  it('503 when nothing was found in time', async () => {
    const slow = await withPool(async () => ({ kind: 'out-of-time', retryAfterS: 17 }));
    const { status, json, headers } = await slow.call('POST', '/plans', { body: reference });
    expect(status).toBe(503);
    expect(json.type).toBe(typeOf('out-of-time'));
    expect(headers['retry-after']).toBe('17');
    await slow.close();
  });
});

describe('request ids', () => {
  it('are the caller’s where they are harmless, and else ours', async () => {
    const own = await api.call('GET', '/nothing', { headers: { 'x-request-id': 'trace-1.a_B' } });
    expect(own.headers['x-request-id']).toBe('trace-1.a_B');
    const ours = await api.call('GET', '/nothing', { headers: { 'x-request-id': 'a b"c' } });
    expect(ours.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});
