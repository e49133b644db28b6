/**
 * A serving engine, as data: how it numbers ranks, what it leaves for the KV cache, how it batches, and the seconds it adds to what the
 * operators take. The values stand in catalog/engines.ts, each with its origin.
 */
import type { RankLayout } from './placement.ts';

export const engineNames = ['vllm', 'sglang', 'tensorrt-llm'] as const;
export type EngineName = (typeof engineNames)[number];

/**
 * What the memory knob is a share of (shared definitions: docs/accounting.md, "Serving").
 * - total: weights, activations, overhead and KV pool together get fraction × memory (vLLM).
 * - static: weights and KV pool get fraction × memory, the rest is for activations (SGLang).
 * - free: the KV pool gets fraction × what is free after weights and activations (TensorRT-LLM).
 */
export type MemoryBasis = 'total' | 'static' | 'free';

export interface EngineMemory {
  readonly basis: MemoryBasis;
  readonly fraction: number;
  /** Bytes on a GPU beside weights, activations and KV: context, workspaces and the collectives library. */
  readonly overheadAlone: number;
  readonly overheadWithCollectives: number;
  /** Bytes of a logit while the next tokens of the largest batch are sampled. */
  readonly logitBytes: number;
  /** Tokens of a page of the KV cache. */
  readonly blockTokens: number;
  /**
   * Share of an answer that a running sequence takes room for on average: 1 where the engine reserves the whole of it on admission
   * (TensorRT-LLM), half of it and some slack where pages are taken as they are needed (vLLM, SGLang).
   */
  readonly outputReserve: number;
}

/** Seconds and shares that the operators' curves do not hold; fitted to served runs (docs/fidelity.md). */
export interface EngineTimes {
  /**
   * By what factor what waits for compute is slower than each kernel by itself in the tables: clocks under sustained load, caches that others have
   * filled, kernels other than those measured.
   */
  readonly computeSlowdown: number;
  /** Seconds a step: scheduling, input preparation, sampling. */
  readonly stepOverhead: number;
  /** Seconds that a step with prompts takes beside: it is launched kernel by kernel, and its input is put together anew. */
  readonly passOverhead: number;
  /**
   * Seconds in which the host launches the kernels of a layer, mixer and FFN, one by one, which it does in steps with prompts: none of these is
   * shorter.
   */
  readonly perLayer: number;
  /** Seconds a sequence and step: sampling, detokenising, bookkeeping on the host. */
  readonly perSequence: number;
  /** Seconds of a request that are neither computing nor waiting for steps: HTTP, streaming. */
  readonly requestOverhead: number;
  /** The same for each token of its prompt: a text of that length is sent, parsed and made into tokens. */
  readonly perPromptToken: number;
  /**
   * Steps that a request waits for in full when it comes as one begins: that one, and with overlap scheduling the next, which is planned
   * already.
   */
  readonly stepsAhead: number;
  /**
   * Further ones where the model has latent attention: what served runs show beyond the simulation, at any length of the prompt. Deployments
   * that look for requests, or send tokens, once in ten to thirty steps explain it (SGLang's --scheduler-recv-interval, TensorRT-LLM's
   * stream_interval): public scripts of such runs set these, the sources of the runs themselves do not say.
   */
  readonly latentSteps: number;
  /**
   * Further ones with attention data parallelism: a prompt on one rank holds up all, so that it waits for others to have one too, or for the
   * end of a time (TensorRT-LLM's attention_dp_config looks once in timeout_iters steps, of which half are waited for on average).
   * Caches that come to such decode workers wait as long in measured runs.
   */
  readonly rankSteps: number;
  /** With attention data parallelism, how many more steps have prompts than if all ranks read theirs in the same ones: 0 to 1. */
  readonly scatter: number;
}

/**
 * In which layouts: in all, where no tokens are exchanged between ranks before the experts (attention is not data-parallel, or experts are not spread), or
 * where experts are not spread over ranks.
 */
export const generatedLayouts = ['all', 'without-exchange', 'without-expert-parallelism'] as const;
export type GeneratedLayouts = (typeof generatedLayouts)[number];

/**
 * Where an engine runs TensorRT-LLM's generated kernels for experts in NVFP4 and in FP8 with scales of blocks, on GPUs that have them; elsewhere it runs
 * CUTLASS' and DeepGEMM's. All else equal the generated ones are faster, but engines choose by model, layout and load.
 */
export interface GeneratedExperts {
  readonly fp4: GeneratedLayouts;
  readonly fp8Block: GeneratedLayouts;
  /** In NVFP4: up to so many sequences on a worker. */
  readonly fp4Sequences: number;
}

export interface Engine {
  /** `generic` where the request names none: no engine's own rules bind. */
  readonly name: EngineName | 'generic';
  readonly rankLayout: RankLayout;
  readonly memory: EngineMemory;
  /** Tokens of a step at most, decodes and prompt chunks together, on one data-parallel rank. */
  readonly batchTokens: number;
  /** Sequences that run at once on one data-parallel rank at most. */
  readonly maxSequences: number;
  /**
   * Whether attention reads an FP8 cache at an FP8 cache's speed on GPUs without FP4 units. TensorRT-LLM's kernels do; what vLLM and SGLang run
   * on Hopper takes as long as with a cache of bf16 (served runs of Llama-3.1-70B and 8B, docs/fidelity.md). On Blackwell all run TensorRT-LLM's.
   */
  readonly nativeFp8Cache: boolean;
  /**
   * Whether norms, gates and attention write FP8 with one scale a tensor where the next product reads it. TensorRT-LLM fuses them so; else, and for
   * formats with scales of blocks, a kernel before each product quantises its inputs.
   */
  readonly fusesQuantisation: boolean;
  /** How experts exchange tokens where attention is data-parallel: DeepEP-like kernels, or all-gather and reduce-scatter. */
  readonly exchange: 'deepep' | 'allgather';
  readonly generatedExperts: GeneratedExperts;
  readonly times: EngineTimes;
}
