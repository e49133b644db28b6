/**
 * `trtllm-serve` with its configuration in YAML. Keys as read in TensorRT-LLM llmapi/llm_args.py @00043967, commands/serve.py @00209af1 and
 * docs/source/features/disagg-serving.md @0434b982; docs/engine-flags.md lists each.
 *
 * `tensor_parallel_size` is all GPUs of a stage. Attention is cut over all of them, or with `enable_attention_dp` each has requests of its own.
 */
import type { Checkpoint } from './checkpoint.ts';
import type { LaunchDemand } from './launch-demand.ts';
import type { LaunchRole, Router, Settings, WorkerLayout } from './launch-plan.ts';
import type { LaunchRequest } from './launch-request.ts';
import { evenStages, type LaunchShape } from './launch-shape.ts';
import { flag, given, model, port } from './words.ts';

const httpPort = port(8000);

const cacheFormats: Readonly<Record<string, string>> = { bf16: 'auto', fp16: 'auto', fp8: 'fp8', fp4: 'nvfp4' };

function degreeSettings({ tp, cp, dp, pp, ep, etp }: LaunchShape): Settings {
  return {
    tensor_parallel_size: tp * cp * dp,
    pipeline_parallel_size: pp,
    ...(ep * etp > 1 && { moe_expert_parallel_size: ep, moe_tensor_parallel_size: etp }),
    enable_attention_dp: dp > 1,
  };
}

export function tensorRtDegrees(shape: LaunchShape): string {
  const { redundantExperts } = shape;
  const told = Object.entries(degreeSettings(shape)).map(([key, value]) => `${key}: ${String(value)}`);
  return [...told, ...given(redundantExperts > 0, [`num_slots: ${redundantExperts} more than experts`])].join(', ');
}

function speculation({ guessedTokens }: LaunchDemand, { checkpoint }: LaunchRequest): Settings {
  if (guessedTokens === 0 || !checkpoint.guesses) return {};
  return { speculative_config: { decoding_type: 'MTP', max_draft_len: guessedTokens } };
}

function transfer({ role, promptTokens }: LaunchDemand): Settings {
  if (role === 'both') return {};
  return {
    // Servers of prompts cannot overlap scheduling with their steps.
    ...(role === 'prefill' && { disable_overlap_scheduler: true }),
    cache_transceiver_config: { backend: 'UCX', max_tokens_in_buffer: promptTokens },
  };
}

/** What AUTO takes instead depends on the model's architecture alone, whatever the layout and the load. */
const expertBackends = { generated: 'TRTLLM', cutlass: 'CUTLASS', deepgemm: 'DEEPGEMM' } as const;

function expertSettings({ shape, experts, expertKernels }: LaunchDemand): Settings {
  const { redundantExperts } = shape;
  if (!expertKernels && redundantExperts === 0) return {};
  return {
    moe_config: {
      ...(expertKernels && { backend: expertBackends[expertKernels] }),
      ...(redundantExperts > 0 && {
        load_balancer: { num_slots: experts + redundantExperts, layer_updates_per_iter: 1 },
      }),
    },
  };
}

/**
 * Off by default. A prompt is let in with those of the other ranks, or as a count of steps is up that it finds half through on average. Where no rank
 * decodes beside prompts nobody waits: of workers apart nothing is told.
 */
function togetherSettings({ role, rankSteps }: LaunchDemand): Settings {
  const timeout = Math.round(2 * rankSteps);
  if (role !== 'both' || timeout === 0) return {};
  return { attention_dp_config: { enable_balance: true, batching_wait_iters: 0, timeout_iters: timeout } };
}

function settingsOf(demand: LaunchDemand, layout: WorkerLayout, request: LaunchRequest): Settings {
  const { role, shape, stages, sequencesPerRank } = demand;
  return {
    ...degreeSettings(shape),
    ...(!evenStages(stages) && { pp_partition: stages }),
    ...(layout.nodes > 1 && { gpus_per_node: layout.gpusPerNode }),
    ...expertSettings(demand),
    ...togetherSettings(demand),
    dtype: request.dtype,
    max_batch_size: sequencesPerRank,
    max_num_tokens: demand.tokensPerStep,
    max_seq_len: demand.contextTokens,
    enable_chunked_prefill: true,
    // The guide compares what is served with what was planned by these.
    return_perf_metrics: true,
    kv_cache_config: {
      free_gpu_memory_fraction: request.fractionOf(role),
      dtype: cacheFormats[demand.kvCache] ?? 'auto',
      enable_block_reuse: demand.usesPrefixCache,
    },
    ...(role !== 'prefill' && { cuda_graph_config: { enable_padding: true, max_batch_size: sequencesPerRank } }),
    ...speculation(demand, request),
    ...transfer(demand),
  };
}

export function tensorRtRole(demand: LaunchDemand, layout: WorkerLayout, request: LaunchRequest): LaunchRole {
  const ranks = layout.nodes * layout.gpusPerNode;
  const mpi = ['mpirun', '-n', String(ranks), '--hostfile'].map((word) => [word]);
  return {
    role: demand.role,
    workers: demand.shape.replicas,
    layout,
    start: layout.nodes > 1 ? 'mpi' : 'each-node',
    httpPort,
    program: [
      ...given(layout.nodes > 1, [
        ...mpi,
        [{ variable: 'hostfile' }] as const,
        ['--map-by'],
        ['slot'],
        ...given(!layout.wholeNodes, [['-x'], ['CUDA_VISIBLE_DEVICES']]),
        ['trtllm-llmapi-launch'],
      ]),
      ['trtllm-serve'],
      [model],
    ],
    environment: [],
    arguments: [flag('--host', '0.0.0.0'), flag('--port', [httpPort]), flag('--config', [{ variable: 'config-file' }])],
    settings: settingsOf(demand, layout, request),
  };
}

export function tensorRtRefusal(
  { kvCache, guessedTokens }: LaunchDemand,
  { sites, nodes }: WorkerLayout,
  { guesses }: Checkpoint,
): string | undefined {
  if (guessedTokens > 0 && !guesses)
    return 'TensorRT-LLM reads in its configuration which model guesses tokens, and the plan does not say which that is';
  if (cacheFormats[kvCache] === undefined) return `TensorRT-LLM has no KV cache in ${kvCache}`;
  // MPI hands one environment to all ranks.
  if (nodes > 1 && sites.some(({ firstGpus }) => firstGpus.some((gpu) => gpu !== firstGpus[0])))
    return 'a worker begins with different GPUs on its nodes, and MPI tells all of them the same';
  return undefined;
}

export function tensorRtRouter(roles: readonly LaunchRole[]): Router | undefined {
  return roles.length > 1 ? { kind: 'disaggregated-yaml', port: 8080 } : undefined;
}
