/**
 * Serving engines as data: rules of batching and memory from their documentation, seconds fitted to served runs.
 *
 * Memory. vLLM: `--gpu-memory-utilization` 0.92 of the whole and `--block-size` 16 are its defaults. Its overheads and
 * `logitBytes` are measured (llm-d-planner, accuracy_report.md @875a4fd6): 0.25 to 0.27 GiB alone and 2.07 to 2.17 GiB with a TP
 * group, of which the upper ends err to fewer sequences; 15.5 bytes a logit of 1024 sequences are the peaks of activations at one
 * rank, 1.89 GiB of Llama-3.1-8B, 2.21 to 2.29 of Qwen3 and 3.63 to 3.99 of Gemma 3. SGLang: 0.88 is about what the rule for
 * `--mem-fraction-static` comes to on GPUs of 80 GB and more. TensorRT-LLM: `free_gpu_memory_fraction` 0.9 of what is free after
 * weights and `tokens_per_block` 32 are its defaults, and it admits a request by its whole output; its overhead is what
 * capacities in served runs leave, (memory - weights - 4 GB) x 0.9, less activations. `generic`: vLLM's rules with a round 0.9.
 *
 * Assumed, measured by nobody: 6 bytes a logit elsewhere (fp32 and a copy in the activations' precision), `outputReserve` 0.6 (half
 * an answer on average, and slack), `batchTokens` and `maxSequences` where an engine's default depends on GPU and release.
 */
import type { Engine, EngineName, EngineTimes, GeneratedExperts } from '../planner/engine.ts';
import { rankLayouts } from '../planner/placement.ts';

const gib = 2 ** 30;

/**
 * Fitted: `npm run fidelity -- --fit`; what each stands for is in planner/engine.ts, what it leaves in docs/fidelity.md. Not fitted: `perPromptToken`,
 * a tokeniser's megabyte of text a second at four to five bytes a token, and `requestOverhead`, a server's way from socket to scheduler and back.
 * `rankSteps` is half of the 50 steps that TensorRT-LLM's attention_dp_config has for timeout_iters by default (left free: 32).
 */
const times: EngineTimes = {
  computeSlowdown: 1.2,
  stepOverhead: 0.0007,
  passOverhead: 0.0015,
  perLayer: 0.0006,
  perSequence: 5.5e-6,
  requestOverhead: 0.002,
  perPromptToken: 5e-6,
  stepsAhead: 2,
  latentSteps: 12,
  rankSteps: 25,
  scatter: 0.05,
};

/**
 * Experts' kernels, by the engines' own rules. vLLM and SGLang take FlashInfer's TensorRT-LLM kernels on Blackwell where no all-to-all comes before the experts
 * (sglang/srt/server_args.py: `flashinfer_trtllm` where `moe_a2a_backend` is none), and with one DeepGEMM's or CUTLASS'.
 */
const flashInfer: GeneratedExperts = {
  fp4: 'without-exchange',
  fp8Block: 'without-exchange',
  fp4Sequences: 2 ** 31 - 1,
};

/**
 * TensorRT-LLM takes CUTLASS' unless `moe_config.backend` says otherwise (llm_args.py; AUTO names others for GPT-OSS alone, in MXFP4). NVIDIA's recipes for
 * NVFP4 (examples/configs) and InferenceX' scripts say TRTLLM for latency, and the latter CUTLASS from 256 requests of 1,000 tokens; with experts in FP8 that are
 * spread over ranks the recipes say DEEPGEMM.
 */
const byRecipe: GeneratedExperts = { fp4: 'all', fp8Block: 'without-expert-parallelism', fp4Sequences: 256 };

export const engines: Readonly<Record<EngineName | 'generic', Engine>> = {
  vllm: {
    name: 'vllm',
    rankLayout: rankLayouts.vllm,
    memory: {
      basis: 'total',
      fraction: 0.92,
      overheadAlone: 0.27 * gib,
      overheadWithCollectives: 2.17 * gib,
      logitBytes: 15.5,
      blockTokens: 16,
      outputReserve: 0.6,
    },
    batchTokens: 8192,
    maxSequences: 1024,
    nativeFp8Cache: false,
    fusesQuantisation: false,
    exchange: 'allgather',
    generatedExperts: flashInfer,
    times: {
      ...times,
      stepOverhead: 0.0013,
      // Its ranks run the same steps too, and let prompts in as they come.
      rankSteps: 0,
    },
  },
  sglang: {
    name: 'sglang',
    rankLayout: rankLayouts.sglang,
    memory: {
      basis: 'static',
      fraction: 0.88,
      overheadAlone: 0.27 * gib,
      overheadWithCollectives: 2.17 * gib,
      logitBytes: 6,
      blockTokens: 1,
      outputReserve: 0.6,
    },
    batchTokens: 8192,
    maxSequences: 2048,
    nativeFp8Cache: false,
    fusesQuantisation: false,
    exchange: 'deepep',
    generatedExperts: flashInfer,
    times: {
      ...times,
      stepOverhead: 0.0009,
      latentSteps: 20,
    },
  },
  'tensorrt-llm': {
    name: 'tensorrt-llm',
    rankLayout: rankLayouts['tensorrt-llm'],
    memory: {
      basis: 'free',
      fraction: 0.9,
      overheadAlone: 2 * gib,
      overheadWithCollectives: 3 * gib,
      logitBytes: 6,
      blockTokens: 32,
      outputReserve: 1,
    },
    batchTokens: 8192,
    maxSequences: 2048,
    nativeFp8Cache: true,
    fusesQuantisation: true,
    exchange: 'deepep',
    generatedExperts: byRecipe,
    times,
  },
  generic: {
    name: 'generic',
    rankLayout: rankLayouts.megatron,
    memory: {
      basis: 'total',
      fraction: 0.9,
      overheadAlone: 0.27 * gib,
      overheadWithCollectives: 2.17 * gib,
      logitBytes: 6,
      blockTokens: 16,
      outputReserve: 0.6,
    },
    batchTokens: 8192,
    maxSequences: 2048,
    nativeFp8Cache: true,
    fusesQuantisation: true,
    exchange: 'deepep',
    generatedExperts: { fp4: 'all', fp8Block: 'all', fp4Sequences: 2 ** 31 - 1 },
    times,
  },
};
