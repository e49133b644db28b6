/** Files of platforms against the plans that they were written from: read back whole, and never when anything in them is changed. */
import { describe, expect, it } from 'vitest';
import type { PlatformName } from '../../src/artifacts/launch/platforms/platform-files.ts';
import { platformFaults } from '../../src/verifier/launch/platforms/check-platform.ts';
import { launchedPlans, type WrittenFile, writtenFiles } from '../support/launched-plans.ts';

const written = writtenFiles(launchedPlans());
const faultsOf = ({ platform, expected }: WrittenFile, text: string) => platformFaults(platform, expected, text);

function fileOf(platform: PlatformName, what: string): WrittenFile {
  const found = written.find((file) => file.platform === platform && file.what === what);
  if (!found) throw new Error(`no ${platform} of ${what}`);
  return found;
}

describe('a platform’s file', () => {
  it.each(written)('$platform: $what', (file) => {
    expect(faultsOf(file, file.text)).toEqual([]);
  });
});

const apart = 'vLLM, prefill beside decode';
const ranks = 'vLLM, data-parallel ranks on two nodes';
const stages = 'vLLM, a stage on each of two nodes';
const sglang = 'SGLang, prefill beside decode';
const tensorRt = 'TensorRT-LLM, two nodes';

/** What does no harm: the pace of probes, room and versions, names, and ports that nobody else looks for. */
const harmless =
  /^\s*(image|periodSeconds|timeoutSeconds|failureThreshold|size|value: Qwen|name): |^\s*- \{ CPU|"?shardwell-5eed5eed|Qwen\/Qwen3|meta-llama|^\s*port: 80$|^\s*replicas: 1$|VLLM_NIXL_SIDE_CHANNEL_PORT|value: "5600"|echo |exit 2|--(data-parallel-rpc|master)-port|--port 8080|--dist-init-addr|max_tokens_in_buffer|--host|part-of|^hostname|^port: 8080$/;

/** The file with a number raised, number by number; fractions are halved. */
function* raised(text: string): Generator<readonly [string, string]> {
  const lines = text.split('\n');
  for (const [at, line] of lines.entries()) {
    if (/^\s*#(?!SBATCH)/.test(line) || harmless.test(line)) continue;
    for (const { 0: digits, index } of line.matchAll(/\d+(\.\d+)?/g)) {
      const other = digits.includes('.') ? Number(digits) / 2 : Number(digits) + 1;
      const changed = `${line.slice(0, index)}${other}${line.slice(index + digits.length)}`;
      yield [`${line.trim()} → ${changed.trim()}`, lines.with(at, changed).join('\n')];
    }
  }
}

describe('every number in a file', () => {
  it.each([
    ['leaderworkerset', apart],
    ['leaderworkerset', sglang],
    ['kserve', apart],
    ['kserve', stages],
    ['dynamo', apart],
    ['dynamo', tensorRt],
    ['slurm', 'vLLM, small workers of both kinds'],
    ['slurm', 'TensorRT-LLM, prefill beside decode'],
    ['ray', ranks],
  ] as const)('%s: %s', (platform, what) => {
    const file = fileOf(platform, what);
    const mutants = [...raised(file.text)];
    expect(mutants.length).toBeGreaterThan(5);
    expect(mutants.filter(([, text]) => faultsOf(file, text).length === 0).map(([change]) => change)).toEqual([]);
  });
});

type Change = readonly [
  platform: PlatformName,
  what: string,
  change: string,
  from: string | RegExp,
  to: string,
  fault: RegExp,
];

const changes: readonly Change[] = [
  [
    'leaderworkerset',
    apart,
    'a degree',
    '--tensor-parallel-size 2',
    '--tensor-parallel-size 4',
    /tp: 2 in the plan, 4/,
  ],
  ['leaderworkerset', apart, 'groups', 'replicas: 2', 'replicas: 3', /workers: 2 in the plan, 3/],
  ['leaderworkerset', ranks, 'pods of a group', 'size: 2', 'size: 3', /nodes of a worker: 2 in the plan, 3/],
  ['leaderworkerset', ranks, 'GPUs of the leader', '"8"', '"4"', /ask for different numbers of GPUs/],
  ['leaderworkerset', ranks, 'GPUs of all pods', /gpu: "8"/g, 'gpu: "4"', /GPUs of a node: 8 in the plan, 4/],
  ['leaderworkerset', ranks, 'a key', '  replicas: 1', '  replicas: 1\n  minReadySeconds: 5', /additional properties/],
  [
    'leaderworkerset',
    ranks,
    'a key of a pod',
    '        containers:',
    '        hostNetwork: true\n        containers:',
    /additional properties/,
  ],
  [
    'leaderworkerset',
    ranks,
    'a flag',
    '--dtype bfloat16',
    '--dtype bfloat16\n                  --no-such-flag',
    /has no flag --no-such-flag/,
  ],
  [
    'leaderworkerset',
    ranks,
    'followers that answer',
    '                  --headless\n',
    '',
    /headless in the plan, answering/,
  ],
  [
    'leaderworkerset',
    stages,
    'ranks of followers',
    /--master-port 29501(?![\s\S]*--master-port)/,
    '--master-port 29502',
    /is told otherwise than node 0/,
  ],
  ['leaderworkerset', ranks, 'the loop before the start', 'do sleep 2; done', 'do sleep 3; done', /stands unquoted/],
  [
    'leaderworkerset',
    ranks,
    'a command in a script',
    'set -euo pipefail',
    'set -euo pipefail\n                curl http://example.org',
    /curl is no command/,
  ],
  ['leaderworkerset', ranks, 'the Service’s pods', 'worker-index: "0"', 'worker-index: "1"', /pods that do not answer/],
  [
    'leaderworkerset',
    ranks,
    'the Service’s port',
    'targetPort: 8000',
    'targetPort: 8001',
    /nobody who answers on port 8001/,
  ],
  [
    'leaderworkerset',
    apart,
    'a worker that the router misses',
    /\s+- --decode\n\s+- http\S+/,
    '',
    /decode workers: 1 in the plan, 0/,
  ],
  [
    'leaderworkerset',
    apart,
    'a worker of another set',
    'http://shardwell-5eed5eed-prefill-1',
    'http://shardwell-5eed5eed-decode-1',
    /address of prefill worker 1/,
  ],
  [
    'leaderworkerset',
    sglang,
    'where caches are asked for',
    '"8998"',
    '"8999"',
    /bootstrap port of prefill worker 0: 8998/,
  ],
  [
    'leaderworkerset',
    'SGLang, a domain of 18 nodes',
    'a domain of its own',
    /\s+# The plan counts on one domain.*\n\s+annotations:\n.*/,
    '',
    /domain of its own: true in the plan, false/,
  ],
  ['leaderworkerset', ranks, 'the plan', '# Plan 5eed', '# Plan 5eee', /does not say of which plan it is/],
  ['leaderworkerset', ranks, 'another document', /$/, '---\napiVersion: v1\nkind: Secret\n', /has a Secret/],
  ['kserve', apart, 'a degree', 'data: 16', 'data: 8', /dp: 16 in the plan, 8/],
  [
    'kserve',
    apart,
    'whole experts',
    'expert: true',
    'expert: false',
    /is not what the engine is told|ep: 16 in the plan/,
  ],
  ['kserve', apart, 'prefill workers', 'replicas: 2', 'replicas: 1', /workers: 2 in the plan, 1/],
  [
    'kserve',
    stages,
    'two ways over pods',
    'pipeline: 2',
    'pipeline: 2\n    data: 2\n    dataLocal: 1',
    /pipeline and data parallelism are set together/,
  ],
  ['kserve', apart, 'half a word', '    dataLocal: 8\n', '', /data and dataLocal go together/],
  ['kserve', apart, 'a key', '  replicas: 1', '  replicas: 1\n  minReplicas: 1', /additional properties/],
  ['kserve', apart, 'the scheduler', '    scheduler: {}\n', '', /router.scheduler is missing/],
  [
    'kserve',
    apart,
    'a flag',
    '--dtype bfloat16',
    '--dtype bfloat16 --num-gpu-blocks 5',
    /has no flag --num-gpu-blocks/,
  ],
  [
    'kserve',
    apart,
    'a flag that the preset spells',
    '--dtype bfloat16',
    '--dtype bfloat16 --data-parallel-size 16',
    /--data-parallel-size is given twice/,
  ],
  ['dynamo', apart, 'a degree', '- "16"', '- "8"', /dp: 16 in the plan, 8/],
  ['dynamo', apart, 'nodes', 'nodeCount: 2', 'nodeCount: 3', /nodes of a worker: 2 in the plan, 3/],
  ['dynamo', apart, 'GPUs', 'gpu: "8"', 'gpu: "4"', /GPUs of a node: 8 in the plan, 4/],
  ['dynamo', apart, 'the mode', '- prefill', '- decode', /prefill is told to decode/],
  [
    'dynamo',
    apart,
    'the role',
    'subComponentType: prefill',
    'subComponentType: decode',
    /prefill is a decode to the operator/,
  ],
  [
    'dynamo',
    apart,
    'a key',
    '      sharedMemory:',
    '      autoscaling: {}\n      sharedMemory:',
    /additional properties/,
  ],
  [
    'dynamo',
    apart,
    'what the operator adds',
    '- --dtype',
    '- --nnodes\n            - "2"\n            - --dtype',
    /go together|nodes/,
  ],
  [
    'dynamo',
    tensorRt,
    'a degree in the configuration',
    'tensor_parallel_size: 16',
    'tensor_parallel_size: 8',
    /dp: 16 in the plan, 8/,
  ],
  [
    'dynamo',
    tensorRt,
    'a key of the configuration',
    '    dtype: bfloat16',
    '    tensor_parallel: 16\n    dtype: bfloat16',
    /tensor_parallel\b/,
  ],
  ['dynamo', tensorRt, 'the configuration’s place', '/config/worker.yaml', '/config/other.yaml', /no configuration/],
  ['slurm', apart, 'a degree', '--data-parallel-size 16', '--data-parallel-size 8', /dp: 16 in the plan, 8/],
  ['slurm', apart, 'nodes', '#SBATCH --nodes=4', '#SBATCH --nodes=5', /workers need 4 nodes, and the job asks for 5/],
  ['slurm', apart, 'first nodes', 'decode_nodes=(2)', 'decode_nodes=(1)', /first node of worker 0: 2 in the plan, 1/],
  [
    'slurm',
    apart,
    'GPUs',
    '#SBATCH --gpus-per-node=8',
    '#SBATCH --gpus-per-node=4',
    /GPUs of a node: 8 in the plan, 4/,
  ],
  [
    'slurm',
    apart,
    'a directive',
    '#SBATCH --exclusive',
    '#SBATCH --exclusive\n#SBATCH --mem=1G',
    /no directive of launch files/,
  ],
  [
    'slurm',
    apart,
    'what starts a step',
    '--kill-on-bad-exit=1',
    '--kill-on-bad-exit=0',
    /the beginning is not as in every job/,
  ],
  ['slurm', apart, 'a line', 'wait -n || true', 'rm -rf "$HOME"', /the end is not as in every job/],
  ['slurm', 'vLLM, parts of a node', 'GPUs of workers', "'2,3'", "'0,1'", /GPUs that it may see: 2,3 in the plan, 0,1/],
  ['slurm', 'vLLM, parts of a node', 'ports', '8000 + first_gpu', '8000', /port/],
  ['slurm', tensorRt, 'ranks of a node', '2 8 pmix', '2 4 pmix', /./],
  ['ray', ranks, 'a degree', 'data_parallel_size: 16', 'data_parallel_size: 8', /dp: 16 in the plan, 8/],
  ['ray', ranks, 'the builder', 'build_dp_openai_app', 'build_openai_app', /additional properties|required/],
  ['ray', apart, 'GPUs', '            - { CPU: 1, GPU: 1 }\n', '', /GPUs of a worker|GPUs of a node/],
  [
    'ray',
    ranks,
    'a key',
    '        deployment_config:',
    '        autoscaling: 1\n        deployment_config:',
    /additional properties/,
  ],
  ['ray', ranks, 'an argument', 'dtype: bfloat16', 'dtyp: bfloat16', /has no flag --dtyp/],
];

describe('a change of', () => {
  it.each(changes)('%s (%s): %s', (platform, what, _, from, to, fault) => {
    const file = fileOf(platform, what);
    const changed = file.text.replace(from, to);
    expect(changed).not.toBe(file.text);
    expect(faultsOf(file, changed).join('\n')).toMatch(fault);
  });
});
