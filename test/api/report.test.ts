/** GET /plans/{id}/report: as programs see it, and as a browser shows it. */
import { readFileSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium as browserType } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, memoryStore, startApi } from '../support/api.ts';
import { type ReportName, reportRequests } from '../support/report-plans.ts';
import { chromium, hasChromium } from '../support/tools.ts';

const store = memoryStore();
const inPage = readFileSync(new URL('../support/in-page.mjs', import.meta.url), 'utf8');
let api: Api;
const ids = new Map<string, string>();

const names = Object.keys(reportRequests).filter((name): name is ReportName => Object.hasOwn(reportRequests, name));

async function planned(body: unknown): Promise<string> {
  const { json } = await api.call('POST', '/plans', { body });
  expect(json.id).toMatch(/^[0-9a-f]{64}$/);
  return json.id;
}

const report = (id: string, headers: Record<string, string> = {}) =>
  api.call('GET', `/plans/${id}/report`, { headers });
const idOf = (name: ReportName) => ids.get(name) ?? '';

beforeAll(async () => {
  api = await startApi({ store });
  for (const name of names) ids.set(name, await planned(reportRequests[name]));
}, 60_000);
afterAll(() => api.close());

describe('a report', () => {
  it.each(names)('of %s is one page of under 1 MB, which the answer links to', async (name) => {
    const plan = await api.call('GET', `/plans/${idOf(name)}`);
    const page = await api.call('GET', plan.json.links.report);
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.text).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page.text.length).toBeLessThan(2 ** 20);
    // Nothing is loaded, nothing runs, and no style needs more than the hash of the one style sheet.
    expect(page.text).not.toMatch(/<script|<iframe|<link (?!rel="icon")|<img|\sstyle=|\son\w+=|@import|url\((?!#)/);
    expect(page.text).not.toMatch(/(src|href)="(?!\/plans\/|#|data:,)/);
    // What was never to be said.
    expect(page.text).not.toMatch(/undefined|NaN|Infinity|\[object|>null</);
  });

  it('forbids by its policy whatever it does not need', async () => {
    const { headers } = await report(idOf('reference'));
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; img-src data:; /);
    expect(policy).not.toMatch(/unsafe|script-src|https?:|\*/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });

  it('has the same bytes from any replica, and says so by its tag', async () => {
    const first = await report(idOf('disaggregated on 256 GPUs'));
    // It shares the store, and does not close it.
    const config = { bodyLimitBytes: 2 ** 20, behindTls: true };
    const other = await startApi({ store: { ...store, close: async () => {} }, config });
    const second = await other.call('GET', `/plans/${idOf('disaggregated on 256 GPUs')}/report`);
    await other.close();
    expect(second.text).toBe(first.text);
    expect(second.headers['strict-transport-security']).toBe('max-age=31536000');
    expect(first.headers).not.toHaveProperty('strict-transport-security');
    expect(second.headers.etag).toBe(first.headers.etag);
    const { etag = '' } = first.headers;
    const again = await report(idOf('disaggregated on 256 GPUs'), { 'if-none-match': `"other", ${etag}` });
    expect([again.status, again.text]).toEqual([304, '']);
    expect(again.headers.etag).toBe(etag);
    expect((await report(idOf('reference'), { 'if-none-match': etag })).status).toBe(200);
  });

  it('has a HEAD', async () => {
    const whole = await report(idOf('reference'));
    const head = await api.call('HEAD', `/plans/${idOf('reference')}/report`);
    expect([head.status, head.text]).toEqual([200, '']);
    for (const name of ['content-type', 'content-length', 'etag', 'content-security-policy'])
      expect(head.headers[name]).toBe(whole.headers[name]);
    expect(Number(head.headers['content-length'])).toBe(Buffer.byteLength(whole.text));
  });

  it('is refused as a problem where there is no plan, and to who wants no HTML', async () => {
    for (const id of ['0'.repeat(64), 'nothing']) {
      const { status, json } = await report(id);
      expect([status, json.type]).toEqual([404, '/docs/problems/plan-not-found']);
    }
    const { status, json } = await report(idOf('reference'), { accept: 'application/json' });
    expect([status, json.type]).toEqual([406, '/docs/problems/not-acceptable']);
    expect((await report(idOf('reference'), { accept: 'text/html,*/*;q=0.1' })).status).toBe(200);
  });

  it('answers in order: run, memory, time, map, what else, alternatives, checks, assumptions', async () => {
    const { text } = await report(idOf('reference'));
    expect([...text.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id)).toEqual([
      'run',
      'memory',
      'time',
      'map',
      'frontier',
      'alternatives',
      'checks',
      'assumptions',
    ]);
    expect(text).toContain('<code>EP64_TP2</code>');
    expect(text).toContain('7.44 ms');
    expect(text).toMatch(/optimal<\/strong>: every check passes/);
    const nothing = await report(idOf('infeasible'));
    expect([...nothing.text.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id)).toEqual([
      'asked',
      'why',
      'nearest',
      'remedies',
      'assumptions',
    ]);
    expect(nothing.text).toContain('<code>memory.weights</code>');
    expect(nothing.text).toContain('2 nodes instead of 1');
  });
});

describe.skipIf(!hasChromium)('a report in a browser', () => {
  let browser: Browser;
  const base = () => {
    const address = api.app.server.address();
    if (typeof address !== 'object' || address === null) throw new Error('not listening');
    return `http://127.0.0.1:${address.port}`;
  };
  const open = async (context: BrowserContext, id: string) => {
    const page = await context.newPage();
    const heard: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => heard.push(message.text()));
    page.on('pageerror', (error) => heard.push(String(error)));
    page.on('dialog', (dialog) => {
      heard.push(dialog.message());
      return dialog.dismiss();
    });
    page.on('request', (request) => asked.push(request.url()));
    const url = `${base()}/plans/${id}/report`;
    await page.goto(url);
    expect(asked.filter((other) => other !== url && other !== 'data:,')).toEqual([]);
    expect(heard).toEqual([]);
    await page.evaluate(axe.source);
    await page.evaluate(inPage);
    return page;
  };

  beforeAll(async () => {
    // As root, as in CI, chromium has no sandbox to offer; it opens nothing but the service.
    browser = await browserType.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] });
  }, 60_000);
  afterAll(() => browser?.close());

  it.each(names)('of %s: nothing foreign, no complaint, no barrier, and no sideways scrolling', async (name) => {
    const context = await browser.newContext({ colorScheme: 'light', viewport: { width: 1080, height: 900 } });
    const page = await open(context, idOf(name));
    // The largest page has no element that the reference's has not.
    if (name !== '16,384 GPUs') expect(await page.evaluate('inPage.faults()')).toEqual([]);
    // The page is the same in the dark but for its colours, and these three have all of them.
    if (name === 'reference' || name === 'infeasible' || name === 'disaggregated on 256 GPUs') {
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await page.evaluate("inPage.faults(['color-contrast'])")).toEqual([]);
    }
    for (const width of [360, 768, 1080]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate('inPage.width()')).toBe(width);
      expect(await page.evaluate('inPage.collisions()')).toEqual([]);
    }
    await context.close();
  });

  it('can be walked through by keyboard, and a print of it is light and has no navigation', async () => {
    const context = await browser.newContext({ colorScheme: 'dark' });
    const page = await open(context, idOf('reference'));
    await page.keyboard.press('Tab');
    expect(await page.evaluate('inPage.focused()')).toBe('Skip to the report');
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).hash).toBe('#main');
    expect(await page.evaluate('inPage.background()')).toBe('rgb(20, 23, 27)');
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate('inPage.background()')).toBe('rgb(255, 255, 255)');
    expect(await page.locator('nav').isVisible()).toBe(false);
    expect(await page.locator('#memory-bars').isVisible()).toBe(true);
    await context.close();
  });

  it('shows names as they are, whatever they are', async () => {
    const name = '<script>alert(1)</script>';
    const gpu = '"><img src=x onerror=alert(2)>';
    const { cluster, model, ...rest } = reportRequests.reference;
    const body = {
      ...rest,
      cluster: { ...cluster, gpu: { ...Object(cluster.gpu), name: gpu } },
      model: { ...Object(model), name },
    };
    const context = await browser.newContext();
    const page = await open(context, await planned(body));
    expect(await page.locator('h1').textContent()).toBe(`EP64_TP2 for ${name}`);
    expect(await page.locator('.facts').textContent()).toContain(gpu);
    expect(await page.locator('script, img').count()).toBe(0);
    await context.close();
  });
});
