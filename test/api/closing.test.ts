import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { inProcessPool, startApi } from '../support/api.ts';
import { exampleRequest } from '../support/examples.ts';

it('closes in good order where a plan takes longer than the ten seconds that Fastify gives a plugin', {
  timeout: 60_000,
}, async () => {
  const made: string[] = [];
  const pool = {
    ...inProcessPool,
    plan: async (...job: Parameters<typeof inProcessPool.plan>) => {
      await sleep(10_500);
      made.push(job[0].id);
      return await inProcessPool.plan(...job);
    },
  };
  const api = await startApi({ pool });
  const headers = { prefer: 'respond-async' };
  const { status, json } = await api.call('POST', '/plans', { body: exampleRequest('reference'), headers });
  expect(status).toBe(202);
  await expect(api.close()).resolves.toBeUndefined();
  expect(made).toEqual([json.id]);
});
