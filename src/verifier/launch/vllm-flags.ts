/** Flags of `vllm serve` that launch files use. docs/engine-flags.md is this table as a page. */
import { count, type FlagTable, index, json, nothing, oneOf, share, text } from './flags.ts';

const parallel = 'vllm/config/parallel.py @00193b82';
const cache = 'vllm/config/cache.py @002f10e0';
const engineArgs = 'vllm/engine/arg_utils.py @99d7eb5d';
const former = 'in vllm/engine/arg_utils.py @001999d2, gone @99d7eb5d';
const dataParallel = 'docs/serving/data_parallel_deployment.md @01e4fce0';
const scaling = 'docs/serving/parallelism_scaling.md @096bd6a4';
const nixl = 'docs/features/nixl_connector_usage.md @026c83f9';

export const vllmFlags: FlagTable = {
  program: 'vllm serve',
  rules: [
    {
      flag: '--host',
      takes: text,
      meaning: 'address that it answers on',
      source: 'vllm/entrypoints/openai/cli_args.py @789340fb',
    },
    {
      flag: '--port',
      takes: count,
      meaning: 'port that it answers on; one for each worker of a node',
      source: dataParallel,
    },
    {
      flag: '--headless',
      takes: nothing,
      meaning: 'runs ranks and answers nobody: on all nodes but the first',
      source: dataParallel,
    },
    { flag: '--tensor-parallel-size', takes: count, meaning: 'tp', source: parallel },
    { flag: '--pipeline-parallel-size', takes: count, meaning: 'pp', source: parallel },
    { flag: '--prefill-context-parallel-size', takes: count, meaning: 'cp', source: parallel },
    {
      flag: '--decode-context-parallel-size',
      takes: count,
      meaning: 'cp, where the cp ranks share out a sequence’s cache',
      source: parallel,
    },
    { flag: '--data-parallel-size', takes: count, meaning: 'dp', source: parallel },
    { flag: '--data-parallel-size-local', takes: index, meaning: 'data-parallel ranks of this node', source: parallel },
    {
      flag: '--data-parallel-start-rank',
      takes: index,
      meaning: 'first of them; without --headless it would make the node answer for itself',
      source: engineArgs,
    },
    { flag: '--data-parallel-address', takes: text, meaning: 'the worker’s node 0', source: engineArgs },
    { flag: '--data-parallel-rpc-port', takes: count, meaning: 'port there', source: parallel },
    {
      flag: '--nnodes',
      takes: count,
      meaning: 'nodes of the worker, where a data-parallel rank spans several',
      source: parallel,
    },
    { flag: '--node-rank', takes: index, meaning: 'this node among them', source: parallel },
    { flag: '--master-addr', takes: text, meaning: 'the worker’s node 0', source: parallel },
    { flag: '--master-port', takes: count, meaning: 'port there', source: parallel },
    {
      flag: '--enable-expert-parallel',
      takes: nothing,
      meaning: 'whole experts over all GPUs of a stage: ep = tp·cp·dp; without it each expert is cut over them',
      source: parallel,
    },
    {
      flag: '--all2all-backend',
      takes: oneOf('allgather_reducescatter', 'deepep_high_throughput', 'deepep_low_latency'),
      meaning: 'how tokens reach their experts',
      source: parallel,
    },
    { flag: '--enable-eplb', takes: nothing, meaning: 'redundant experts', source: parallel },
    { flag: '--eplb-config', takes: json, meaning: '`num_redundant_experts`', source: parallel },
    { flag: '--quantization', takes: oneOf('fp8'), meaning: 'makes FP8 of a 16-bit checkpoint', source: engineArgs },
    { flag: '--dtype', takes: oneOf('bfloat16', 'float16'), meaning: 'what is not quantised', source: engineArgs },
    {
      flag: '--kv-cache-dtype',
      takes: oneOf('auto', 'fp8', 'nvfp4'),
      meaning: 'format of the KV cache; auto: 16 bits',
      source: cache,
    },
    {
      flag: '--gpu-memory-utilization',
      takes: share,
      meaning: 'share of **all** memory for weights, steps and cache',
      source: cache,
    },
    {
      flag: '--max-num-seqs',
      takes: count,
      meaning: 'requests at once, of **each data-parallel rank**',
      source: engineArgs,
    },
    {
      flag: '--max-num-batched-tokens',
      takes: count,
      meaning: 'tokens of a step, of each data-parallel rank',
      source: engineArgs,
    },
    { flag: '--max-model-len', takes: count, meaning: 'a prompt and its answer', source: engineArgs },
    { flag: '--enable-prefix-caching', takes: nothing, meaning: 'where the plan counts on it', source: engineArgs },
    {
      flag: '--speculative-config',
      takes: json,
      meaning: '`method` or `model`, and `num_speculative_tokens`',
      source: engineArgs,
    },
    { flag: '--compilation-config', takes: json, meaning: '`cudagraph_mode`, with cp > 1', source: engineArgs },
    {
      flag: '--kv-transfer-config',
      takes: json,
      meaning: 'NixlConnector, of prefill and decode workers',
      source: nixl,
    },
  ],
  gone: [
    { flag: '--num-redundant-experts', instead: '`--eplb-config`', source: parallel },
    { flag: '--dcp-kv-cache-interleave-size', instead: '`--cp-kv-cache-interleave-size`', source: parallel },
    { flag: '--task', instead: '`--runner` and `--convert`', source: engineArgs },
    { flag: '--override-pooler-config', instead: '`--pooler-config`', source: engineArgs },
    { flag: '--guided-decoding-backend', instead: '`--structured-outputs-config`', source: engineArgs },
    { flag: '--speculative-model', instead: '`--speculative-config`', source: former },
    { flag: '--num-speculative-tokens', instead: '`--speculative-config`', source: former },
    { flag: '--use-v2-block-manager', instead: 'nothing: it is always so', source: former },
    { flag: '--num-scheduler-steps', instead: 'nothing', source: former },
    { flag: '--max-seq-len-to-capture', instead: '`--compilation-config`', source: former },
    { flag: '--worker-use-ray', instead: '`--distributed-executor-backend ray`', source: scaling },
  ],
};

/** Variables of the environment that vLLM reads, of those that launch files set. */
export const vllmVariables = [
  { name: 'CUDA_VISIBLE_DEVICES', meaning: 'GPUs of a worker that has part of a node', source: dataParallel },
  {
    name: 'VLLM_PP_LAYER_PARTITION',
    meaning: 'layers of each stage, where they are not all of one length',
    source: 'vllm/distributed/utils.py, `get_pp_indices`',
  },
  {
    name: 'VLLM_USE_V2_MODEL_RUNNER',
    meaning: '1, with cp > 1',
    source: 'vllm/v1/worker/gpu/pcp_manager.py @0036d38d',
  },
  {
    name: 'VLLM_NIXL_SIDE_CHANNEL_HOST',
    meaning: 'where this node is reached, for moving a prompt’s cache',
    source: nixl,
  },
  {
    name: 'VLLM_NIXL_SIDE_CHANNEL_PORT',
    meaning: 'port there, one for each data-parallel rank counted on from it',
    source: nixl,
  },
] as const;
