/** The built service with keys: they change under it as it runs, and no secret of anybody's reaches its log. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtFile } from '../support/built.ts';
import { type BuiltServer, run, startServer } from '../support/built-server.ts';
import { createSigningKey, issuerName, startIssuer, tokenOf } from '../support/issuer.ts';

const makeKeyProgram = builtFile('http/auth/make-key.js');
const reference = readFileSync(new URL('../../examples/reference.json', import.meta.url), 'utf8');

let dir: string;
let file: string;
let server: BuiltServer | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shardwell-keys-'));
  file = join(dir, 'keys.jsonl');
});
afterEach(async () => {
  await server?.stop('SIGKILL');
  server = undefined;
  rmSync(dir, { recursive: true, force: true });
});

/** By the command that operators use. */
function makeKey(...options: readonly string[]): { readonly line: string; readonly key: string } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [makeKeyProgram, ...options], { encoding: 'utf8' });
  expect(status).toBe(0);
  const key = /shardwell_\S+/.exec(stderr)?.[0] ?? '';
  expect(stdout).not.toContain(key);
  return { line: stdout, key };
}

/** As editors and Kubernetes do it: another file in the place of the first. */
function replace(text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

const start = async (env: Record<string, string> = {}) => {
  server = await startServer({ DATA_DIR: join(dir, 'data'), AUTH_KEYS_FILE: file, ...env });
  return server;
};
const statusWith = async (key: string, path = '/gpus') =>
  (await fetch(`${server?.url}${path}`, { headers: { 'x-api-key': key } })).status;
const logged = (words: string) => server?.lines.filter((line) => line.includes(words)) ?? [];

describe('the file of keys', () => {
  it('is read again while the service runs; a bad one leaves the old keys in force, and says so once', async () => {
    const [first, second] = [
      makeKey('--name', 'ci', '--scopes', 'read,metrics'),
      makeKey('--name', 'ci', '--scopes', 'read'),
    ];
    writeFileSync(file, first.line);
    await start();
    expect([await statusWith(first.key), await statusWith(second.key)]).toEqual([200, 401]);

    replace(first.line + second.line);
    await expect.poll(() => statusWith(second.key), { timeout: 10_000 }).toBe(200);
    expect(await statusWith(first.key)).toBe(200);

    replace(`${first.line}{"id":`);
    await expect.poll(() => logged('stay in force'), { timeout: 10_000 }).toHaveLength(1);
    expect([await statusWith(first.key), await statusWith(second.key)]).toEqual([200, 200]);
    const metrics = async () =>
      (await fetch(`${server?.url}/metrics`, { headers: { authorization: `Bearer ${first.key}` } })).text();
    expect(await metrics()).toContain('\nshardwell_auth_keys_file_usable 0\n');
    rmSync(file);
    await expect.poll(() => logged('stay in force'), { timeout: 10_000 }).toHaveLength(2);
    expect(await statusWith(second.key)).toBe(200);

    replace(first.line);
    await expect.poll(() => statusWith(second.key), { timeout: 10_000 }).toBe(401);
    expect(await statusWith(first.key)).toBe(200);
    expect(await metrics()).toMatch(/\nshardwell_auth_keys_file_usable 1\n/);
    expect(await metrics()).toMatch(/\nshardwell_auth_keys 1\n/);
    expect(logged('stay in force')).toHaveLength(2);
  }, 60_000);

  it.each([
    ['is not there', undefined, /ENOENT/],
    ['is empty', '', /there is no key in it/],
    ['has a fault', '{"id": 1}\n', /line 1 is no key/],
  ])('that %s stops the start', async (_, text, words) => {
    if (text !== undefined) writeFileSync(file, text);
    const { ended, lines } = run({ PORT: '0', HOST: '127.0.0.1', DATA_DIR: join(dir, 'data'), AUTH_KEYS_FILE: file });
    expect(await ended).toEqual({ code: 1, signal: null });
    expect(lines.join('\n')).toMatch(words);
  });

  it('is not needed, and its want is said once where others can reach the service', async () => {
    for (const [host, times] of [
      ['127.0.0.1', 0],
      ['0.0.0.0', 1],
    ] as const) {
      await start({ AUTH_KEYS_FILE: '', HOST: host });
      expect(await statusWith('')).toBe(200);
      expect(logged('whoever reaches this service is answered')).toHaveLength(times);
      await server?.stop('SIGKILL');
    }
  }, 60_000);
});

describe('the command that makes a key', () => {
  it.each([[[]], [['--name', 'a b', '--scopes', 'read']], [['--name', 'ci', '--scopes', 'all']], [['--nam', 'ci']]])(
    'refuses %j',
    (options) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [makeKeyProgram, ...options], {
        encoding: 'utf8',
      });
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toContain('usage: key --name NAME');
    },
  );
});

describe('secrets', () => {
  it('sent in any header, path or body are in no line of the log, at its most talkative', async () => {
    const key = makeKey('--name', 'ci', '--scopes', 'plan,read');
    const signing = await createSigningKey('a');
    const issuer = await startIssuer([signing]);
    writeFileSync(file, key.line);
    await start({
      LOG_LEVEL: 'trace',
      AUTH_JWKS_URL: issuer.url,
      AUTH_ISSUER: issuerName,
      AUTH_AUDIENCE: 'shardwell',
    });
    const url = server?.url ?? '';
    const token = await tokenOf(signing);
    const headers = {
      cookie: 'session=hunter2-cookie',
      'proxy-authorization': 'Basic hunter2-proxy',
      'x-forwarded-for': 'hunter2-forwarded',
      'x-request-id': 'hunter2 with blanks',
      'user-agent': 'hunter2-agent',
      'content-type': 'application/json',
    };
    const statuses: number[] = [];
    for (const credential of [key.key, token, 'hunter2-wrong', `${key.key}x`, 'a.hunter2.c']) {
      for (const own of [{ authorization: `Bearer ${credential}` }, { 'x-api-key': credential }]) {
        for (const [path, body] of [
          ['/plans?api_key=hunter2-query', reference],
          ['/plans', '{"hunter2-body'],
          ['/estimates', '{"a": "hunter2-value"}'],
          ['/hunter2-path', '{}'],
        ] as const)
          statuses.push((await fetch(url + path, { method: 'POST', headers: { ...headers, ...own }, body })).status);
        statuses.push((await fetch(`${url}/plans/hunter2-id`, { headers: { ...headers, ...own } })).status);
      }
    }
    expect(new Set(statuses)).toEqual(new Set([200, 201, 400, 401, 404]));
    // A header too many, which the parser refuses, and an issuer that is gone.
    await fetch(url, { headers: { 'x-api-key': 'hunter2'.repeat(4000) } });
    await issuer.close();
    await fetch(`${url}/gpus`, { headers: { authorization: `Bearer ${await tokenOf({ ...signing, kid: 'b' })}` } });
    await server?.stop('SIGTERM');
    const text = server?.lines.join('\n') ?? '';
    expect(text.match(/"msg":"request"/g)?.length).toBeGreaterThanOrEqual(statuses.length);
    expect(text).toContain('"client":"key:ci"');
    expect(text).toContain('"client":"jwt:scheduler"');
    expect(text).not.toMatch(/hunter2/);
    for (const secret of [key.key.slice(-20), token.slice(-20), JSON.parse(key.line).sha256])
      expect(text).not.toContain(secret);
  }, 60_000);
});
