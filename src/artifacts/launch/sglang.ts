/**
 * `python3 -m sglang.launch_server`. Flags as read in sglang docs/advanced_features/server_arguments.md @004813e1, pd_disaggregation.md @08edc506 and
 * the parallelism explainer @51907e21; docs/engine-flags.md lists each.
 *
 * The same command on every node, with its rank. `--tp-size` is all GPUs of a stage, of which data-parallel attention leaves tp to
 * each rank; requests and prompt chunks are told for a whole worker and divided by dp.
 */
import type { LaunchDemand } from './launch-demand.ts';
import type { Argument, EnvironmentVariable, LaunchRole, Router, WorkerLayout } from './launch-plan.ts';
import type { LaunchRequest } from './launch-request.ts';
import { evenStages, type LaunchShape } from './launch-shape.ts';
import { draftModel, flag, given, headAddress, model, port } from './words.ts';

const httpPort = port(30000);
/** Data-parallel attention takes ports counted on from here. */
const initPort = port(20000, 100);
const bootstrapPort = port(8998);

const cacheFormats: Readonly<Record<string, string>> = { bf16: 'auto', fp16: 'auto', fp8: 'fp8_e4m3' };

/** DeepEP where attention is data-parallel and experts are whole; the exchanges other than none set ep to all GPUs of a stage. */
function exchangeBackend({ ep, etp, dp }: LaunchShape, exchange: LaunchDemand['exchange'] | undefined): string {
  return ep > 1 && etp === 1 && dp > 1 && exchange === 'deepep' ? 'deepep' : 'none';
}

export function sglangDegrees(shape: LaunchShape, exchange?: LaunchDemand['exchange']): readonly Argument[] {
  const { tp, cp, dp, pp, ep, redundantExperts } = shape;
  return [
    flag('--tp-size', tp * cp * dp),
    ...given(pp > 1, [flag('--pp-size', pp)]),
    ...given(dp > 1, [flag('--dp-size', dp), flag('--enable-dp-attention')]),
    ...given(ep > 1, [flag('--ep-size', ep), flag('--moe-a2a-backend', exchangeBackend(shape, exchange))]),
    ...given(redundantExperts > 0, [flag('--enable-eplb'), flag('--ep-num-redundant-experts', redundantExperts)]),
  ];
}

function nodeArguments({ nodes }: WorkerLayout): readonly Argument[] {
  if (nodes === 1) return [flag('--dist-init-addr', ['127.0.0.1:', initPort])];
  return [
    flag('--nnodes', nodes),
    flag('--node-rank', [{ variable: 'node-rank', times: 1 }]),
    flag('--dist-init-addr', [headAddress, ':', initPort]),
  ];
}

function speculation({ guessedTokens }: LaunchDemand, { checkpoint }: LaunchRequest): readonly Argument[] {
  if (guessedTokens === 0) return [];
  return [
    flag('--speculative-algorithm', checkpoint.guesses ? 'NEXTN' : 'STANDALONE'),
    ...given(!checkpoint.guesses, [flag('--speculative-draft-model-path', [draftModel])]),
    flag('--speculative-num-steps', guessedTokens),
    flag('--speculative-eagle-topk', 1),
    flag('--speculative-num-draft-tokens', guessedTokens + 1),
  ];
}

/**
 * Which of DeepEP's kernels: those for many tokens, which no graph can hold, or those for few. Where workers share both, the engine chooses; but not with
 * redundant experts, whose recorder has no such choice (srt/eplb/expert_distribution.py).
 */
export function deepEpMode({ role, shape }: Pick<LaunchDemand, 'role' | 'shape'>): 'auto' | 'normal' | 'low_latency' {
  if (role === 'both') return shape.redundantExperts > 0 ? 'normal' : 'auto';
  return role === 'prefill' ? 'normal' : 'low_latency';
}

/** DeepEP's kernels for few tokens have room for 128 a rank unless they are told otherwise, and for 1024 at most. */
const dispatchRoom = { usual: 128, most: 1024 } as const;

function environment({ role, shape, stages, exchange, sequencesPerRank, guessedTokens }: LaunchDemand) {
  const tokens = sequencesPerRank * (1 + guessedTokens);
  const small = deepEpMode({ role, shape }) !== 'normal' && exchangeBackend(shape, exchange) === 'deepep';
  const room = Math.min(dispatchRoom.most, Math.ceil(tokens / 128) * 128);
  const variables: readonly EnvironmentVariable[] = [
    ...given(!evenStages(stages), [{ name: 'SGLANG_PP_LAYER_PARTITION', value: [stages.join(',')] }]),
    ...given(small && tokens > dispatchRoom.usual, [
      { name: 'SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK', value: [String(room)] },
    ]),
  ];
  return variables;
}

export function sglangRole(demand: LaunchDemand, layout: WorkerLayout, request: LaunchRequest): LaunchRole {
  const { role, shape, exchange } = demand;
  const deepEp = exchangeBackend(shape, exchange) === 'deepep';
  const mode = deepEpMode(demand);
  return {
    role,
    workers: shape.replicas,
    layout,
    start: 'each-node',
    httpPort,
    program: [['python3'], ['-m'], ['sglang.launch_server']],
    environment: environment(demand),
    arguments: [
      flag('--model-path', [model]),
      flag('--host', '0.0.0.0'),
      flag('--port', [httpPort]),
      ...sglangDegrees(shape, exchange),
      ...given(deepEp, [flag('--deepep-mode', mode)]),
      ...nodeArguments(layout),
      ...given(request.checkpoint.quantises, [flag('--quantization', 'fp8')]),
      flag('--dtype', request.dtype),
      flag('--kv-cache-dtype', cacheFormats[demand.kvCache] ?? 'auto'),
      // The guide compares what is served with what was planned by these.
      flag('--enable-metrics'),
      flag('--mem-fraction-static', request.fractionOf(role)),
      flag('--max-running-requests', demand.sequencesPerRank * shape.dp),
      flag('--chunked-prefill-size', demand.tokensPerStep * shape.dp),
      flag('--context-length', demand.contextTokens),
      ...given(!(deepEp && mode === 'normal') && role !== 'prefill', [
        flag('--cuda-graph-max-bs', demand.sequencesPerRank),
      ]),
      ...speculation(demand, request),
      ...(role === 'both'
        ? []
        : [
            flag('--disaggregation-mode', role),
            flag('--disaggregation-transfer-backend', 'nixl'),
            ...given(role === 'prefill', [flag('--disaggregation-bootstrap-port', [bootstrapPort])]),
          ]),
    ],
  };
}

export function sglangRefusal({ shape, kvCache }: LaunchDemand, { nodes }: WorkerLayout): string | undefined {
  const { pp } = shape;
  if (nodes > 1 && nodes % pp !== 0 && pp % nodes !== 0)
    return `SGLang gives each stage whole nodes or each node whole stages: ${pp} stages do not fit ${nodes} nodes`;
  if (cacheFormats[kvCache] === undefined) return `SGLang has no KV cache in ${kvCache}`;
  return undefined;
}

/** sglang_router.launch_router, as in docs/advanced_features/pd_disaggregation.md @08edc506 and router.md. */
export function sglangRouter(roles: readonly LaunchRole[]): Router | undefined {
  const disaggregated = roles.length > 1;
  if (!disaggregated && (roles[0]?.workers ?? 0) === 1) return undefined;
  return {
    kind: 'command',
    program: ['python3', '-m', 'sglang_router.launch_router'],
    arguments: [...given(disaggregated, [['--pd-disaggregation']]), ['--host', '0.0.0.0'], ['--port', '8080']],
    workerFlags: disaggregated ? { prefill: '--prefill', decode: '--decode' } : { both: '--worker-urls' },
    oneFlagForAll: !disaggregated,
    ...(disaggregated && { bootstrapPort }),
  };
}
