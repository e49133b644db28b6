/** Keys of TensorRT-LLM's configuration, and flags of `trtllm-serve`, that launch files use. docs/engine-flags.md is this table as a page. */
import { count, type FlagTable, index, oneOf, share, type Takes, text } from './flags.ts';

const args = 'tensorrt_llm/llmapi/llm_args.py @00043967';
const serve = 'tensorrt_llm/commands/serve.py @00209af1';
const moe = 'nvidia.github.io/TensorRT-LLM/1.3.0rc27, MoeConfig; fused_moe/MOE_DEVELOPER_GUIDE.md @04c2347b';
const together =
  'nvidia.github.io/TensorRT-LLM/1.3.0rc27, AttentionDpConfig; blogs/tech_blog/blog10_ADP_Balance_Strategy';
const disaggregated = 'docs/source/features/disagg-serving.md @0434b982';

export const yes: Takes = oneOf('true', 'false');

/** Dots go a level deeper. */
export const tensorRtKeys: FlagTable = {
  program: 'TensorRT-LLM',
  rules: [
    { flag: 'tensor_parallel_size', takes: count, meaning: 'tp·dp: all GPUs of a stage', source: args },
    { flag: 'pipeline_parallel_size', takes: count, meaning: 'pp', source: args },
    { flag: 'moe_expert_parallel_size', takes: count, meaning: 'ep', source: args },
    {
      flag: 'moe_tensor_parallel_size',
      takes: count,
      meaning: 'etp; parts of an expert are ep ranks apart',
      source: args,
    },
    {
      flag: 'enable_attention_dp',
      takes: yes,
      meaning: 'attention by requests on every GPU of a stage, or on none: dp or tp is 1',
      source: args,
    },
    {
      flag: 'attention_dp_config.enable_balance',
      takes: yes,
      meaning: 'prompts are let in on all data-parallel ranks together',
      source: together,
    },
    {
      flag: 'attention_dp_config.timeout_iters',
      takes: count,
      meaning: 'or after so many steps, of which the plan has half on average',
      source: together,
    },
    {
      flag: 'attention_dp_config.batching_wait_iters',
      takes: index,
      meaning: 'steps that they wait for more once all ranks have some',
      source: together,
    },
    {
      flag: 'pp_partition',
      takes: text,
      meaning: 'layers of each stage, where they are not all of one length',
      source: args,
    },
    { flag: 'gpus_per_node', takes: count, meaning: 'of a worker on several nodes', source: args },
    {
      flag: 'moe_config.backend',
      takes: oneOf('CUTLASS', 'TRTLLM', 'DEEPGEMM'),
      meaning: 'kernels of the experts, on Blackwell; elsewhere the default, AUTO, has CUTLASS’',
      source: moe,
    },
    {
      flag: 'moe_config.load_balancer.num_slots',
      takes: count,
      meaning: 'experts of a layer and further copies',
      source: args,
    },
    {
      flag: 'moe_config.load_balancer.layer_updates_per_iter',
      takes: index,
      meaning: 'layers that are balanced anew in a step',
      source: args,
    },
    { flag: 'dtype', takes: oneOf('bfloat16', 'float16'), meaning: 'what is not quantised', source: args },
    { flag: 'max_batch_size', takes: count, meaning: 'requests at once, of **each rank**', source: args },
    { flag: 'max_num_tokens', takes: count, meaning: 'tokens of a step, of each rank', source: args },
    { flag: 'max_seq_len', takes: count, meaning: 'a prompt and its answer', source: args },
    { flag: 'return_perf_metrics', takes: yes, meaning: 'GET /prometheus/metrics answers', source: args },
    { flag: 'enable_chunked_prefill', takes: yes, meaning: 'prompts longer than a step are cut', source: args },
    {
      flag: 'kv_cache_config.free_gpu_memory_fraction',
      takes: share,
      meaning: 'share of what is **free after loading**, for the cache',
      source: args,
    },
    {
      flag: 'kv_cache_config.dtype',
      takes: oneOf('auto', 'fp8', 'nvfp4'),
      meaning: 'format of the KV cache; auto: 16 bits',
      source: args,
    },
    { flag: 'kv_cache_config.enable_block_reuse', takes: yes, meaning: 'prefix cache', source: args },
    {
      flag: 'cuda_graph_config.enable_padding',
      takes: yes,
      meaning: 'steps between two captured sizes use the larger',
      source: args,
    },
    {
      flag: 'cuda_graph_config.max_batch_size',
      takes: count,
      meaning: 'requests of a rank that graphs are captured for',
      source: args,
    },
    {
      flag: 'speculative_config.decoding_type',
      takes: oneOf('MTP'),
      meaning: 'the model’s own layers guess tokens',
      source: args,
    },
    { flag: 'speculative_config.max_draft_len', takes: count, meaning: 'tokens guessed', source: args },
    {
      flag: 'disable_overlap_scheduler',
      takes: yes,
      meaning: 'of prefill workers, which cannot overlap',
      source: disaggregated,
    },
    {
      flag: 'cache_transceiver_config.backend',
      takes: oneOf('UCX'),
      meaning: 'moves a prompt’s cache',
      source: disaggregated,
    },
    {
      flag: 'cache_transceiver_config.max_tokens_in_buffer',
      takes: count,
      meaning: 'the longest prompt',
      source: disaggregated,
    },
  ],
  gone: [
    { flag: 'moe_cluster_parallel_size', instead: 'nothing', source: args },
    { flag: 'decoding_config', instead: '`speculative_config`', source: args },
    {
      flag: 'speculative_config.num_nextn_predict_layers',
      instead: '`speculative_config.max_draft_len`',
      source: args,
    },
    { flag: 'sampler_type', instead: 'nothing: there is one sampler', source: args },
    { flag: 'kv_cache_config.sink_token_length', instead: 'nothing', source: args },
    {
      flag: 'kv_cache_config.mamba_state_cache_interval',
      instead: '`kv_cache_config.mamba_state_config`',
      source: args,
    },
    { flag: 'use_cuda_graph', instead: '`cuda_graph_config`', source: args },
    { flag: 'cuda_graph_padding_enabled', instead: '`cuda_graph_config.enable_padding`', source: args },
    { flag: 'pytorch_backend_config', instead: 'keys of its own, a level up', source: args },
  ],
};

export const trtllmServe: FlagTable = {
  program: 'trtllm-serve',
  rules: [
    { flag: '--host', takes: text, meaning: 'address that it answers on', source: serve },
    { flag: '--port', takes: count, meaning: 'port that it answers on; one for each worker of a node', source: serve },
    { flag: '--config', takes: text, meaning: 'the YAML beside the script', source: serve },
  ],
  gone: [],
};

/** Before trtllm-llmapi-launch, where a worker has several nodes. */
export const mpirun: FlagTable = {
  program: 'mpirun',
  rules: [
    {
      flag: '-n',
      takes: count,
      meaning: 'ranks of the worker',
      source: 'docs/source/commands/trtllm-serve/trtllm-serve.rst @5c0c175b',
    },
    { flag: '--hostfile', takes: text, meaning: 'its nodes in order', source: 'Open MPI' },
    { flag: '--map-by', takes: oneOf('slot'), meaning: 'ranks fill one node after the other', source: 'Open MPI' },
    {
      flag: '-x',
      takes: oneOf('CUDA_VISIBLE_DEVICES'),
      meaning: 'GPUs of a worker that has part of its nodes',
      source: 'Open MPI',
    },
  ],
  gone: [],
};
