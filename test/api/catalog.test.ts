import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gpuNames } from '../../src/catalog/gpus.ts';
import { modelNames } from '../../src/catalog/models.ts';
import { type Api, startApi } from '../support/api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('GET /gpus and /models', () => {
  it('list all there are, each under its own address', async () => {
    const { json: list } = await api.call('GET', '/gpus');
    expect(list.gpus.map(({ name }: { name: string }) => name)).toEqual(gpuNames);
    for (const gpu of list.gpus) expect((await api.call('GET', gpu.href)).json).toEqual(gpu);

    const { json } = await api.call('GET', '/models');
    expect(json.models.length).toBeGreaterThanOrEqual(40);
    expect(json.models.map(({ name }: { name: string }) => name)).toEqual(modelNames);
    for (const { href, ...listed } of json.models) expect((await api.call('GET', href)).json).toMatchObject(listed);
  });

  it('say each figure’s source, and nothing of what nobody knows', async () => {
    const { json } = await api.call('GET', '/gpus/tpu-v4');
    expect(json.memoryBandwidthGBps).toEqual({ value: 1200, source: expect.stringMatching(/./) });
    expect(json).not.toHaveProperty('nicGBps');
    expect(json.fastLink).not.toHaveProperty('meshPayload');
    expect((await api.call('GET', '/gpus/mi300x')).json.fastLink.meshPayload.value).toBe(0.75);
    expect(json.curves.evidence).toBe('extrapolated');
    expect((await api.call('GET', '/gpus/h200')).json.curves.evidence).toBe('calibrated');
  });

  it('know an entry by any of its names, and say which is its own', async () => {
    for (const name of ['H200-SXM', 'nvidia%20h200', 'h200_sxm']) {
      const { status, headers } = await api.call('GET', `/gpus/${name}`);
      expect([status, headers['content-location']]).toEqual([200, '/gpus/H200-SXM-141GB']);
    }
    for (const name of ['deepseek-v3', 'deepseek-ai%2FDeepSeek-V3', 'DEEPSEEK_V3.1']) {
      const { status, headers } = await api.call('GET', `/models/${name}`);
      expect([status, headers['content-location']]).toEqual([200, '/models/DeepSeek-V3']);
    }
  });

  it('have a model whole: layers, parameters by class, bytes', async () => {
    const { json } = await api.call('GET', '/models/qwen3-next-80b-a3b');
    const total = Object.values<number>(json.parametersByClass).reduce((a, b) => a + b, 0);
    expect(total).toBe(json.parameters.total);
    expect(json.weightBytes).toBe(2 * total);
    expect(json.kvBytesPerToken).toBe(2 * json.model.kvElementsPerToken);
    expect(json.model.stateBytesPerSequence).toBeGreaterThan(0);
    expect(new Set(json.model.layers.map(({ mixer }: { mixer: { kind: string } }) => mixer.kind))).toEqual(
      new Set(['gdn', 'attention']),
    );
    const { json: deepseek } = await api.call('GET', '/models/deepseek-v3');
    expect(deepseek.warnings).toEqual([expect.stringMatching(/multi-token prediction/)]);
    expect(deepseek.parameters).toEqual({ total: 671026404352, active: 37552282624 });
  });

  it('may be kept, and are not sent twice', async () => {
    for (const url of ['/gpus', '/models', '/gpus/b200', '/models/kimi-k2']) {
      const { headers } = await api.call('GET', url);
      expect(headers['cache-control']).toBe('public, max-age=3600');
      const again = await api.call('GET', url, { headers: { 'if-none-match': headers.etag ?? '' } });
      expect([again.status, again.text, again.headers.etag]).toEqual([304, '', headers.etag]);
    }
  });

  it.each([
    ['/gpus/h20-smx', /"h20-smx" is not in the catalog: did you mean "H20-96GB"\?$/, ['H20-96GB']],
    ['/models/deepsek-v3', /did you mean "DeepSeek-V3"/, expect.arrayContaining(['DeepSeek-V3'])],
    ['/models/zzzz', /"zzzz" is not in the catalog: GET \/models lists it\.$/, undefined],
    ['/gpus/__proto__', /not in the catalog/, undefined],
  ])('%s is 404, with what is like it', async (url, detail, allowed) => {
    const { status, json } = await api.call('GET', url);
    expect([status, json.type]).toEqual([404, '/docs/problems/not-in-catalog']);
    expect(json.detail).toMatch(detail);
    expect(json.errors?.[0]?.allowed).toEqual(allowed);
  });
});

const workload = { kind: 'batch', batchSize: 8, sequenceLength: 128 };
const config = {
  model_type: 'llama',
  hidden_size: 1024,
  num_hidden_layers: 4,
  num_attention_heads: 8,
  intermediate_size: 2048,
  vocab_size: 32000,
  torch_dtype: 'bfloat16',
};
const plan = (cluster: object, model: unknown, rest: object = {}) =>
  api.call('POST', '/plans', { body: { cluster: { nodes: 1, gpusPerNode: 2, ...cluster }, model, workload, ...rest } });
const assumed = (json: { assumptions: readonly { path: string; value: unknown; why: string }[] }) =>
  new Map(json.assumptions.map(({ path, value }) => [path, value]));

describe('a plan by names', () => {
  it('fills GPU and links in from the catalog, and lists each figure with its source', async () => {
    const { status, json } = await plan({ gpu: 'h200-sxm' }, 'qwen3-0.6b');
    expect(status).toBe(201);
    const values = assumed(json);
    expect(values.get('/cluster/gpu/memoryBandwidthGBps')).toBe(4800);
    expect(values.get('/cluster/gpu/peakTflops/fp8')).toBe(1979);
    expect(values.get('/cluster/intraNode/bandwidthGBps')).toBe(450);
    expect(values.get('/cluster/interNode/bandwidthGBps')).toBe(50);
    expect(values.get('/cluster/nvlinkDomainGpus')).toBe(2);
    expect(values.get('/model')).toBe('Qwen3-0.6B');
    expect(values.get('/model/precision')).toBe('weights bf16; activations bf16; KV cache bf16');
    expect(new Set(values.keys()).size).toBe(json.assumptions.length);
    expect(json.resolved.cluster.gpu).toMatchObject({
      name: 'H200-SXM-141GB',
      curves: expect.stringMatching(/^H200-SXM-141GB: .*\(calibrated\)$/),
    });
    expect(json.resolved.model.parameters.total).toBe(596049920);
  });

  it('has one id however the names are written', async () => {
    const ids = await Promise.all(
      [
        plan({ gpu: 'H100' }, 'Qwen3-1.7B'),
        plan({ gpu: 'nvidia h100 80gb hbm3' }, 'qwen/qwen3_1.7b'),
        plan({ gpu: 'h100_sxm' }, { catalog: 'QWEN3 1.7B' }),
      ].map(async (answer) => (await answer).json.id),
    );
    expect(new Set(ids).size).toBe(1);
    const other = await plan({ gpu: 'H100' }, { catalog: 'qwen3-1.7b', precision: 'fp8' });
    expect(other.json.id).not.toBe(ids[0]);
    expect(other.json.resolved.model.precision).toMatchObject({
      weights: { attention: { dtype: 'fp8' }, head: { dtype: 'bf16' } },
      kvCache: 'fp8',
    });
  });

  it.each([
    ['GB200', 18, 4, 72],
    ['gb300-nvl72', 8, 4, 32],
    ['gb200', 20, 4, 72],
    ['h100', 2, 4, 4],
    ['h100', 2, 8, 8],
    ['h100-nvl', 2, 8, 2],
    ['l40s', 2, 8, 8],
    ['gh200', 2, 1, 1],
  ])('%s on %i nodes of %i has fast domains of %i', async (gpu, nodes, gpusPerNode, domain) => {
    const { json } = await plan({ gpu, nodes, gpusPerNode }, 'qwen3-0.6b', { constraints: { pp: 1, cp: 1 } });
    expect(json.resolved.cluster.nvlinkDomainGpus).toBe(domain);
  });

  it('lets the request say what it knows better', async () => {
    const links = { intraNode: { bandwidthGBps: 100 }, interNode: { bandwidthGBps: 12.5 }, nvlinkDomainGpus: 1 };
    const { json } = await plan({ gpu: 'h100', ...links }, 'qwen3-0.6b');
    expect(json.resolved.cluster).toMatchObject({
      intraNode: { name: 'NVLink4 + NVSwitch3', bandwidthGBps: 100 },
      interNode: { bandwidthGBps: 12.5 },
      nvlinkDomainGpus: 1,
    });
  });

  it('takes a GPU object as it is written, whatever its name', async () => {
    const gpu = { name: 'h200-sxm', memoryGiB: 10, peakTflops: { bf16: 100 }, memoryBandwidthGBps: 100 };
    const { json } = await plan({ gpu }, 'qwen3-0.6b');
    expect(json.resolved.cluster.gpu).toMatchObject({ memoryGiB: 10, curves: expect.stringMatching(/extrapolated/) });
  });

  it('names every fault at once, of names and of shape', async () => {
    const { status, json } = await plan({ gpu: 'h2000' }, { catalog: 'deepsek-v3', layers: 3 }, { objektive: 'cost' });
    expect(status).toBe(400);
    expect(json.errors).toEqual([
      { pointer: '/cluster/gpu', detail: expect.stringMatching(/"h2000" is not in the catalog: did you mean "H200-/) },
      { pointer: '/model/catalog', detail: expect.stringMatching(/did you mean "DeepSeek-V3"/) },
      { pointer: '/model/layers', detail: '"layers" cannot stand beside "catalog"; known here: catalog, precision' },
      { pointer: '/objektive', detail: 'unknown key "objektive": did you mean "objective"?' },
    ]);
  });

  it('takes what a checkpoint’s name says of its numbers, and no GGUF file for a model', async () => {
    const { json } = await plan({ gpu: 'h100' }, 'RedHatAI/Meta-Llama-3.1-8B-Instruct-quantized.w8a8');
    const values = assumed(json);
    expect(['', '/activations', '/kvCache'].map((of) => values.get(`/model/precision${of}`))).toEqual([
      'int8',
      'int8',
      'bf16',
    ]);
    const { json: both } = await plan({ gpu: 'h100' }, 'amd/Llama-3.3-70B-Instruct-FP8-KV');
    expect(assumed(both).get('/model/precision/kvCache')).toBe('fp8');
    const { status, json: refused } = await plan({ gpu: 'h100' }, 'Qwen/Qwen2.5-7B-Instruct-GGUF');
    expect([status, refused.errors]).toEqual([
      400,
      [{ pointer: '/model', detail: expect.stringMatching(/GGUF file.*ask for "Qwen2.5-7B" in the precision/) }],
    ]);
  });

  it('is told the same by /estimates and /verifications', async () => {
    for (const url of ['/estimates', '/verifications']) {
      const body = {
        cluster: { nodes: 1, gpusPerNode: 2, gpu: 'h100' },
        model: 'qwen3-0.6b',
        workload,
        strategy: { tp: 2 },
      };
      expect((await api.call('POST', url, { body })).json.resolved.model.name).toBe('Qwen3-0.6B');
      const { status, json } = await api.call('POST', url, { body: { ...body, model: 'qwen-nope-0.6' } });
      expect([status, json.errors[0].pointer]).toEqual([400, '/model']);
    }
  });
});

describe('a plan by config.json', () => {
  it('is made, with what the config leaves out listed under its place', async () => {
    const { status, json } = await plan({ gpu: 'h100' }, { huggingFace: config, name: 'mine' });
    expect(status).toBe(201);
    expect(json.resolved.model).toMatchObject({ name: 'mine', hiddenSize: 1024, layers: [{ count: 4 }] });
    const paths = [...assumed(json).keys()];
    expect(paths).toContain('/model/huggingFace/num_key_value_heads');
    expect(paths).not.toContain('/model/name');
    expect([...assumed((await plan({ gpu: 'h100' }, { huggingFace: config })).json).keys()]).toContain('/model/name');
  });

  it('passes every kind of layer through to the answer', async () => {
    for (const [name, kinds] of [
      ['deepseek-v4-flash', ['compressed']],
      ['nemotron-h-56b', ['mamba2', 'attention']],
      ['qwen3.5-35b-a3b', ['gdn', 'attention']],
      ['gpt-oss-20b', ['attention']],
    ] as const) {
      const { json, status } = await plan({ gpu: 'b200', gpusPerNode: 8 }, name);
      expect(status, name).toBe(201);
      const found = new Set(json.resolved.model.layers.map(({ mixer }: { mixer?: { kind: string } }) => mixer?.kind));
      for (const kind of kinds) expect(found, name).toContain(kind);
      expect(json.resolved.model).not.toHaveProperty('mtp');
    }
  });

  it('says what is wrong in it, by pointer', async () => {
    const { num_hidden_layers: _, ...short } = config;
    const { status, json } = await plan({ gpu: 'h100' }, { huggingFace: { ...short, hidden_size: '1024' } });
    expect(status).toBe(400);
    expect(json.errors.map(({ pointer }: { pointer: string }) => pointer)).toContain('/model/huggingFace/hidden_size');
  });

  it('of an unknown family is planned with a warning, where its fields suffice', async () => {
    const { json } = await plan(
      { gpu: 'h100' },
      { huggingFace: { ...config, model_type: 'nova', num_key_value_heads: 8 } },
    );
    expect(json.warnings).toEqual([expect.stringMatching(/"nova" is not known: planned by the generic formulas/)]);
    const bare = await plan({ gpu: 'h100' }, { huggingFace: { model_type: 'nova' } });
    expect(bare.status).toBe(400);
    expect(bare.json.errors.map(({ pointer }: { pointer: string }) => pointer)).toContain(
      '/model/huggingFace/hidden_size',
    );
  });

  it('without its wrapping is recognised, and told in one sentence', async () => {
    const { status, json } = await plan({ gpu: 'h100' }, config);
    expect(status).toBe(400);
    expect(json.errors).toEqual([{ pointer: '/model', detail: expect.stringMatching(/give it as \{ "huggingFace"/) }]);
  });

  it('is refused where it is no config: too large, too deep, not JSON', async () => {
    const raw = (inside: string) =>
      `{"cluster":{"nodes":1,"gpusPerNode":1,"gpu":"h100"},"model":{"huggingFace":${inside}},"workload":${JSON.stringify(workload)}}`;
    const send = (inside: string) => api.call('POST', '/plans', { raw: raw(inside) });
    expect((await send(`{"a":"${'x'.repeat(10 * 2 ** 20)}"}`)).status).toBe(413);
    // No config.json is as deep as a body may be; what is deeper than that is not even parsed.
    for (const [levels, limit] of [
      [33, 32],
      [2e5, 64],
    ] as const) {
      const deep = await send(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`);
      const detail = expect.stringMatching(`nested more than ${limit} deep`);
      expect([deep.status, deep.json.errors[0].detail]).toEqual([400, detail]);
    }
    const infinite = await send('{"time_step_limit":[0.0,Infinity]}');
    expect([infinite.status, infinite.json.detail]).toEqual([400, expect.stringMatching(/JSON has no Infinity/)]);
    const nonsense = await send(`{${Array.from({ length: 40_000 }, (_, i) => `"k${i}":${i}`).join(',')}}`);
    expect(nonsense.status).toBe(400);
  });
});
