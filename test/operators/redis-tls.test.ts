/** A shared cache by TLS: used where its certificate is trusted, and where it is not, left alone as one that is away. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { createReplicas, jsonOf, postPlan, smallRequest, until } from '../support/replicas.ts';
import { hasOpenssl, hasRedis } from '../support/tools.ts';

const replicas = createReplicas();
let folder: string;
let redis: RedisServer;
let url: string;

/** For this machine, signed by itself, for a day. */
function makeCertificate(): { readonly key: string; readonly certificate: string } {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  execFileSync('openssl', [...made, '-keyout', key, '-out', certificate, ...names], { stdio: 'ignore' });
  return { key, certificate };
}

describe.runIf(hasRedis && hasOpenssl)('a Redis by TLS', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'shardwell-tls-'));
    const { key, certificate } = makeCertificate();
    const port = await freePort();
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate];
    redis = await startRedis({ args: ['--tls-port', String(port), ...files, '--tls-auth-clients', 'no'] });
    url = `rediss://127.0.0.1:${port}`;
  }, 60_000);
  afterAll(async () => {
    await replicas.stopAll();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is used where its certificate is trusted, and only there', async () => {
    const shared = { CACHE_URL: url, CACHE_TIMEOUT_MS: '2000', LOG_LEVEL: 'info' };
    const [trusting, strict] = await Promise.all([
      replicas.start({ ...shared, NODE_EXTRA_CA_CERTS: join(folder, 'certificate.pem') }),
      replicas.start(shared),
    ]);
    const stateOf = async (server: typeof strict) =>
      (await jsonOf(await fetch(`${server.url}/health/ready`))).sharedCache;
    await until(async () => (await stateOf(trusting)) === 'up');
    const { id } = await jsonOf(await postPlan(trusting, smallRequest()));
    // By the plain port of the same server.
    await until(async () => (await redis.client.keys('shardwell:1:plan:*')).join().includes(id));

    expect((await postPlan(strict, smallRequest())).status).toBe(201);
    expect(await stateOf(strict)).toBe('down');
    expect(strict.lines.filter((line) => /self-signed certificate/.test(line)).length).toBeGreaterThan(0);
  });
});
