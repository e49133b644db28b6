/** Launch files through the service: listed, read, packed, and started by bash itself. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../support/api.ts';
import { exampleRequest } from '../support/examples.ts';

const serving = {
  cluster: { nodes: 1, gpusPerNode: 8, gpu: 'h100-sxm' },
  model: 'llama-3.1-70b',
  engine: 'vllm',
  workload: { kind: 'serving', inputTokens: 1000, outputTokens: 200, concurrency: 32 },
  objective: 'throughput',
  constraints: { tp: 4, pp: 1 },
  options: { modes: ['aggregated'] },
};

let api: Api;
const folder = mkdtempSync(join(tmpdir(), 'launch-'));
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});

async function planned(body: object): Promise<string> {
  const { json } = await api.call('POST', '/plans', { body });
  expect(json.status).toBe('feasible');
  expect(json.verification.checks.find(({ id }: { id: string }) => id === 'launch-files')).toMatchObject({
    status: 'pass',
  });
  return json.id;
}

async function archive(id: string, headers: Readonly<Record<string, string>> = {}) {
  const address = api.app.server.address();
  if (typeof address !== 'object' || !address) throw new Error('not listening');
  return fetch(`http://127.0.0.1:${address.port}/plans/${id}/artifacts.zip`, { headers });
}

describe('a plan for an engine', () => {
  it('has that engine’s files, and says so', async () => {
    const id = await planned(serving);
    const { json } = await api.call('GET', `/plans/${id}/artifacts`);
    const platforms = [
      'leaderworkerset-vllm.yaml',
      'kserve-vllm.yaml',
      'dynamo-vllm.yaml',
      'slurm-vllm.sh',
      'ray-vllm.yaml',
    ];
    expect(json.launch).toEqual([
      {
        engine: 'vllm',
        expressible: true,
        files: ['vllm.sh', 'vllm-router.sh', ...platforms],
        notes: [expect.stringContaining('--max-model-len')],
      },
    ]);
    const names = json.artifacts.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['vllm.sh', 'vllm-router.sh', 'implementation_guide.md']));
    expect(names.some((name: string) => name.startsWith('sglang'))).toBe(false);
    const script = await api.call('GET', `/plans/${id}/artifacts/vllm.sh`);
    expect(script.headers['content-type']).toBe('text/x-shellscript; charset=utf-8');
    expect(script.text).toContain(`# Plan ${id}\n`);
    expect(script.text).toContain('--tensor-parallel-size 4');
    const guide = await api.call('GET', `/plans/${id}/artifacts/implementation_guide.md`);
    expect(guide.text).toContain('## 1. Start the engine\n');
    expect(guide.text).toContain('[vllm.sh](vllm.sh)');
  });

  it('is started by bash with what the file says', async () => {
    const id = await planned(serving);
    const { text } = await api.call('GET', `/plans/${id}/artifacts/vllm.sh`);
    const bin = join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'vllm'), '#!/bin/sh\necho "$CUDA_VISIBLE_DEVICES"\nprintf "%s\\n" "$@"\n');
    chmodSync(join(bin, 'vllm'), 0o755);
    const file = join(folder, 'vllm.sh');
    writeFileSync(file, text);
    const run = (...args: string[]) =>
      execFileSync('bash', [file, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: `${bin}:${process.env.PATH}` },
      }).split('\n');
    expect(run('1').slice(0, 3)).toEqual(['4,5,6,7', 'serve', 'meta-llama/Meta-Llama-3.1-70B']);
    expect(run('1')).toEqual(expect.arrayContaining(['--port', '8004', '--tensor-parallel-size', '4']));
    for (const args of [[], ['2'], ['-1'], ['a[$(touch hacked)]'], ['1', '2']]) expect(() => run(...args)).toThrow();
  });
});

const onH200 = { nodes: 4, gpusPerNode: 8, gpu: 'h200-sxm' };
const onH100 = { nodes: 4, gpusPerNode: 8, gpu: 'h100-sxm' };
const oneNode = { ...onH100, nodes: 1 };
const wide = { model: 'deepseek-v3', cluster: onH200, constraints: { tp: 1, pp: 1, dp: 32 } };
const apart = { model: 'llama-3.1-70b', cluster: oneNode, constraints: { tp: 2, pp: 1 }, mode: 'disaggregated' };

/** Engine by engine: what is planned, and what its scripts have to say of it. */
const planned32: readonly (readonly [
  string,
  string,
  Readonly<Record<string, unknown>>,
  Readonly<Record<string, readonly string[]>>,
])[] = [
  [
    'DeepSeek-V3 on 32 H200',
    'vllm',
    wide,
    {
      'vllm.sh': [
        '--data-parallel-size 32',
        '--data-parallel-size-local 8',
        '--enable-expert-parallel',
        '--headless',
        '--gpu-memory-utilization 0.92',
      ],
    },
  ],
  [
    'DeepSeek-V3 on 32 H200',
    'sglang',
    wide,
    {
      'sglang.sh': [
        '--tp-size 32',
        '--dp-size 32',
        '--enable-dp-attention',
        '--ep-size 32',
        '--nnodes 4',
        '--mem-fraction-static 0.88',
      ],
    },
  ],
  [
    'DeepSeek-V3 on 32 H200',
    'tensorrt-llm',
    wide,
    {
      'tensorrt-llm.sh': ['mpirun -n 32'],
      'tensorrt-llm.yaml': [
        'tensor_parallel_size: 32',
        'enable_attention_dp: true',
        'free_gpu_memory_fraction: 0.9',
        'gpus_per_node: 8',
      ],
    },
  ],
  [
    'Llama-3.1-405B on 32 H100',
    'vllm',
    { model: 'llama-3.1-405b', cluster: onH100, constraints: { tp: 8, pp: 2 } },
    {
      'vllm.sh': [
        '--tensor-parallel-size 8',
        '--pipeline-parallel-size 2',
        '--nnodes 2',
        '--master-addr "$head_address"',
      ],
      'vllm-router.sh': ['--worker-urls'],
    },
  ],
  [
    'Llama-3.1-70B, disaggregated,',
    'vllm',
    apart,
    {
      'vllm-prefill.sh': ['"kv_role":"kv_producer"'],
      'vllm-decode.sh': ['"kv_role":"kv_consumer"'],
      'vllm-router.sh': ['--vllm-pd-disaggregation', '--decode'],
    },
  ],
  [
    'Llama-3.1-70B, disaggregated,',
    'sglang',
    apart,
    {
      'sglang-prefill.sh': ['--disaggregation-mode prefill', '--disaggregation-bootstrap-port'],
      'sglang-decode.sh': ['--disaggregation-mode decode'],
      'sglang-router.sh': ['--pd-disaggregation', '--prefill'],
    },
  ],
  [
    'Llama-3.1-70B, disaggregated,',
    'tensorrt-llm',
    apart,
    {
      'tensorrt-llm-prefill.yaml': ['cache_transceiver_config:', 'disable_overlap_scheduler: true'],
      'tensorrt-llm-decode.yaml': ['cache_transceiver_config:'],
      'tensorrt-llm-router.sh': ['generation_servers:'],
    },
  ],
];

describe.each(planned32)('%s under %s', (_, engine, { mode = 'aggregated', ...asked }, wanted) => {
  it('is verified with its launch files, which are told and to be had', async () => {
    const workload = { kind: 'serving', inputTokens: 2000, outputTokens: 500, concurrency: 256 };
    const id = await planned({ ...asked, engine, workload, objective: 'throughput', options: { modes: [mode] } });
    const { json } = await api.call('GET', `/plans/${id}/artifacts`);
    expect(json.launch).toMatchObject([{ engine, expressible: true }]);
    expect(json.launch[0].files).toEqual(expect.arrayContaining(Object.keys(wanted)));
    for (const [name, words] of Object.entries(wanted)) {
      const { text } = await api.call('GET', `/plans/${id}/artifacts/${name}`);
      for (const word of words) expect(text).toContain(word);
    }
  });
});

describe('a plan for no engine', () => {
  it('has the files of those that can express it, and of the others why not and what is nearest', async () => {
    const id = await planned(exampleRequest('reference'));
    const { json } = await api.call('GET', `/plans/${id}/artifacts`);
    expect(json.launch.map(({ engine, expressible, files }: never) => [engine, expressible, files])).toEqual([
      ['vllm', false, []],
      ['sglang', true, ['sglang.sh', 'leaderworkerset-sglang.yaml', 'dynamo-sglang.yaml', 'slurm-sglang.sh']],
      ['tensorrt-llm', false, []],
    ]);
    const [vllm, sglang, tensorRt] = json.launch;
    expect(sglang.without).toEqual([
      { platform: 'kserve', why: expect.stringContaining('start vLLM alone'), nearest: expect.any(String) },
      { platform: 'ray', why: expect.any(String), nearest: 'the dynamo file' },
    ]);
    expect(vllm.why).toContain('ep = 64 with etp = 2 cannot be');
    expect(vllm.nearest).toMatchObject([{ degrees: { tp: 2, dp: 64, ep: 128, etp: 1, redundantExperts: 64 } }]);
    expect(tensorRt.nearest).toMatchObject([{ degrees: { tp: 1, dp: 128, ep: 64, etp: 2 } }]);
    const { text } = await api.call('GET', `/plans/${id}/artifacts/sglang.sh`);
    for (const flag of [
      '--tp-size 128',
      '--dp-size 64',
      '--enable-dp-attention',
      '--ep-size 64',
      '--moe-a2a-backend none',
    ])
      expect(text).toContain(`  ${flag}\n`);
    const guide = await api.call('GET', `/plans/${id}/artifacts/implementation_guide.md`);
    expect(guide.text).toContain('**vllm** cannot be started so');
    expect(guide.text).toContain('**ray** has no file for SGLang');
  });
});

describe('a plan’s files for platforms', () => {
  it.each([
    ['leaderworkerset-vllm.yaml', 'application/yaml', 'kind: LeaderWorkerSet'],
    ['kserve-vllm.yaml', 'application/yaml', 'kind: LLMInferenceService'],
    ['dynamo-vllm.yaml', 'application/yaml', 'kind: DynamoGraphDeployment'],
    ['slurm-vllm.sh', 'text/x-shellscript; charset=utf-8', '#SBATCH --nodes=1\n'],
    ['ray-vllm.yaml', 'application/yaml', 'import_path: ray.serve.llm:build_openai_app'],
  ])('%s is served as what it is, and names the plan', async (name, mediaType, part) => {
    const id = await planned(serving);
    const { headers, text } = await api.call('GET', `/plans/${id}/artifacts/${name}`);
    expect(headers['content-type']).toBe(mediaType);
    expect(text).toContain(`# Plan ${id}\n`);
    expect(text).toContain(part);
  });
});

describe('GET /plans/{id}/artifacts.zip', () => {
  it('has every file, the same bytes each time, and scripts that can be run', async () => {
    const id = await planned(serving);
    const { json } = await api.call('GET', `/plans/${id}/artifacts`);
    expect(json.zip).toBe(`/plans/${id}/artifacts.zip`);
    const first = await archive(id);
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toBe('application/zip');
    const bytes = new Uint8Array(await first.arrayBuffer());
    expect(new Uint8Array(await (await archive(id)).arrayBuffer())).toEqual(bytes);
    const files = unzipSync(bytes);
    expect(Object.keys(files)).toEqual(json.artifacts.map(({ name }: { name: string }) => name));
    for (const { name, href } of json.artifacts)
      expect(new TextDecoder().decode(files[name]), name).toBe((await api.call('GET', href)).text);
    const etag = first.headers.get('etag') ?? '';
    expect((await archive(id, { 'if-none-match': etag })).status).toBe(304);
    expect((await archive(id, { 'if-none-match': '"another"' })).status).toBe(200);
    const zip = join(folder, 'plan.zip');
    writeFileSync(zip, bytes);
    execFileSync('python3', ['-c', unpack, zip, folder]);
    expect(statSync(join(folder, 'vllm-router.sh')).mode & 0o777).toBe(0o755);
    expect(statSync(join(folder, 'verify_strategy.py')).mode & 0o777).toBe(0o644);
  });

  it('is refused where there is no plan, or nothing else will do', async () => {
    const missing = await api.call('GET', `/plans/${'0'.repeat(64)}/artifacts.zip`);
    expect(missing.json.type).toBe('/docs/problems/plan-not-found');
    const id = await planned(serving);
    const refused = await api.call('GET', `/plans/${id}/artifacts.zip`, { headers: { accept: 'text/html' } });
    expect(refused.json.type).toBe('/docs/problems/not-acceptable');
  });
});

/** Unpacks with the modes that are told, as unzip does. */
const unpack = `
import sys, zipfile, os
archive = zipfile.ZipFile(sys.argv[1])
for info in archive.infolist():
    path = archive.extract(info, sys.argv[2])
    os.chmod(path, (info.external_attr >> 16) & 0o777)
`;
