import { get } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../support/api.ts';
import { exampleRequest } from '../support/examples.ts';

let api: Api;
let id: string;
beforeAll(async () => {
  api = await startApi();
  id = (await api.call('POST', '/plans', { body: exampleRequest('reference') })).json.id;
});
afterAll(() => api.close());

const ndjson = { accept: 'application/x-ndjson' };

describe('GET /plans/{id}/placement', () => {
  it('comes in pages that lead to one another and hold every rank once', async () => {
    const ranks: number[] = [];
    let url: string | null = `/plans/${id}/placement?limit=50`;
    while (url !== null) {
      const { status, json, headers } = await api.call('GET', url);
      expect(status).toBe(200);
      expect(json).toMatchObject({ plan: id, total: 128, limit: 50, offset: ranks.length });
      expect(headers.link).toBe(json.next === null ? undefined : `<${json.next}>; rel="next"`);
      ranks.push(...json.ranks.map(({ rank }: { rank: number }) => rank));
      url = json.next;
    }
    expect(ranks).toEqual(Array.from({ length: 128 }, (_, rank) => rank));
  });

  it('has a hundred ranks a page unless told otherwise, and none beyond the last', async () => {
    expect((await api.call('GET', `/plans/${id}/placement`)).json.ranks).toHaveLength(100);
    const beyond = await api.call('GET', `/plans/${id}/placement?offset=128`);
    expect(beyond.json).toMatchObject({ ranks: [], next: null });
  });

  it('puts TP pairs side by side and every expert somewhere', async () => {
    const { json } = await api.call('GET', `/plans/${id}/placement?limit=128`);
    for (const row of json.ranks) {
      expect(row.groups.tp.ranks).toEqual([row.rank - (row.rank % 2), row.rank - (row.rank % 2) + 1]);
      expect(row).toMatchObject({
        node: Math.floor(row.gpu / 8),
        layers: { first: 0, count: 16 },
        experts: { count: 1 },
      });
    }
    expect(new Set(json.ranks.map((row: { gpu: number }) => row.gpu)).size).toBe(128);
  });

  it('streams as NDJSON, the whole or a part', async () => {
    const pages = await api.call('GET', `/plans/${id}/placement?limit=128`);
    const whole = await api.call('GET', `/plans/${id}/placement`, { headers: ndjson });
    expect(whole.headers['content-type']).toBe('application/x-ndjson');
    expect(whole.headers.vary).toBe('accept');
    expect(whole.text.endsWith('\n')).toBe(true);
    expect(
      whole.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(pages.json.ranks);
    const part = await api.call('GET', `/plans/${id}/placement?offset=5&limit=3`, { headers: ndjson });
    expect(
      part.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).rank),
    ).toEqual([5, 6, 7]);
  });

  it.each([
    ['limit=0', '/limit', /at least 1/],
    ['limit=1001', '/limit', /at most 1000 as JSON/],
    ['limit=ten', '/limit', /whole number/],
    ['limit=1e2', '/limit', /whole number/],
    ['limit=', '/limit', /whole number/],
    ['limit=1&limit=2', '/limit', /not an array/],
    ['offset=-1', '/offset', /at least 0/],
    ['offset=1.5', '/offset', /whole number/],
    ['ofset=1', '/ofset', /did you mean "offset"/],
  ])('refuses ?%s', async (query, pointer, detail) => {
    const { status, json } = await api.call('GET', `/plans/${id}/placement?${query}`);
    expect(status).toBe(400);
    expect(json.errors).toEqual([{ pointer, detail: expect.stringMatching(detail) }]);
  });

  it('is to be had as JSON or NDJSON, by preference', async () => {
    const prefer = async (accept: string) =>
      (await api.call('GET', `/plans/${id}/placement`, { headers: { accept } })).headers['content-type'];
    expect(await prefer('application/json;q=0.5, application/x-ndjson')).toBe('application/x-ndjson');
    expect(await prefer('application/*')).toMatch('application/json');
    expect((await api.call('GET', `/plans/${id}/placement`, { headers: { accept: 'text/csv' } })).status).toBe(406);
  });
});

describe('a placement of very many ranks', () => {
  it('waits for a slow reader, holds no more than a little, and lets others through', { timeout: 60_000 }, async () => {
    const big = {
      cluster: {
        nodes: 16384,
        gpusPerNode: 8,
        gpu: { memoryGiB: 80, peakTflops: { bf16: 989 }, memoryBandwidthGBps: 3350 },
      },
      model: { layers: 8, hiddenSize: 1024, precision: 'bf16' },
      workload: { kind: 'batch', batchSize: 131072, sequenceLength: 128 },
      constraints: { tp: 1, cp: 1, pp: 1, dp: 131072 },
      options: { top: 0 },
    };
    const { json, status } = await api.call('POST', '/plans', { body: big });
    expect(status).toBe(201);
    expect(json.strategy.gpus).toBe(131072);

    const address = api.app.server.address();
    if (typeof address !== 'object' || address === null) throw new Error('not listening');
    const url = `http://127.0.0.1:${address.port}/plans/${json.id}/placement`;
    const before = process.memoryUsage().rss;
    let lines = 0;
    const waits: number[] = [];
    await new Promise<void>((resolve, reject) => {
      get(url, { headers: ndjson }, async (response) => {
        // Not read at first: what is made meanwhile has to wait, not to pile up.
        await setTimeout(300);
        expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
        response.on('data', (chunk: Buffer) => {
          for (const byte of chunk) if (byte === 10) lines += 1;
        });
        response.on('end', resolve);
        response.on('error', reject);
        while (!response.readableEnded) {
          const start = performance.now();
          await api.call('GET', '/health/live');
          waits.push(performance.now() - start);
        }
      }).on('error', reject);
    });
    expect(lines).toBe(131072);
    // The median, since other tests share the machine: a stream that starves the loop would make every wait long.
    expect(waits.length).toBeGreaterThan(5);
    expect(waits.sort((a, b) => a - b)[Math.floor(waits.length / 2)]).toBeLessThan(200);
  });

  it('is given up when the reader goes away', async () => {
    const { json } = await api.call('POST', '/plans', { body: exampleRequest('reference') });
    const address = api.app.server.address();
    if (typeof address !== 'object' || address === null) throw new Error('not listening');
    await new Promise<void>((resolve) => {
      const request = get(
        `http://127.0.0.1:${address.port}/plans/${json.id}/placement`,
        { headers: ndjson },
        (response) => {
          response.destroy();
          resolve();
        },
      );
      request.on('error', () => resolve());
    });
    expect((await api.call('GET', '/health/live')).status).toBe(200);
  });
});
