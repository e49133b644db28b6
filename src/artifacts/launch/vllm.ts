/**
 * `vllm serve`. Flags as read in vllm engine/arg_utils.py and config/parallel.py @00193b82, docs/serving/data_parallel_deployment.md @01e4fce0 and
 * parallelism_scaling.md @096bd6a4, docs/features/nixl_connector_usage.md @026c83f9; docs/engine-flags.md lists each.
 *
 * Data-parallel ranks that fit in a node are started by `--data-parallel-size-local` on each node; one that spans nodes by `--nnodes`, which
 * numbers the nodes of all data-parallel ranks. `--data-parallel-start-rank` without `--headless` would make each node answer for itself (hybrid load
 * balancing), so it is told to followers alone.
 */
import type { LaunchDemand } from './launch-demand.ts';
import type { Argument, EnvironmentVariable, LaunchRole, Router, WorkerLayout } from './launch-plan.ts';
import type { LaunchRequest } from './launch-request.ts';
import { evenStages, type LaunchShape, rankGpus } from './launch-shape.ts';
import { draftModel, flag, given, headAddress, model, nodeAddress, port } from './words.ts';

const httpPort = port(8000);
const rpcPort = port(13345);
const masterPort = port(29501);
/** Each data-parallel rank takes one, counted on from here. */
const transferPort = port(5600);

/** FP8 alone has a name of its own here; 16 bits are the model's. */
const cacheFormats: Readonly<Record<string, string>> = {
  bf16: 'auto',
  fp16: 'auto',
  fp8: 'fp8',
  fp4: 'nvfp4',
};

function exchangeBackend({ exchange, role }: Pick<LaunchDemand, 'exchange' | 'role'>): string {
  if (exchange === 'allgather') return 'allgather_reducescatter';
  return role === 'decode' ? 'deepep_low_latency' : 'deepep_high_throughput';
}

export function vllmDegrees(shape: LaunchShape, told?: Pick<LaunchDemand, 'exchange' | 'role'>): readonly Argument[] {
  const { tp, cp, dp, pp, ep, redundantExperts, cacheIsShared } = shape;
  return [
    flag('--tensor-parallel-size', tp),
    ...given(pp > 1, [flag('--pipeline-parallel-size', pp)]),
    ...given(cp > 1, [flag('--prefill-context-parallel-size', cp)]),
    ...given(cp > 1 && cacheIsShared, [flag('--decode-context-parallel-size', cp)]),
    ...given(dp > 1, [flag('--data-parallel-size', dp)]),
    ...given(ep > 1, [flag('--enable-expert-parallel')]),
    ...given(ep > 1 && dp > 1 && told !== undefined, [
      flag('--all2all-backend', told ? exchangeBackend(told) : 'allgather_reducescatter'),
    ]),
    ...given(redundantExperts > 0, [
      flag('--enable-eplb'),
      flag('--eplb-config', JSON.stringify({ num_redundant_experts: redundantExperts })),
    ]),
  ];
}

function nodeArguments(shape: LaunchShape, { nodes, gpusPerNode }: WorkerLayout): readonly Argument[] {
  if (nodes === 1) return [];
  const { dp } = shape;
  const local = gpusPerNode / rankGpus(shape);
  const together = [flag('--data-parallel-address', [headAddress]), flag('--data-parallel-rpc-port', [rpcPort])];
  const follow = flag('--headless', undefined, 'followers');
  if (local >= 1)
    return [
      flag('--data-parallel-size-local', local),
      ...together,
      follow,
      flag('--data-parallel-start-rank', [{ variable: 'node-rank', times: local }], 'followers'),
    ];
  return [
    flag('--nnodes', nodes),
    flag('--node-rank', [{ variable: 'node-rank', times: 1 }]),
    flag('--master-addr', [headAddress]),
    flag('--master-port', [masterPort]),
    ...given(dp > 1, [flag('--data-parallel-size-local', 1), ...together]),
    follow,
  ];
}

function speculation({ guessedTokens }: LaunchDemand, { checkpoint }: LaunchRequest): readonly Argument[] {
  if (guessedTokens === 0) return [];
  if (checkpoint.guesses)
    return [flag('--speculative-config', JSON.stringify({ method: 'mtp', num_speculative_tokens: guessedTokens }))];
  const rest = `","num_speculative_tokens":${guessedTokens}}`;
  return [flag('--speculative-config', ['{"model":"', draftModel, rest])];
}

/** Context parallelism runs without full CUDA graphs, and layers of sparse latent attention without any. */
function graphs({ shape }: LaunchDemand, { isSparse }: LaunchRequest): readonly Argument[] {
  if (shape.cp === 1) return [];
  return [flag('--compilation-config', JSON.stringify({ cudagraph_mode: isSparse ? 'NONE' : 'PIECEWISE' }))];
}

function environment({ role, shape, stages }: LaunchDemand): readonly EnvironmentVariable[] {
  return [
    ...given(!evenStages(stages), [{ name: 'VLLM_PP_LAYER_PARTITION', value: [stages.join(',')] }]),
    ...given(shape.cp > 1, [{ name: 'VLLM_USE_V2_MODEL_RUNNER', value: ['1'] }]),
    ...given(role !== 'both', [
      { name: 'VLLM_NIXL_SIDE_CHANNEL_HOST', value: [nodeAddress] },
      { name: 'VLLM_NIXL_SIDE_CHANNEL_PORT', value: [transferPort] },
    ]),
  ];
}

const kvRoles = { prefill: 'kv_producer', decode: 'kv_consumer' } as const;

export function vllmRole(demand: LaunchDemand, layout: WorkerLayout, request: LaunchRequest): LaunchRole {
  const { role, shape, usesPrefixCache } = demand;
  return {
    role,
    workers: shape.replicas,
    layout,
    start: 'each-node',
    httpPort,
    program: [['vllm'], ['serve'], [model]],
    environment: environment(demand),
    arguments: [
      flag('--host', '0.0.0.0', 'head'),
      flag('--port', [httpPort], 'head'),
      ...vllmDegrees(shape, demand),
      ...nodeArguments(shape, layout),
      ...given(request.checkpoint.quantises, [flag('--quantization', 'fp8')]),
      flag('--dtype', request.dtype),
      flag('--kv-cache-dtype', cacheFormats[demand.kvCache] ?? 'auto'),
      flag('--gpu-memory-utilization', request.fractionOf(role)),
      flag('--max-num-seqs', demand.sequencesPerRank),
      flag('--max-num-batched-tokens', demand.tokensPerStep),
      flag('--max-model-len', demand.contextTokens),
      ...given(usesPrefixCache, [flag('--enable-prefix-caching')]),
      ...graphs(demand, request),
      ...speculation(demand, request),
      ...(role === 'both'
        ? []
        : [
            flag(
              '--kv-transfer-config',
              JSON.stringify({ kv_connector: 'NixlConnector', kv_role: kvRoles[role], kv_load_failure_policy: 'fail' }),
            ),
          ]),
    ],
  };
}

/** What keeps vLLM from starting the worker so, beside its rules of degrees. */
export function vllmRefusal(demand: LaunchDemand, { gpusPerNode, nodes }: WorkerLayout): string | undefined {
  const gpus = rankGpus(demand.shape);
  if (nodes > 1 && gpusPerNode % gpus !== 0 && gpus % gpusPerNode !== 0)
    return `vLLM starts whole data-parallel ranks on a node or one on whole nodes: ${gpus} GPUs do not fit nodes of ${gpusPerNode}`;
  if (cacheFormats[demand.kvCache] === undefined) return `vLLM has no KV cache in ${demand.kvCache}`;
  if (demand.tokensPerStep < demand.sequencesPerRank)
    return `vLLM wants a step of as many tokens as it runs requests: ${demand.tokensPerStep} tokens are fewer than ${demand.sequencesPerRank} requests`;
  return undefined;
}

/** vllm-project/router, docs/cli_reference.md @df71929b and docs/model-routing/pd-disaggregation.md @a07dacb3. */
export function vllmRouter(roles: readonly LaunchRole[]): Router | undefined {
  const disaggregated = roles.length > 1;
  if (!disaggregated && (roles[0]?.workers ?? 0) === 1) return undefined;
  return {
    kind: 'command',
    program: ['vllm-router'],
    arguments: [...given(disaggregated, [['--vllm-pd-disaggregation']]), ['--host', '0.0.0.0'], ['--port', '8080']],
    workerFlags: disaggregated ? { prefill: '--prefill', decode: '--decode' } : { both: '--worker-urls' },
    oneFlagForAll: !disaggregated,
  };
}
