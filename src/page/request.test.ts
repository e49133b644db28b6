import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPlanRequest } from '../http/request-readers.ts';
import { defaults, faultsIn, fieldAt, fieldsOf, placeIn, queryOf, requestOf, unaddressed } from './request.js';

const batch = { ...defaults, kind: 'batch', precision: '', maxGpus: '4', memoryFreeGiB: '2.5' };
const bounded = {
  ...defaults,
  load: 'requestsPerSecond',
  ttftMs: '500',
  tpotMs: '30',
  confidence: '0.9',
  modes: 'aggregated',
  lengthSpread: '0.111',
  prefixCacheHitRate: '0.3',
};

describe('a request of the form', () => {
  it.each([
    ['defaults', defaults],
    ['a batch', batch],
    ['bounds', bounded],
    ['saturation', { ...defaults, load: 'saturated', engine: '' }],
    ['a model and a GPU of one’s own', { ...batch, model: 'json', gpu: 'json' }],
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
      workload: {
        requestsPerSecond: 5,
        slo: { ttftMs: 500, tpotMs: 30, confidence: 0.9 },
        lengthSpread: 0.111,
        prefixCacheHitRate: 0.3,
      },
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

describe('what is pasted', () => {
  const config = { model_type: 'llama', hidden_size: 4096 };
  const pasted = (modelJson: string, more = {}) => ({ ...defaults, model: 'json', precision: '', modelJson, ...more });

  it('is a model as the API takes it, or a config.json', () => {
    expect(requestOf(pasted(JSON.stringify(config))).model).toEqual({ huggingFace: config });
    expect(requestOf(pasted(JSON.stringify(config), { precision: 'fp8' })).model).toEqual({
      huggingFace: config,
      precision: 'fp8',
    });
    expect(requestOf(pasted('{"catalog":"deepseek-v3","precision":"fp4"}', { precision: 'fp8' })).model).toEqual({
      catalog: 'deepseek-v3',
      precision: 'fp4',
    });
    expect(requestOf(pasted('"deepseek-v3"')).model).toBe('deepseek-v3');
  });

  it('is a GPU, or a cluster but for how many there are', () => {
    const card = { name: 'x', memoryGiB: 80 };
    const own = (value: unknown) => requestOf({ ...defaults, gpu: 'json', gpuJson: JSON.stringify(value) }).cluster;
    expect(own(card)).toEqual({ nodes: 1, gpusPerNode: 8, gpu: card });
    const link = { bandwidthGBps: 450 };
    expect(own({ gpu: card, intraNode: link, nodes: 9 })).toEqual({
      nodes: 1,
      gpusPerNode: 8,
      gpu: card,
      intraNode: link,
    });
  });

  it('stands in the address in short, or beside it where it is too long', () => {
    const short = pasted('{ "model_type": "llama",\n "hidden_size": 4096 }');
    expect(queryOf(short)).toContain(`modelJson=${encodeURIComponent('{"model_type":"llama","hidden_size":4096}')}`);
    expect(requestOf(fieldsOf(queryOf(short)))).toEqual(requestOf(short));
    expect(unaddressed(short)).toEqual({});
    const long = pasted(JSON.stringify({ ...config, note: 'x'.repeat(9000) }));
    expect(queryOf(long).length).toBeLessThan(1000);
    expect(requestOf(fieldsOf(queryOf(long), unaddressed(long)))).toEqual(requestOf(long));
    expect(queryOf(defaults)).not.toContain('Json');
  });

  it('is told of where it is wrong', () => {
    expect(faultsIn(pasted('{ "a": 1'))).toEqual([
      { pointer: '/model', detail: expect.stringMatching(/^is no JSON: /) },
    ]);
    expect(faultsIn(pasted(' '))).toEqual([{ pointer: '/model', detail: expect.stringMatching(/^is empty/) }]);
    expect(faultsIn({ ...defaults, modelJson: '{' })).toEqual([]);
    const fields = pasted('{}', { gpu: 'json' });
    expect(fieldAt('/model/huggingFace/hidden_size', fields)).toBe('modelJson');
    expect(fieldAt('/cluster/gpu/memoryGiB', fields)).toBe('gpuJson');
    expect(fieldAt('/cluster/intraNode', fields)).toBe('gpuJson');
    expect(fieldAt('/cluster/nodes', fields)).toBe('nodes');
    expect(placeIn('/model/huggingFace/hidden_size', 'modelJson')).toBe('hidden_size ');
    expect(placeIn('/cluster/gpu/memoryGiB', 'gpuJson')).toBe('gpu/memoryGiB ');
    expect(placeIn('/cluster/nodes', 'nodes')).toBe('');
  });
});
