/** GET /: an index for programs, and for a browser a page that plans. One service, which asks for a key, and one browser. */
import { readdirSync, readFileSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium as browserType, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../src/http/auth/api-key.ts';
import { createAuthenticator } from '../../src/http/auth/authenticate.ts';
import { createKeyRing } from '../../src/http/auth/key-ring.ts';
import { type Api, startApi } from '../support/api.ts';
import { exampleRequest } from '../support/examples.ts';
import { chromium, hasChromium } from '../support/tools.ts';

const key = createKey();
let api: Api;
let base: string;

beforeAll(async () => {
  const ring = createKeyRing([{ ...key, name: 'page', scopes: ['read', 'plan'] }]);
  api = await startApi({ authenticator: createAuthenticator({ keys: () => ring }) });
  const address = api.app.server.address();
  if (typeof address !== 'object' || address === null) throw new Error('not listening');
  base = `http://127.0.0.1:${address.port}`;
});
afterAll(() => api.close());

describe('GET /', () => {
  it('tells a program where everything is, and a browser a page, without a key', async () => {
    for (const accept of ['application/json', '*/*', undefined]) {
      const { status, headers, json } = await api.call('GET', '/', { headers: accept ? { accept } : {} });
      expect([status, headers['content-type'], headers.vary]).toEqual([
        200,
        'application/json; charset=utf-8',
        'accept',
      ]);
      expect(json).toMatchObject({ service: 'shardwell', links: { plans: '/plans', openapi: '/openapi.json' } });
    }
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    const page = await api.call('GET', '/', { headers: { accept } });
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect((await api.call('GET', '/', { headers: { accept: 'text/csv' } })).status).toBe(406);
    expect((await api.call('HEAD', '/', { headers: { accept } })).status).toBe(200);
    expect((await api.call('POST', '/')).headers.allow).toBe('GET, HEAD');

    const again = await api.call('GET', '/', { headers: { accept, 'if-none-match': page.headers.etag ?? '' } });
    expect([again.status, again.text]).toEqual([304, '']);
    expect(again.headers['content-security-policy']).toBe(page.headers['content-security-policy']);
  });

  it('links to what is there', async () => {
    const { json } = await api.call('GET', '/', { headers: { accept: 'application/json' } });
    const headers = { 'x-api-key': key.key };
    for (const href of Object.values<string>(json.links)) {
      const { status } = await api.call('GET', href, { headers });
      // What takes a POST says so, metrics want a scope of their own, and no planner was started here.
      expect([200, 403, 405, 503], href).toContain(status);
    }
  });

  it('has a policy without exceptions, and files under it', async () => {
    const page = await api.call('GET', '/', { headers: { accept: 'text/html' } });
    const policy = page.headers['content-security-policy'];
    expect(policy?.split(';').sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "img-src 'self' data:",
      "script-src 'self'",
      expect.stringMatching(/^style-src 'self' 'sha256-[\w+/]+='$/),
    ]);
    expect(page.text).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]* src="\/page\/)/);
    const names = readdirSync(new URL('../../src/page/', import.meta.url)).filter((name) => /\.(js|css)$/.test(name));
    expect(names).toContain('main.js');
    for (const name of names) {
      const { status, headers, text } = await api.call('GET', `/page/${name}`);
      expect([status, headers['content-type'], headers['cache-control']]).toEqual([
        200,
        name.endsWith('.js') ? 'text/javascript; charset=utf-8' : 'text/css; charset=utf-8',
        'no-cache',
      ]);
      expect(text).toBe(readFileSync(new URL(`../../src/page/${name}`, import.meta.url), 'utf8'));
      expect(
        (await api.call('GET', `/page/${name}`, { headers: { 'if-none-match': headers.etag ?? '' } })).status,
      ).toBe(304);
    }
    for (const name of ['index.html', 'request.test.ts', '..%2f..%2fpackage.json', 'none.js'])
      expect((await api.call('GET', `/page/${name}`)).status, name).toBe(404);
  });
});

describe.skipIf(!hasChromium)('the page in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    // As root, as in CI, chromium has no sandbox to offer; it opens nothing but the service.
    browser = await browserType.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(() => browser.close());

  const wide = { viewport: { width: 1280, height: 900 } } as const;

  /** A page that is known to the service, and what it complained of and asked for. */
  async function opened(path: string, options: BrowserContextOptions = wide, { withKey = true } = {}) {
    const context = await browser.newContext(options);
    if (withKey) await context.addInitScript(`sessionStorage.setItem('shardwell-key', ${JSON.stringify(key.key)})`);
    const page = await context.newPage();
    const complaints: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(base + path);
    return { page, complaints, asked, close: () => context.close() };
  }

  /** Workers of one kind alone are a small space to search. */
  const quick = '/?modes=aggregated';
  const heading = (page: Page) => page.locator('#plan h2');
  const said = (page: Page, words: string) =>
    page.locator('#announcement', { hasText: words }).waitFor({ state: 'attached' });
  const foreign = (urls: readonly string[]) =>
    urls.filter((url) => !url.startsWith(`${base}/`) && !/^(data|blob):/.test(url));

  async function violations(page: Page) {
    // Through the debugger, to which the page’s policy does not apply: it stays in force.
    await page.evaluate(axe.source);
    const { violations: found } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
      "axe.run({ resultTypes: ['violations'] })",
    );
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  const optionsOf = (colorScheme: 'light' | 'dark', width: number): BrowserContextOptions => ({
    colorScheme,
    viewport: { width, height: 800 },
  });

  it('asks for a key, plans by itself, and plans anew with each change', async () => {
    const { page, complaints, asked, close } = await opened('/', wide, { withKey: false });
    await page.locator('#key').fill(key.key);
    expect(await violations(page)).toEqual([]);
    expect(complaints.splice(0).join()).toMatch(/status of 401/);
    await page.locator('#key').press('Enter');
    await said(page, 'optimal');
    const first = await heading(page).textContent();
    expect(await page.evaluate('[localStorage.length, document.cookie]')).toEqual([0, '']);

    await page.locator('#objective').selectOption('cost');
    // Asked from here: what playwright waits for inside the page is evaluated there, which the page’s policy forbids.
    await expect.poll(() => heading(page).textContent(), { timeout: 30_000 }).not.toBe(first);
    expect(page.url()).toContain('objective=cost');
    await page.locator('#kind').selectOption('batch');
    await said(page, 'Step');
    expect(await page.locator('#inputTokens').isVisible()).toBe(false);
    expect(await page.locator('#plan .metrics dt').allTextContents()).toContain('Compute');

    // The address holds the question: back is the one before, and a reload is the same.
    await page.goBack();
    await said(page, 'TTFT');
    expect(await page.locator('#kind').inputValue()).toBe('serving');
    expect(await page.locator('#objective').inputValue()).toBe('cost');
    await page.goForward();
    await said(page, 'Step');
    await page.reload();
    await said(page, 'Step');
    expect(await page.locator('#kind').inputValue()).toBe('batch');
    expect(complaints).toEqual([]);
    expect(asked.length).toBeGreaterThan(15);
    expect(foreign(asked)).toEqual([]);
    await close();
  }, 120_000);

  it('opens the report with the key, in a tab of its own that has none of it', async () => {
    const { page, complaints, asked, close } = await opened(quick);
    await said(page, 'optimal');
    const name = await heading(page).textContent();
    const told: string[] = [];
    page.context().on('page', (tab) => tab.on('console', (message) => told.push(message.text())));
    const [report] = await Promise.all([
      page.context().waitForEvent('page'),
      page.locator('#plan .links a', { hasText: 'The report' }).click(),
    ]);
    await report.locator('h1').waitFor();
    expect(report.url()).toMatch(new RegExp(`^blob:${base}/`));
    expect(await report.locator('body').innerText()).toContain(name ?? 'a name');
    // The report's own style is in force, and nothing that it does is against the policy that it stands under.
    expect(await report.evaluate('getComputedStyle(document.body).margin')).toBe(await styledMargin());
    expect(await report.evaluate('window.opener')).toBe(null);
    expect(await violations(report)).toEqual([]);
    await report.reload();
    expect(await report.locator('h1').count()).toBe(1);
    expect([complaints, told]).toEqual([[], []]);
    expect(asked.join()).not.toContain(key.key);
    expect(asked.filter((url) => url.endsWith('/report'))).toHaveLength(1);

    await page.route('**/report', (route) => route.fulfill({ status: 503, json: { title: 'Busy', status: 503 } }));
    await page.locator('#plan .links a', { hasText: 'The report' }).click();
    await page.locator('#plan .links [role=alert]', { hasText: 'Busy' }).waitFor();
    await expect.poll(() => page.context().pages().length).toBe(2);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('#plan .links a', { hasText: 'All files' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('plan.zip');
    await close();

    /** What the same page has where the service itself serves it. */
    async function styledMargin() {
      const context = await browser.newContext({ ...wide, extraHTTPHeaders: { 'x-api-key': key.key } });
      const own = await context.newPage();
      await own.goto(base + (await page.locator('#plan .links a', { hasText: 'The report' }).getAttribute('href')));
      const margin = await own.evaluate('getComputedStyle(document.body).margin');
      expect(margin).not.toBe('8px');
      await context.close();
      return margin;
    }
  }, 120_000);

  it('shows the last question’s answer alone, and waits as long as it is asked to', async () => {
    const { page, complaints, close } = await opened(quick);
    await said(page, 'optimal');
    const given: string[] = [];
    page.on('requestfailed', (request) => given.push(request.postData() ?? ''));
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/plans', async (route) => {
      if (route.request().postDataJSON().cluster.nodes === 2) await held;
      await route.continue().catch(() => {});
    });
    await page.locator('#nodes').fill('2');
    await page.locator('#progress', { hasText: 'Planning' }).waitFor();
    await page.locator('#nodes').fill('4');
    await page.locator('.lead', { hasText: 'of 32' }).waitFor();
    release();
    expect(given.map((body) => JSON.parse(body).cluster.nodes)).toEqual([2]);
    await page.unroute('**/plans');

    let refusals = 0;
    const times: number[] = [];
    await page.route('**/plans', async (route) => {
      times.push(performance.now());
      if (refusals++ > 0) return route.continue();
      const problem = {
        type: '/docs/problems/rate-limited',
        title: 'Too many',
        status: 429,
        instance: 'urn:request:x',
      };
      return route.fulfill({
        status: 429,
        headers: { 'retry-after': '4', 'content-type': 'application/problem+json' },
        body: JSON.stringify(problem),
      });
    });
    await page.locator('#nodes').fill('3');
    await page.locator('#progress', { hasText: /Trying again in \d s/ }).waitFor();
    // A change while it waits changes what is asked, and not when.
    await page.locator('#nodes').fill('1');
    await page.locator('.lead', { hasText: 'of 8' }).waitFor();
    const [refused = 0, asked = 0] = times;
    expect(times).toHaveLength(2);
    expect(asked - refused).toBeGreaterThanOrEqual(3900);
    expect(complaints).toEqual([expect.stringMatching(/429/)]);
    await close();
  }, 120_000);

  it('says at a field what is wrong with it, and what would help where nothing fits', async () => {
    const { page, complaints, close } = await opened(quick);
    await said(page, 'optimal');
    await page.locator('#nodes').fill('0');
    await page.locator('#nodes-error', { hasText: 'must be at least 1, not 0' }).waitFor();
    expect(await page.locator('#nodes').getAttribute('aria-invalid')).toBe('true');
    expect(await page.locator('#nodes').getAttribute('aria-describedby')).toBe('nodes-error');
    expect(await page.evaluate('document.activeElement.id')).toBe('nodes');
    await page.locator('#more summary').click();
    await page.locator('#maxGpus').fill('none');
    await page.locator('#maxGpus-error').waitFor();
    expect(await page.locator('#plan li').count()).toBe(2);
    await page.locator('#plan li a', { hasText: 'Nodes' }).click();
    expect(await page.evaluate('document.activeElement.id')).toBe('nodes');
    await page.locator('#nodes').fill('1');
    await page.locator('#nodes-error').waitFor({ state: 'detached' });
    await page.locator('#maxGpus').fill('');
    await said(page, 'optimal');
    expect(complaints.splice(0).every((text) => text.includes('400'))).toBe(true);

    await page.locator('#precision').selectOption('bf16');
    await page.locator('#model').selectOption('Llama-3.1-405B');
    await said(page, 'Nothing is feasible');
    const remedy = page.locator('.remedies button').first();
    await remedy.click();
    await said(page, 'optimal');
    expect(await page.locator('#nodes').inputValue()).toBe('2');
    expect(await page.evaluate('document.activeElement.id')).toBe('nodes');
    expect(complaints).toEqual([]);
    await close();
  }, 120_000);

  it('takes a model and a GPU that no catalog has, and says beside each what is wrong with it', async () => {
    const { model } = exampleRequest('qwen3-config-json');
    const config = typeof model === 'object' && 'huggingFace' in model ? model.huggingFace : {};
    const { page, complaints, close } = await opened(quick);
    await said(page, 'optimal');
    await page.locator('#model').selectOption('json');
    await page.locator('.lead', { hasText: 'my-moe' }).waitFor();
    await page.locator('#modelJson').fill(JSON.stringify(config, null, 2));
    await page.locator('.lead', { hasText: '3.35 B active' }).waitFor();
    expect(new URL(page.url()).searchParams.get('modelJson')).toBe(JSON.stringify(config));
    await page.reload();
    await page.locator('.lead', { hasText: '3.35 B active' }).waitFor();

    await page.locator('#modelJson').fill(JSON.stringify({ ...config, hidden_size: -1 }));
    await page.locator('#modelJson-error', { hasText: 'hidden_size' }).waitFor();
    expect(await page.locator('#modelJson').getAttribute('aria-describedby')).toBe('modelJson-hint modelJson-error');
    await page.locator('#modelJson').fill('{ "model_type": ');
    await page.locator('#modelJson-error', { hasText: 'is no JSON' }).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(complaints.splice(0).every((text) => /422|400/.test(text))).toBe(true);

    await page.locator('#modelJson').fill(JSON.stringify({ ...config, note: 'x'.repeat(9000) }));
    await page.locator('#modelJson-long').waitFor();
    await page.locator('.lead', { hasText: '3.35 B active' }).waitFor();
    await page.reload();
    await page.locator('.lead', { hasText: '3.35 B active' }).waitFor();
    expect(await page.locator('#modelJson').inputValue()).toContain('xxxx');

    await page.locator('#model').selectOption('Llama-3.1-8B');
    await page.locator('#gpu').selectOption('json');
    await page.locator('.lead', { hasText: 'my-gpu' }).waitFor();
    await page.locator('#gpuJson').fill('{ "name": "bare", "memoryGiB": "80" }');
    await page.locator('#gpuJson-error', { hasText: 'gpu/memoryGiB' }).waitFor();
    expect(await page.locator('#modelJson').isVisible()).toBe(false);
    expect(complaints.every((text) => /422|400/.test(text))).toBe(true);
    await close();
  }, 120_000);

  const overflow = (page: Page) => page.evaluate('document.documentElement.scrollWidth - innerWidth');

  it('can be used by everybody, in light, all of it open, and with faults', async () => {
    const { page, close } = await opened('/', optionsOf('light', 1280));
    await said(page, 'optimal');
    for (const summary of await page.locator('#plan summary').all()) await summary.click();
    expect(await violations(page)).toEqual([]);
    await page.locator('#nodes').fill('x');
    await page.locator('#nodes-error').waitFor();
    expect(await violations(page)).toEqual([]);
    await close();
  }, 120_000);

  it('can be used by everybody, in dark, on a small screen, and where nothing is feasible', async () => {
    const { page, close } = await opened(`${quick}&model=Mixtral-8x7B&ttftMs=2000`, optionsOf('dark', 360));
    await said(page, 'optimal');
    expect(await overflow(page)).toBe(0);
    expect(await violations(page)).toEqual([]);
    for (const summary of await page.locator('#plan summary').all()) await summary.click();
    expect(await overflow(page)).toBe(0);
    await page.locator('#ttftMs').fill('1');
    await said(page, 'Nothing is feasible');
    expect(await overflow(page)).toBe(0);
    expect(await violations(page)).toEqual([]);
    await close();
  }, 120_000);

  it('says what the service is where no script runs', async () => {
    const { page, close } = await opened('/', { javaScriptEnabled: false }, { withKey: false });
    expect(await page.locator('main').innerText()).toContain('curl -s localhost:8080/plans');
    expect(await page.locator('a[href="/docs"]').first().isVisible()).toBe(true);
    expect(await page.locator('#form').isVisible()).toBe(false);
    await close();
  }, 120_000);
});
