/** What browsers are told, and what one makes of it. */
import { chromium as browserType } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { createKey } from '../../src/http/auth/api-key.ts';
import { createAuthenticator } from '../../src/http/auth/authenticate.ts';
import { createKeyRing } from '../../src/http/auth/key-ring.ts';
import { type Api, startApi } from '../support/api.ts';
import { chromium, hasChromium } from '../support/tools.ts';

let api: Api | undefined;
afterEach(() => api?.close());
const started = async (options: Parameters<typeof startApi>[0] = {}) => {
  api = await startApi(options);
  return api;
};
const base = () => {
  const address = api?.app.server.address();
  if (typeof address !== 'object' || address === null) throw new Error('not listening');
  return `http://127.0.0.1:${address.port}`;
};
const withConfig = (config: object) => started({ config: { bodyLimitBytes: 2 ** 20, ...config } });

describe('pages', () => {
  it.each(['/docs', '/docs/static/swagger-ui-bundle.js', '/docs/problems', '/docs/problems/internal'])(
    '%s has a policy that lets nothing foreign in, and promises no HTTPS that there may not be',
    async (url) => {
      const { call } = await started();
      const { headers } = await call('GET', url);
      const policy = headers['content-security-policy'] ?? '';
      const directives = new Map(
        policy.split(';').map((directive) => {
          const [name = '', ...values] = directive.trim().split(' ');
          return [name, values.join(' ')];
        }),
      );
      expect(directives.get('default-src')).toBe("'none'");
      expect(directives.get('script-src')).toBe("'self'");
      expect(directives.get('frame-ancestors')).toBe("'none'");
      expect(policy).not.toMatch(/https?:|\*|upgrade-insecure-requests/);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
      });
      expect(headers).not.toHaveProperty('strict-transport-security');
    },
  );

  it('promise HTTPS behind a proxy that speaks it', async () => {
    const { call } = await withConfig({ behindTls: true });
    const { headers } = await call('GET', '/docs');
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
    expect(headers['content-security-policy']).toContain('upgrade-insecure-requests');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
  });

  it('alone have those headers: answers to programs are spared them', async () => {
    const { call } = await started();
    for (const url of ['/gpus', '/openapi.json', '/health/live']) {
      const { headers } = await call('GET', url);
      expect(headers).not.toHaveProperty('content-security-policy');
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });
});

describe('calls of other origins', () => {
  const origin = 'https://tools.example';
  const preflight = (from: string, path = '/plans') =>
    fetch(base() + path, {
      method: 'OPTIONS',
      headers: {
        origin: from,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-api-key',
      },
    });

  it('are not allowed unless an origin is named', async () => {
    const { call } = await started();
    expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
    expect((await call('GET', '/gpus', { headers: { origin } })).headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
  });

  it('are allowed to those that are named, who may read refusals too', async () => {
    const key = createKey();
    const ring = createKeyRing([{ ...key, name: 'page', scopes: ['read'] }]);
    const { call } = await started({
      config: { bodyLimitBytes: 2 ** 20, corsOrigins: [origin] },
      authenticator: createAuthenticator({ keys: () => ring }),
    });
    const allowed = await preflight(origin);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(origin);
    expect(allowed.headers.get('access-control-allow-headers')).toContain('x-api-key');
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
    for (const other of ['https://evil.example', 'https://tools.example.evil.example', 'http://tools.example', 'null'])
      expect((await preflight(other)).headers.get('access-control-allow-origin')).not.toBe(other);
    for (const [headers, status] of [
      [{ origin, 'x-api-key': key.key }, 200],
      [{ origin }, 401],
    ] as const) {
      const answer = await call('GET', '/gpus', { headers });
      expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([status, origin]);
      expect(answer.headers.vary).toMatch(/origin/i);
      expect(answer.headers['access-control-expose-headers']).toContain('cache-status');
    }
    // The route of preflights makes no path of what is none.
    expect((await call('GET', '/nothing')).status).toBe(404);
    expect((await call('PUT', '/plans')).headers.allow).toBe('POST');
  });
});

describe.skipIf(!hasChromium)('Swagger UI in a browser', () => {
  it('works under its policy without a word of complaint: “Authorize”, “Try it out”, an answer', async () => {
    const key = createKey();
    const ring = createKeyRing([{ ...key, name: 'browser', scopes: ['read'] }]);
    await started({ authenticator: createAuthenticator({ keys: () => ring }) });
    // As root, as in CI, chromium has no sandbox to offer; it opens nothing but the service.
    const browser = await browserType.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] });
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      const asked: string[] = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('request', (request) => asked.push(request.url()));
      await page.goto(`${base()}/docs`);
      const operation = page.locator('#operations-catalog-listGpus');
      await operation.locator('.opblock-summary-control').click();
      await operation.locator('button.execute').click();
      await operation.locator('.live-responses-table .response-col_status', { hasText: '401' }).waitFor();
      expect(complaints.splice(0)).toEqual([expect.stringMatching(/status of 401/)]);

      await page.locator('.auth-wrapper > button.authorize').click();
      await page.locator('.modal-ux input').first().fill(key.key);
      await page.locator('.modal-ux button[type=submit]').first().click();
      await page.locator('.modal-ux button.btn-done').first().click();
      await operation.locator('button.execute').click();
      await operation.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor();
      await operation.locator('.live-responses-table', { hasText: 'h100-sxm' }).waitFor();
      await page.goto(`${base()}/docs/problems/forbidden`);
      expect(await page.locator('h2').textContent()).toBe('forbidden');
      expect(complaints).toEqual([]);
      // All that it loads is the service's own.
      expect(asked.length).toBeGreaterThan(5);
      for (const url of asked) expect(url).toMatch(new RegExp(`^(${base()}/|data:|blob:)`));
    } finally {
      await browser.close();
    }
  }, 120_000);
});
