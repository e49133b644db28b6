/** Keys that name a prototype, through the whole service: refused, or a key like any other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/http/canonical.ts';
import { planId } from '../../src/http/plan-id.ts';
import type { Job } from '../../src/http/ports.ts';
import { type Api, inProcessPool, startApi } from '../support/api.ts';

const config = {
  model_type: 'qwen3',
  hidden_size: 256,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 512,
  vocab_size: 1024,
};
/** A request by config.json, the one place where keys are welcome that no schema names. */
const request = (more: string, inConfig = JSON.stringify(config)) => `{
  "cluster": { "nodes": 1, "gpusPerNode": 2, "gpu": "l4" },
  "model": { "huggingFace": ${inConfig.replace(/\}$/, `${more && `, ${more}`}}`)}, "name": "small" },
  "workload": { "kind": "batch", "batchSize": 2, "sequenceLength": 64 }
}`;

let api: Api;
const jobs: Job[] = [];
beforeAll(async () => {
  api = await startApi({
    pool: {
      ...inProcessPool,
      plan: async (job, signal) => {
        jobs.push(job);
        return inProcessPool.plan(job, signal);
      },
    },
  });
});
afterAll(() => api.close());

const nothingIsPolluted = () => {
  const plain: Record<string, unknown> = {};
  for (const key of ['polluted', 'hidden_size', 'scopes', 'nodes']) expect(plain[key]).toBeUndefined();
  expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
};

describe('keys that name a prototype', () => {
  it.each([
    ['at the top', '{"__proto__": {"polluted": 1}}', '/__proto__'],
    ['in the cluster', '{"cluster": {"nodes": 1, "__proto__": {"polluted": 1}}}', '/cluster/__proto__'],
    ['in a config.json', request('"__proto__": {"polluted": 1, "hidden_size": 8}'), '/model/huggingFace/__proto__'],
    ['in escapes', request('"\\u005f_proto\\u005f_": {"polluted": 1}'), '/model/huggingFace/__proto__'],
    ['far inside', request('"a": [{"b": {"__proto__": []}}]'), '/model/huggingFace/a/0/b/__proto__'],
  ])('are refused %s, by every route', async (_, raw, pointer) => {
    for (const url of ['/plans', '/estimates', '/verifications']) {
      const { status, json } = await api.call('POST', url, { raw });
      expect(status).toBe(400);
      expect(json.errors).toContainEqual(
        expect.objectContaining({ pointer, detail: expect.stringMatching(/unknown key/) }),
      );
    }
    nothingIsPolluted();
  });

  it('named constructor or prototype are refused where keys are known', async () => {
    for (const key of ['constructor', 'prototype', 'hasOwnProperty', 'toString']) {
      const { status, json } = await api.call('POST', '/plans', {
        raw: `{"cluster": {"${key}": {"prototype": {"polluted": 1}}}}`,
      });
      expect(status).toBe(400);
      expect(json.errors).toContainEqual(expect.objectContaining({ pointer: `/cluster/${key}` }));
    }
    nothingIsPolluted();
  });

  it('named constructor in a config.json are keys like any other: a plan of its own, and the same figures', async () => {
    jobs.length = 0;
    const more =
      '"constructor": {"prototype": {"polluted": 1, "hidden_size": 8}}, "toString": 1, "hasOwnProperty": 2, "valueOf": 3';
    // At once, so that they would share a flight if their keys were one.
    const [plain, odd, again] = await Promise.all(
      [request(''), request(more), request(more)].map((raw) => api.call('POST', '/plans', { raw })),
    );
    expect([plain?.status, odd?.status].every((status) => status === 200 || status === 201)).toBe(true);
    expect(odd?.json.id).not.toBe(plain?.json.id);
    expect(odd?.json.id).toBe(again?.json.id);
    expect(jobs).toHaveLength(2);
    expect(odd?.json.estimate).toEqual(plain?.json.estimate);
    nothingIsPolluted();
  });

  it('would change the canonical form, and so the id, even if they were let through', () => {
    const value: unknown = JSON.parse('{"a": 1, "__proto__": {"b": 2}}');
    expect(canonicalJson(value)).toBe('{"__proto__":{"b":2},"a":1}');
    expect(planId(value, 'v')).not.toBe(planId({ a: 1 }, 'v'));
    // A thread gets its job by structured clone, which keeps the key an own one.
    expect(Object.keys(Object(structuredClone(value))).sort()).toEqual(['__proto__', 'a']);
    nothingIsPolluted();
  });

  it('in a query are unknown', async () => {
    const { status } = await api.call('GET', `/plans/${'0'.repeat(64)}/placement?__proto__=1&constructor=2`);
    expect(status).toBe(400);
    nothingIsPolluted();
  });
});
