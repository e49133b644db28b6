import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPlanRequest } from '../http/request-readers.ts';
import { defaults, fieldAt, fieldsOf, queryOf, requestOf } from './request.js';

const batch = { ...defaults, kind: 'batch', precision: '', maxGpus: '4', memoryFreeGiB: '2.5' };
const bounded = {
  ...defaults,
  load: 'requestsPerSecond',
  ttftMs: '500',
  tpotMs: '30',
  modes: 'aggregated',
  prefixCacheHitRate: '0.3',
};

describe('a request of the form', () => {
  it.each([
    ['defaults', defaults],
    ['a batch', batch],
    ['bounds', bounded],
    ['saturation', { ...defaults, load: 'saturated', engine: '' }],
    ['a static batch', { ...defaults, load: 'staticBatch' }],
  ])('is one that the service takes: %s', (_, fields) => {
    const request = requestOf(fields);
    expect(readPlanRequest(JSON.parse(JSON.stringify(request)))).toMatchObject({ objective: 'throughput' });
  });

  it('has what the form says, and nothing of a kind that it is not', () => {
    expect(requestOf(batch)).toEqual({
      cluster: { nodes: 1, gpusPerNode: 8, gpu: 'H100-SXM-80GB' },
      model: 'Llama-3.1-70B',
      workload: { kind: 'batch', batchSize: 128, sequenceLength: 4096 },
      objective: 'throughput',
      constraints: { gpus: { max: 4 }, memoryFreeGiB: 2.5 },
    });
    expect(requestOf(bounded)).toMatchObject({
      model: { catalog: 'Llama-3.1-70B', precision: 'fp8' },
      workload: { requestsPerSecond: 5, slo: { ttftMs: 500, tpotMs: 30 }, prefixCacheHitRate: 0.3 },
      engine: 'vllm',
      options: { modes: ['aggregated'] },
    });
  });

  it('leaves it to the service to say what is wrong', () => {
    const { cluster, workload } = requestOf({ ...defaults, nodes: 'two', inputTokens: '' });
    expect(cluster).toEqual({ nodes: 'two', gpusPerNode: 8, gpu: 'H100-SXM-80GB' });
    expect(workload).not.toHaveProperty('inputTokens');
  });
});

it('stands in the address, whole', () => {
  for (const fields of [defaults, bounded, { ...defaults, nodes: '', precision: '' }])
    expect(requestOf(fieldsOf(queryOf(fields)))).toEqual(requestOf(fields));
  expect(fieldsOf('?nodes=3&unknown=1')).toEqual({ ...defaults, nodes: '3' });
  expect(queryOf(batch)).not.toContain('inputTokens');
});

it('has a field for what the service may find fault with, and the page has each', () => {
  const page = readFileSync(new URL('index.html', import.meta.url), 'utf8');
  for (const name of Object.keys(defaults)) {
    expect(page).toContain(` id="${name}"`);
    expect(page).toContain(`<label for="${name}">`);
  }
  expect(fieldAt('/cluster/nodes')).toBe('nodes');
  expect(fieldAt('/model/catalog')).toBe('model');
  expect(fieldAt('/model/precision')).toBe('precision');
  expect(fieldAt('/constraints/gpus/max')).toBe('maxGpus');
  expect(fieldAt('/workload/slo/tpotMs')).toBe('tpotMs');
  expect(fieldAt('/workload/staticBatch')).toBe('staticBatch');
  expect(fieldAt('/options/top')).toBeUndefined();
  expect(fieldAt('/modelling')).toBeUndefined();
});
