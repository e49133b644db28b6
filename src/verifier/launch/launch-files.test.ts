/** Files that are made are read back as the plan; and whatever is changed in one is seen. */
import { describe, expect, it } from 'vitest';
import { engineCases, type Launched, launchCase, launchCases } from '../../../test/support/launched.ts';
import type { EngineName } from '../../planner/engine.ts';
import { launchFaults } from './check-launch.ts';

function faultsOf({ files, expected }: Launched, engine: EngineName, change: (text: string, name: string) => string) {
  const changed = files.map(({ name, content }) => ({ name, content: change(content, name) }));
  return { changed, faults: launchFaults(expected(engine), changed) };
}

describe.each(engineCases)('the files of %s under %s', (name, engine) => {
  it('say what the plan says', () => {
    const made = launchCase(name, engine);
    expect(made.launches.map(({ expressible }) => expressible)).toEqual([true]);
    expect(made.files.length).toBeGreaterThan(0);
    expect(faultsOf(made, engine, (text) => text).faults).toEqual([]);
  });
});

it.each(Object.keys(launchCases))('the files of %s for no engine in particular say what the plan says', (name) => {
  const made = launchCase(name, 'generic');
  for (const launch of made.launches) {
    const files = made.files.filter((file) => file.name.startsWith(launch.engine));
    expect(launch.expressible ? launchFaults(made.expected(launch.engine), files) : [], launch.engine).toEqual([]);
    expect(files.length > 0).toBe(launch.expressible);
  }
});

type Mutation = readonly [what: string, from: string | RegExp, to: string, fault: RegExp];

const inVllm: readonly Mutation[] = [
  ['another tp', '--tensor-parallel-size 1', '--tensor-parallel-size 2', /tp: 1 in the plan, 2 in the file/],
  ['another dp', '--data-parallel-size 32', '--data-parallel-size 16', /dp: 32 in the plan, 16/],
  ['no expert parallelism', '  --enable-expert-parallel\n', '', /wants --enable-expert-parallel.*/],
  ['fewer copies of experts', '":32}', '":16}', /redundant experts: 32 in the plan, 16/],
  ['a node less', 'whole NODE_RANK "$node_rank" 4', 'whole NODE_RANK "$node_rank" 3', /NODE_RANK 3 is refused/],
  [
    'ranks of a node',
    '--data-parallel-size-local 8',
    '--data-parallel-size-local 4',
    /GPUs of a node: 8 in the plan, 4/,
  ],
  ['first ranks of nodes', 'node_rank * 8', 'node_rank * 4', /first rank of the node: 8 in the plan, 4/],
  [
    'addresses swapped',
    '--data-parallel-address "$head_address"',
    '--data-parallel-address "$model"',
    /is told as the address of node 0/,
  ],
  ['arguments swapped', 'node_rank="$1"\nhead_address="$2"', 'node_rank="$2"\nhead_address="$1"', /is refused/],
  [
    'SGLang’s base of memory',
    '--gpu-memory-utilization 0.92',
    '--gpu-memory-utilization 0.88',
    /share of memory: 0.92 by the plan, 0.88/,
  ],
  ['requests of the whole worker', '--max-num-seqs 8', '--max-num-seqs 256', /requests of a rank: 8 in the plan, 256/],
  ['a shorter step', '--max-num-batched-tokens 8192', '--max-num-batched-tokens 4', /less than --max-num-seqs/],
  ['a shorter context', '--max-model-len 2500', '--max-model-len 2000', /tokens of a context: 2500 in the plan, 2000/],
  ['another cache', '--kv-cache-dtype auto', '--kv-cache-dtype fp8', /format of the KV cache: 16-bit in the plan, fp8/],
  [
    'a flag that there never was',
    '--enable-expert-parallel',
    '--enable-expert-parallelism',
    /has no flag --enable-expert-parallelism/,
  ],
  ['another dtype', '--dtype bfloat16', '--dtype float16', /what is computed: bfloat16 in the plan, float16/],
  ['another exchange', 'allgather_reducescatter', 'deepep_low_latency', /exchange of tokens: allgather in the plan/],
  ['a flag that is gone', '--dtype bfloat16', '--num-redundant-experts 32', /has given up --num-redundant-experts/],
  ['a flag twice', '--dtype bfloat16', '--dtype bfloat16\n  --dtype float16', /--dtype is given twice/],
  ['a backend that is gone', 'allgather_reducescatter', 'pplx', /--all2all-backend is none of/],
  ['a node that answers for itself', '    --headless\n', '', /without --headless makes each node answer/],
  ['broken JSON', '{"num_redundant_experts":32}', '{num_redundant_experts:32}', /is no JSON object/],
  ['the model', 'serve "$model"', 'serve "$head_address"', /model: checkpoint-of-the-plan in the plan/],
  ['a variable without quotes', '"$head_address"', '$head_address', /outside of quotes/],
  ['a careless shell', 'set -euo pipefail', 'true', /no command that launch files use/],
  ['a command in between', 'exec vllm', 'curl http://example.com\nexec vllm', /no command that launch files use/],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash's
  ['a command in a value', '"${MODEL:-deepseek-ai/DeepSeek-V3}"', '"$(cat /etc/passwd)"', /command is substituted/],
  ['another plan', '# Plan by-hand', '# Plan by-heart', /does not say of which plan/],
  ['a heading that lies', 'worker 0: nodes 0 to 3', 'worker 0: nodes 1 to 4', /its heading says nodes 1 to 4/],
  ['another engine', 'exec vllm serve', 'exec sglang serve', /is not vllm serve/],
];

const inSglang: readonly Mutation[] = [
  ['another tp', '--tp-size 32', '--tp-size 16', /dp: 32|does not divide|GPUs/],
  ['attention that is copied', '  --enable-dp-attention\n', '', /copies of the model/],
  ['another ep', '--ep-size 32', '--ep-size 16', /ep: 32 in the plan, 16|sets ep/],
  ['fewer nodes', '--nnodes 4', '--nnodes 2', /nodes of a worker: 4 in the plan, 2/],
  [
    'a rank that never changes',
    '--node-rank "$node_rank"',
    '--node-rank 0',
    /first rank of the node: 8 in the plan, 0/,
  ],
  [
    'vLLM’s base of memory',
    '--mem-fraction-static 0.88',
    '--mem-fraction-static 0.92',
    /share of memory: 0.88 by the plan, 0.92/,
  ],
  [
    'requests of one rank',
    '--max-running-requests 256',
    '--max-running-requests 8',
    /divided by dp|requests of a rank/,
  ],
  ['another dtype', '--dtype bfloat16', '--dtype float16', /what is computed: bfloat16 in the plan, float16/],
  ['no exchange', '--moe-a2a-backend deepep', '--moe-a2a-backend none', /exchange of tokens: deepep in the plan/],
  ['a deprecated flag', '--moe-a2a-backend deepep', '--enable-deepep-moe', /has given up --enable-deepep-moe/],
  ['copies without a balancer', '  --enable-eplb\n', '', /go together/],
];

const inTensorRt: readonly Mutation[] = [
  ['another tp', 'tensor_parallel_size: 32', 'tensor_parallel_size: 16', /is not tensor_parallel_size|dp: 32/],
  ['attention by heads', 'enable_attention_dp: true', 'enable_attention_dp: false', /tp: 1 in the plan, 32/],
  ['another ep', 'moe_expert_parallel_size: 32', 'moe_expert_parallel_size: 16', /is not tensor_parallel_size/],
  ['fewer slots', 'num_slots: 288', 'num_slots: 256', /redundant experts: 32 in the plan, 0/],
  [
    'vLLM’s base of memory',
    'free_gpu_memory_fraction: 0.9',
    'free_gpu_memory_fraction: 0.92',
    /share of memory: 0.9 by the plan, 0.92/,
  ],
  [
    'requests of the worker',
    'max_batch_size: 8\nmax_num_tokens',
    'max_batch_size: 256\nmax_num_tokens',
    /requests of a rank: 8 in the plan, 256/,
  ],
  ['ranks that MPI leaves out', 'mpirun -n 32', 'mpirun -n 24', /mpirun starts 24 ranks/],
  ['another node', 'gpus_per_node: 8', 'gpus_per_node: 4', /nodes of a worker: 4 in the plan, 8/],
  [
    'ranks that read alone',
    'enable_balance: true',
    'enable_balance: false',
    /wait for each other at most: 50 .*, 0 in/,
  ],
  ['a longer wait', 'timeout_iters: 50', 'timeout_iters: 500', /wait for each other at most: 50 by the plan, 500/],
  ['a wait for more', 'batching_wait_iters: 0', 'batching_wait_iters: 10', /at most: 50 by the plan, 70 in the file/],
  ['a key that there never was', 'max_seq_len', 'max_sequence_len', /has no flag max_sequence_len/],
  ['another dtype', '\ndtype: bfloat16', '\ndtype: float16', /what is computed: bfloat16 in the plan, float16/],
  [
    'graphs of fewer',
    /(enable_padding: true\n\s+max_batch_size: )\d+/,
    '$11',
    /requests of a step in graphs: \d+ in the plan, 1 in/,
  ],
  ['a key that is gone', 'enable_attention_dp', 'use_cuda_graph', /has given up use_cuda_graph/],
  ['a key twice', 'dtype: bfloat16', 'dtype: bfloat16\ndtype: float16', /the key dtype is there twice/],
];

const mutations: readonly (readonly [EngineName, readonly Mutation[]])[] = [
  ['vllm', inVllm],
  ['sglang', inSglang],
  ['tensorrt-llm', inTensorRt],
];

describe.each(mutations)('DeepSeek-V3 on four nodes under %s', (engine, list) => {
  const made = launchCase('deepseek-v3-on-32', engine);

  it.each(list)('%s is seen', (_, from, to, fault) => {
    const { changed, faults } = faultsOf(made, engine, (text) => text.replace(from, to));
    expect(changed, 'the mutation changes nothing').not.toEqual(made.files);
    expect(faults.join('\n')).toMatch(fault);
  });
});

const elsewhere: readonly (readonly [string, EngineName, ...Mutation])[] = [
  ['parts-of-a-node', 'vllm', 'GPUs of another worker', "'2,3'", "'0,1'", /GPUs that it may see: 2,3 in the plan, 0,1/],
  [
    'parts-of-a-node',
    'vllm',
    'one port for all',
    '$(( 8000 + first_gpu ))',
    '8000',
    /port 8000 of node 0 is taken by two workers/,
  ],
  [
    'parts-of-a-node',
    'sglang',
    'one address for all',
    '20000 + 100 * first_gpu',
    '20000 + 0 * first_gpu',
    /is taken by two workers/,
  ],
  [
    'parts-of-a-node',
    'vllm',
    'a worker less at the router',
    /\n {4}"http:.*:8006"/,
    '',
    /5 workers of kind both are told, and there are 6/,
  ],
  [
    'llama-405b-uneven-stages',
    'vllm',
    'vLLM’s own stages',
    /export VLLM_PP_LAYER_PARTITION=.*\n/,
    '',
    /layers of the stages: 32,32,31,31 in the plan, 31,32,32,31/,
  ],
  [
    'llama-405b-uneven-stages',
    'sglang',
    'SGLang’s own stages',
    /export SGLANG_PP_LAYER_PARTITION=.*\n/,
    '',
    /layers of the stages: 32,32,31,31 in the plan, 31,31,32,32/,
  ],
  [
    'llama-405b-tp8-pp2',
    'vllm',
    'stages',
    '--pipeline-parallel-size 2',
    '--pipeline-parallel-size 1',
    /pp: 2 in the plan, 1/,
  ],
  ['llama-405b-tp8-pp2', 'vllm', 'a node too many', '--nnodes 2', '--nnodes 4', /nodes of a worker: 2 in the plan, 4/],
  ['disaggregated', 'vllm', 'roles', 'kv_producer', 'kv_consumer', /role: prefill in the plan, decode/],
  [
    'disaggregated',
    'vllm',
    'workers at the router',
    '--prefill "http',
    '--decode "http',
    /go together|workers of kind/,
  ],
  ['disaggregated', 'vllm', 'another address of this node', '"$node_address"', '"$model"', /address of this node/],
  [
    'disaggregated',
    'vllm',
    'no prefix cache',
    '  --enable-prefix-caching\n',
    '',
    /prefix cache: true in the plan, false/,
  ],
  ['disaggregated', 'sglang', 'a bootstrap port', /(--prefill "[^"]+") \d+/, '$1', /no bootstrap port/],
  ['disaggregated', 'tensorrt-llm', 'a server less', 'num_instances: 3', 'num_instances: 2', /says 2 and lists 3/],
  [
    'deepseek-v3-on-8-blackwell',
    'tensorrt-llm',
    'other kernels',
    'backend: DEEPGEMM',
    'backend: TRTLLM',
    /kernels of the experts: DeepGEMM in the plan, generated in the file/,
  ],
  [
    'deepseek-v3-on-8-blackwell',
    'tensorrt-llm',
    'the engine’s own kernels',
    'moe_config:\n  backend: DEEPGEMM\n',
    '',
    /kernels of the experts: DeepGEMM in the plan, default in the file/,
  ],
  [
    'deepseek-v3-on-8-blackwell',
    'tensorrt-llm',
    'a backend that is gone',
    'backend: DEEPGEMM',
    'backend: WIDEEP',
    /moe_config.backend is none of/,
  ],
  [
    'deepseek-v3-on-32',
    'tensorrt-llm',
    'kernels that Hopper has not',
    'moe_config:\n',
    'moe_config:\n  backend: TRTLLM\n',
    /kernels of the experts: default in the plan, generated in the file/,
  ],
  [
    'disaggregated',
    'tensorrt-llm',
    'an overlap that is not',
    'disable_overlap_scheduler: true\n',
    '',
    /role: prefill in the plan, decode/,
  ],
  [
    'deepseek-v3-disaggregated',
    'vllm',
    'fewer guesses',
    '"num_speculative_tokens":1',
    '"num_speculative_tokens":2',
    /guessed tokens: 1 in the plan, 2/,
  ],
  [
    'deepseek-v3-disaggregated',
    'sglang',
    'fewer drafts',
    '--speculative-num-draft-tokens 2',
    '--speculative-num-draft-tokens 1',
    /one more than the steps/,
  ],
];

describe('elsewhere', () => {
  it.each(elsewhere)('%s under %s: %s is seen', (name, engine, _, from, to, fault) => {
    const made = launchCase(name, engine);
    const { changed, faults } = faultsOf(made, engine, (text) => text.replace(from, to));
    expect(changed, 'the mutation changes nothing').not.toEqual(made.files);
    expect(faults.join('\n')).toMatch(fault);
  });

  it('a file that is not there is missed', () => {
    const { files, expected } = launchCase('disaggregated', 'vllm');
    for (const { name } of files) {
      const others = files.filter((file) => file.name !== name);
      expect(launchFaults(expected('vllm'), others)).toContain(`${name} is missing`);
    }
  });
});
