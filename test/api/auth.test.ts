/** Keys and tokens through the whole service: who is let in, who is not, and what each is told. */
import { readFileSync } from 'node:fs';
import { exportSPKI, importJWK, SignJWT } from 'jose';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../src/http/auth/api-key.ts';
import { createAuthenticator } from '../../src/http/auth/authenticate.ts';
import { createKeyRing } from '../../src/http/auth/key-ring.ts';
import { requiredScope, type Scope, scopes } from '../../src/http/auth/scopes.ts';
import { createTokenJudge, type TokenSettings } from '../../src/http/auth/tokens.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { type Api, startApi } from '../support/api.ts';
import { referenceRequest } from '../support/examples.ts';
import {
  audience,
  createSigningKey,
  type Issuer,
  issuerName,
  type SigningKey,
  startIssuer,
  tokenOf,
} from '../support/issuer.ts';

const reference = referenceRequest();
const made = { plan: createKey(), read: createKey(), metrics: createKey(), expired: createKey() };
const ring = createKeyRing([
  { ...made.plan, name: 'planner', scopes: ['plan'] },
  { ...made.read, name: 'reader', scopes: ['read'] },
  { ...made.metrics, name: 'prometheus', scopes: ['metrics'] },
  { ...made.expired, name: 'gone', scopes: ['plan', 'read'], expiresMs: Date.now() - 1 },
]);
const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });

const operations = [
  ['POST', '/plans', 'plan'],
  ['POST', '/estimates', 'plan'],
  ['POST', '/verifications', 'plan'],
  ['GET', `/plans/${'0'.repeat(64)}`, 'read'],
  ['GET', `/plans/${'0'.repeat(64)}/placement`, 'read'],
  ['GET', `/plans/${'0'.repeat(64)}/artifacts`, 'read'],
  ['GET', `/plans/${'0'.repeat(64)}/artifacts/x`, 'read'],
  ['GET', '/gpus', 'read'],
  ['GET', '/gpus/l4', 'read'],
  ['GET', '/models', 'read'],
  ['GET', '/models/qwen3-0.6b', 'read'],
  ['HEAD', '/models', 'read'],
  ['GET', '/metrics', 'metrics'],
] as const satisfies readonly (readonly [string, string, Scope])[];

describe('keys', () => {
  const lines: string[] = [];
  const metrics = createMetrics();
  let api: Api;
  beforeAll(async () => {
    api = await startApi({
      authenticator: createAuthenticator({ keys: () => ring }),
      metrics,
      logger: pino({ level: 'info' }, { write: (line: string) => lines.push(line) }),
    });
  });
  afterAll(() => api.close());

  describe.each(operations)('%s %s', (method, url, wanted) => {
    it('without a credential is 401, and says what is asked for', async () => {
      const { status, headers, json } = await api.call(method, url);
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toBe('Bearer realm="shardwell"');
      if (method !== 'HEAD') expect(json.type).toBe('/docs/problems/unauthenticated');
    });

    it('is open to its scope alone, by either header', async () => {
      for (const scope of scopes) {
        for (const headers of [bearer(made[scope].key), { 'x-api-key': made[scope].key }]) {
          const { status, json, headers: told } = await api.call(method, url, { headers });
          if (scope === wanted) {
            expect([401, 403]).not.toContain(status);
          } else {
            expect(status).toBe(403);
            expect(told['www-authenticate']).toBe(
              `Bearer realm="shardwell", error="insufficient_scope", scope="${wanted}"`,
            );
            if (method !== 'HEAD') expect(json.detail).toContain(`"${wanted}"`);
          }
        }
      }
    });
  });

  it('are all that the document says an operation takes, and the document leaves out none that asks', async () => {
    const { json } = await api.call('GET', '/openapi.json');
    expect(Object.keys(json.components.securitySchemes)).toEqual(['bearer', 'apiKey']);
    for (const [path, methods] of Object.entries(json.paths)) {
      for (const [method, operation] of Object.entries(Object(methods))) {
        const scope = requiredScope({ url: path, method: method.toUpperCase() });
        const { security, responses } = Object(operation);
        const { status } = await api.call(method === 'get' ? 'GET' : 'POST', path.replaceAll(/\{\w+\}/g, 'x'));
        expect(status === 401, `${method} ${path}`).toBe(scope !== undefined);
        expect(security).toEqual(scope && [{ bearer: [scope] }, { apiKey: [scope] }, {}]);
        expect(Object.keys(responses).includes('401')).toBe(scope !== undefined);
      }
    }
  });

  it.each([
    '/health/live',
    '/health/ready',
    '/',
    '/page/main.js',
    '/docs',
    '/docs/problems/forbidden',
    '/openapi.json',
    '/docs/static/swagger-ui.css',
  ])('%s asks for none', async (url) => {
    const { status } = await api.call('GET', url);
    expect([200, 503]).toContain(status);
  });

  it('plan, and what has no path is 404 to all', async () => {
    expect((await api.call('POST', '/plans', { body: reference, headers: bearer(made.plan.key) })).status).toBe(201);
    expect((await api.call('GET', '/nothing')).status).toBe(404);
    expect((await api.call('DELETE', '/plans')).status).toBe(405);
  });

  it.each<[string, Record<string, string>, string]>([
    ['an unknown key', bearer(createKey().key), 'none that this service knows'],
    ['an expired key', bearer(made.expired.key), 'expired'],
    ['the hash of a key', bearer(made.plan.sha256), 'none that this service knows'],
    ['a token where no issuer is set', bearer('a.b.c'), 'none that this service knows'],
    [
      'a key in both headers, the bearer wrong',
      { ...bearer('x'), 'x-api-key': made.plan.key },
      'none that this service knows',
    ],
  ])('%s is 401 with invalid_token', async (_, headers, word) => {
    const { status, headers: told, json } = await api.call('POST', '/plans', { body: reference, headers });
    expect(status).toBe(401);
    expect(told['www-authenticate']).toMatch(/^Bearer realm="shardwell", error="invalid_token"$/);
    expect(json.detail).toMatch(word);
  });

  it.each<[string, Record<string, string>]>([
    ['another scheme', { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` }],
    ['a key without a scheme', { authorization: made.plan.key }],
    ['an empty key', { 'x-api-key': '' }],
    ['two words', { authorization: `Bearer ${made.plan.key} ${made.plan.key}` }],
  ])('%s is no credential', async (_, headers) => {
    const { status, headers: told } = await api.call('POST', '/plans', { body: reference, headers });
    expect([status, told['www-authenticate']]).toEqual([401, 'Bearer realm="shardwell"']);
  });

  it('a proxy’s own Authorization leaves X-API-Key in force', async () => {
    const headers = { authorization: 'Basic YTpi', 'x-api-key': made.plan.key };
    expect((await api.call('POST', '/plans', { body: reference, headers })).status).toBe(200);
  });

  it('are asked for before a body is read', async () => {
    const raw = 'x'.repeat(2 ** 20 + 1);
    expect((await api.call('POST', '/plans', { raw })).status).toBe(401);
  });

  it('leave the client’s name in the log, never the key, and are counted', async () => {
    lines.length = 0;
    await api.call('GET', '/gpus', { headers: bearer(made.read.key) });
    await api.call('POST', '/plans', { headers: bearer(made.read.key) });
    await api.call('GET', '/gpus', { headers: bearer(createKey().key) });
    const entries = lines.map((line) => JSON.parse(line));
    expect(entries.map(({ client, status }) => [client, status])).toEqual([
      ['key:reader', 200],
      ['key:reader', 403],
      [undefined, 401],
    ]);
    expect(lines.join('')).not.toMatch(/shardwell_[0-9a-f]{16}/);
    const text = await metrics.text('prometheus');
    for (const reason of ['missing', 'unknown', 'expired', 'scope'])
      expect(text).toMatch(new RegExp(`^shardwell_auth_refusals_total\\{reason="${reason}"\\} [1-9]`, 'm'));
  });
});

it('without an authenticator nothing is asked', async () => {
  const api = await startApi();
  for (const [method, url] of operations) expect([401, 403]).not.toContain((await api.call(method, url)).status);
  await api.close();
});

describe('tokens', () => {
  let first: SigningKey;
  let second: SigningKey;
  let stranger: SigningKey;
  let issuer: Issuer;
  let api: Api;
  const started = async (settings: Partial<TokenSettings> = {}) => {
    issuer = await startIssuer([first]);
    const metrics = createMetrics();
    const tokens = createTokenJudge({
      jwksUrl: issuer.url,
      issuer: issuerName,
      audience,
      failed: () => metrics.auth.jwksFailed(),
      ...settings,
    });
    api = await startApi({ authenticator: createAuthenticator({ keys: () => ring, tokens }), metrics });
    return { tokens, metrics };
  };
  const statusWith = async (token: string, method: 'GET' | 'POST' = 'GET') =>
    (await api.call(method, method === 'GET' ? '/gpus' : '/plans', { headers: bearer(token) })).status;

  beforeAll(async () => {
    first = await createSigningKey('a');
    second = await createSigningKey('b');
    stranger = await createSigningKey('a');
  });
  afterEach(async () => {
    await api.close();
    await issuer.close();
  });

  it('of the issuer open what their scope says, and are proved by one fetch of its keys', async () => {
    await started();
    const token = await tokenOf(first);
    expect(await statusWith(token)).toBe(200);
    expect(await statusWith(token, 'POST')).toBe(400);
    expect(await statusWith(await tokenOf(first, { scope: undefined, scp: ['read'] }))).toBe(200);
    expect(await statusWith(await tokenOf(first, { scope: 'read' }), 'POST')).toBe(403);
    expect(await statusWith(await tokenOf(first, { scope: 'admin READ' }))).toBe(403);
    expect(await statusWith(await tokenOf(first, { scope: undefined }))).toBe(403);
    expect(await statusWith(await tokenOf(first, { aud: ['other', audience] }))).toBe(200);
    expect((await api.call('GET', '/gpus', { headers: { 'x-api-key': token } })).status).toBe(200);
    expect(issuer.fetches()).toBe(1);
  });

  it.each(['RS256', 'PS512', 'ES384', 'EdDSA'])('may be signed by %s', async (alg) => {
    await started();
    const key = await createSigningKey(alg, alg);
    issuer.publish([key]);
    expect(await statusWith(await tokenOf(key))).toBe(200);
  });

  it('that are not as they must be are 401', async () => {
    await started();
    const now = Math.floor(Date.now() / 1000);
    const unsigned = [{ alg: 'none' }, { iss: issuerName, aud: audience, sub: 'x', scope: 'plan', exp: now + 300 }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    // The public key, which everybody has, as the shared secret of an HMAC.
    const shared = new TextEncoder().encode(JSON.stringify(first.jwk));
    const publicKey = await importJWK(first.jwk, 'ES256', { extractable: true });
    const pem = publicKey instanceof Uint8Array ? '' : await exportSPKI(publicKey);
    const hmac = (secret: Uint8Array) =>
      new SignJWT({ scope: 'read' })
        .setProtectedHeader({ alg: 'HS256', kid: 'a' })
        .setIssuer(issuerName)
        .setAudience(audience)
        .setSubject('x')
        .setExpirationTime('5m')
        .sign(secret);
    const good = await tokenOf(first);
    const [head, , signature] = good.split('.');
    const forged = Buffer.from(
      JSON.stringify({ iss: issuerName, aud: audience, sub: 'x', scope: 'plan read', exp: now + 999 }),
    );
    const bad: Record<string, string> = {
      'of another issuer': await tokenOf(first, { iss: 'https://other.test/' }),
      'without an issuer': await tokenOf(first, { iss: undefined }),
      'for another audience': await tokenOf(first, { aud: 'other' }),
      'without an audience': await tokenOf(first, { aud: undefined }),
      'without an expiry': await tokenOf(first, { exp: undefined }),
      'without a subject': await tokenOf(first, { sub: undefined }),
      expired: await tokenOf(first, { exp: now - 31 }),
      'not yet valid': await tokenOf(first, { nbf: now + 60 }),
      'signed by a stranger under the same key id': await tokenOf(stranger),
      'of a key id that is not published': await tokenOf(second),
      'that bring their own keys': await tokenOf(stranger, {}, { jwk: stranger.jwk, jku: 'http://127.0.0.1:9/' }),
      'with another payload': `${head}.${forged.toString('base64url')}.${signature}`,
      'cut short': good.slice(0, -2),
      unsigned: `${unsigned}.`,
      'with a signature of none': `${unsigned}.AAAA`,
      'under the public key as a secret': await hmac(shared),
      'under the public PEM as a secret': await hmac(new TextEncoder().encode(pem)),
      nonsense: 'a.b.c',
    };
    for (const [what, token] of Object.entries(bad)) {
      const { status, json } = await api.call('GET', '/gpus', { headers: bearer(token) });
      expect(status, what).toBe(401);
      expect(json.type).toBe('/docs/problems/unauthenticated');
    }
    expect(await statusWith(await tokenOf(first, { exp: now - 5 })), 'within what clocks may differ').toBe(200);
    // Unknown key ids do not make a fetch each.
    expect(issuer.fetches()).toBe(1);
  });

  it('of a new key are good once it is published, and of a withdrawn one no longer', async () => {
    await started({ cooldownMs: 0, keysServeMs: 0 });
    expect(await statusWith(await tokenOf(second))).toBe(401);
    issuer.publish([second]);
    expect(await statusWith(await tokenOf(second))).toBe(200);
    expect(await statusWith(await tokenOf(first))).toBe(401);
  });

  it.each<[string, Parameters<Issuer['publish']>[0]]>([
    ['is out of order', { status: 500, body: '{}' }],
    ['answers with no JSON', { status: 200, body: '<html>' }],
    ['answers with no key set', { status: 200, body: '{"keys": 1}' }],
    ['points elsewhere', { status: 302, body: '' }],
    ['is silent', 'silence'],
  ])('are 503 while the issuer %s; keys go on, and so do tokens once it is back', async (_, answer) => {
    const { metrics } = await started({ retryMs: 300, fetchTimeoutMs: 200 });
    issuer.publish(answer);
    const token = await tokenOf(first);
    const { status, headers, json } = await api.call('GET', '/gpus', { headers: bearer(token) });
    expect(status).toBe(503);
    expect(json.type).toBe('/docs/problems/auth-unavailable');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(await statusWith(made.read.key)).toBe(200);
    expect(await metrics.text('prometheus')).toMatch(/shardwell_auth_refusals_total\{reason="unavailable"\} 1/);
    issuer.publish([first]);
    await expect.poll(() => statusWith(token), { timeout: 5_000 }).toBe(200);
  });

  it('do not each wait for an issuer that is gone', async () => {
    const { metrics } = await started({ retryMs: 60_000 });
    await issuer.close();
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, i) => tokenOf(first, { sub: `s${i}` })));
    for (const token of tokens) expect(await statusWith(token)).toBe(503);
    expect(await metrics.text('prometheus')).toContain('shardwell_auth_jwks_failures_total 1\n');
  });

  it('that proved good stay good while the issuer is gone and its keys serve, and no longer', async () => {
    await started({ keysServeMs: 1_500, retryMs: 0 });
    expect(await statusWith(await tokenOf(first))).toBe(200);
    issuer.publish({ status: 500, body: '' });
    expect(await statusWith(await tokenOf(first, { sub: 'other' }))).toBe(200);
    // A stranger's key id makes a fetch that fails; nobody else is to suffer for it.
    await statusWith(await tokenOf(second));
    expect(await statusWith(await tokenOf(first, { sub: 'a third' }))).toBe(200);
    await expect
      .poll(async () => statusWith(await tokenOf(first, { sub: `${Math.random()}` })), { timeout: 5_000 })
      .toBe(503);
  });

  it('are not proved again for each request, and not remembered past their expiry', async () => {
    const { tokens } = await started();
    const now = Math.floor(Date.now() / 1000);
    const short = await tokenOf(first, { exp: now - 28 });
    expect(await tokens(short)).toMatchObject({ kind: 'client' });
    expect(tokens(short), 'a remembered one is judged at once').toMatchObject({
      kind: 'client',
      client: { name: 'jwt:scheduler' },
    });
    await expect.poll(async () => (await tokens(short)).kind, { timeout: 6_000 }).toBe('refused');
  });
});

describe('the page about authentication', () => {
  it('names every scope and both headers', () => {
    const page = readFileSync('docs/authentication.md', 'utf8');
    for (const word of [
      ...scopes.map((scope) => `\`${scope}\``),
      'Authorization: Bearer',
      'X-API-Key',
      'AUTH_JWKS_URL',
    ])
      expect(page).toContain(word);
  });
});
