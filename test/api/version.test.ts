import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { answeringVersion, planId } from '../../src/http/plan-id.ts';
import { type Api, startApi } from '../support/api.ts';

let api: Api | undefined;
afterEach(async () => {
  await api?.close();
});

it('GET /version names the code that ids contain, the contract and the runtime', async () => {
  api = await startApi();
  const { status, json, headers } = await api.call('GET', '/version');
  expect(status).toBe(200);
  expect(headers['cache-control']).toBe('no-cache');
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const { json: contract } = await api.call('GET', '/openapi.json');
  expect(json).toEqual({
    service: 'shardwell',
    version,
    answers: answeringVersion(),
    api: contract.info.version,
    node: process.version,
  });
  expect(planId({}, json.answers)).not.toBe(planId({}, 'f'.repeat(64)));
});

it('names the commit where the build was told', async () => {
  const commit = '0123456789abcdef0123456789abcdef01234567';
  const { gitCommit } = readConfig({ GIT_COMMIT: commit });
  api = await startApi({ config: { bodyLimitBytes: 1024, gitCommit } });
  expect((await api.call('GET', '/version')).json.commit).toBe(commit);
  expect((await api.call('GET', '/metrics')).text).toContain(`commit="${commit}"`);
  expect(() => readConfig({ GIT_COMMIT: 'main' })).toThrow(/GIT_COMMIT/);
});
