/** Flags of `python3 -m sglang.launch_server` that launch files use. docs/engine-flags.md is this table as a page. */
import { count, type FlagTable, index, nothing, oneOf, share, text } from './flags.ts';

const page = 'docs/advanced_features/server_arguments.md @004813e1';
const disaggregation = 'docs/advanced_features/pd_disaggregation.md @08edc506';

export const sglangFlags: FlagTable = {
  program: 'sglang.launch_server',
  rules: [
    { flag: '--model-path', takes: text, meaning: 'the checkpoint', source: page },
    { flag: '--host', takes: text, meaning: 'address that it answers on', source: page },
    { flag: '--port', takes: count, meaning: 'port that it answers on; one for each worker of a node', source: page },
    { flag: '--tp-size', takes: count, meaning: 'tp·dp: all GPUs of a stage', source: page },
    { flag: '--pp-size', takes: count, meaning: 'pp', source: page },
    {
      flag: '--dp-size',
      takes: count,
      meaning: 'dp; without --enable-dp-attention it would be copies of the model',
      source: page,
    },
    {
      flag: '--enable-dp-attention',
      takes: nothing,
      meaning: 'dp is a part of tp: attention is cut over tp / dp GPUs',
      source: page,
    },
    { flag: '--ep-size', takes: count, meaning: 'ep; each expert is cut over tp / ep GPUs', source: page },
    {
      flag: '--moe-a2a-backend',
      takes: oneOf('none', 'deepep'),
      meaning: 'how tokens reach their experts; deepep sets ep to tp',
      source: page,
    },
    {
      flag: '--deepep-mode',
      takes: oneOf('auto', 'normal', 'low_latency'),
      meaning: 'DeepEP’s kernels for many tokens or for few',
      source: page,
    },
    { flag: '--enable-eplb', takes: nothing, meaning: 'redundant experts', source: page },
    {
      flag: '--ep-num-redundant-experts',
      takes: count,
      meaning: 'further copies of busy experts in a layer',
      source: page,
    },
    { flag: '--nnodes', takes: count, meaning: 'nodes of the worker', source: page },
    { flag: '--node-rank', takes: index, meaning: 'this node among them', source: page },
    {
      flag: '--dist-init-addr',
      takes: text,
      meaning: 'the worker’s node 0 and a port there; one for each worker of a node',
      source: page,
    },
    { flag: '--enable-metrics', takes: nothing, meaning: 'GET /metrics answers', source: page },
    { flag: '--quantization', takes: oneOf('fp8'), meaning: 'makes FP8 of a 16-bit checkpoint', source: page },
    { flag: '--dtype', takes: oneOf('bfloat16', 'float16'), meaning: 'what is not quantised', source: page },
    {
      flag: '--kv-cache-dtype',
      takes: oneOf('auto', 'fp8_e4m3'),
      meaning: 'format of the KV cache; auto: 16 bits',
      source: page,
    },
    {
      flag: '--mem-fraction-static',
      takes: share,
      meaning: 'share of all memory for **weights and cache alone**',
      source: page,
    },
    {
      flag: '--max-running-requests',
      takes: count,
      meaning: 'requests at once, of **a whole worker**: divided by dp',
      source: page,
    },
    {
      flag: '--chunked-prefill-size',
      takes: count,
      meaning: 'prompt tokens of a step, of a whole worker: divided by dp',
      source: page,
    },
    { flag: '--context-length', takes: count, meaning: 'a prompt and its answer', source: page },
    {
      flag: '--cuda-graph-max-bs',
      takes: count,
      meaning: 'requests of a rank that graphs are captured for',
      source: page,
    },
    {
      flag: '--speculative-algorithm',
      takes: oneOf('NEXTN', 'STANDALONE'),
      meaning: 'the model’s own layers guess tokens, or another model',
      source: page,
    },
    { flag: '--speculative-draft-model-path', takes: text, meaning: 'that model', source: page },
    { flag: '--speculative-num-steps', takes: count, meaning: 'tokens guessed', source: page },
    { flag: '--speculative-eagle-topk', takes: oneOf('1'), meaning: 'one guess for each', source: page },
    { flag: '--speculative-num-draft-tokens', takes: count, meaning: 'those and the one before them', source: page },
    { flag: '--disaggregation-mode', takes: oneOf('prefill', 'decode'), meaning: 'kind of worker', source: page },
    {
      flag: '--disaggregation-transfer-backend',
      takes: oneOf('nixl'),
      meaning: 'moves a prompt’s cache',
      source: disaggregation,
    },
    {
      flag: '--disaggregation-bootstrap-port',
      takes: count,
      meaning: 'port of a prefill worker that decode workers ask',
      source: page,
    },
  ],
  gone: [
    { flag: '--enable-ep-moe', instead: '`--ep-size`', source: page },
    { flag: '--enable-deepep-moe', instead: '`--moe-a2a-backend deepep`', source: page },
    { flag: '--enable-flashinfer-cutlass-moe', instead: '`--moe-runner-backend flashinfer_cutlass`', source: page },
    { flag: '--enable-flashinfer-cutedsl-moe', instead: '`--moe-runner-backend flashinfer_cutedsl`', source: page },
    { flag: '--enable-flashinfer-trtllm-moe', instead: '`--moe-runner-backend flashinfer_trtllm`', source: page },
    { flag: '--enable-triton-kernel-moe', instead: '`--moe-runner-backend triton_kernel`', source: page },
    { flag: '--enable-flashinfer-mxfp4-moe', instead: '`--moe-runner-backend flashinfer_mxfp4`', source: page },
    { flag: '--prefill-round-robin-balance', instead: '`--load-balance-method`', source: page },
    { flag: '--nsa-prefill', instead: '`--dsa-prefill-backend`', source: page },
    { flag: '--nsa-decode', instead: '`--dsa-decode-backend`', source: page },
    { flag: '--hybrid-kvcache-ratio', instead: '`--swa-full-tokens-ratio`', source: page },
    { flag: '--crash-on-nan', instead: '`--enable-nan-detection`', source: page },
  ],
};

export const sglangVariables = [
  {
    name: 'CUDA_VISIBLE_DEVICES',
    meaning: 'GPUs of a worker that has part of a node',
    source: 'CUDA C++ programming guide',
  },
  {
    name: 'SGLANG_PP_LAYER_PARTITION',
    meaning: 'layers of each stage, where they are not all of one length',
    source: 'python/sglang/srt/distributed/utils.py @1107be11',
  },
  {
    name: 'SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK',
    meaning: 'tokens of a rank that DeepEP’s kernels for few have room for',
    source: 'deepseek-ai/DeepEP, deep_ep.cpp: 128 unless told otherwise',
  },
] as const;
