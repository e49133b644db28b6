/** `vllm serve …` back into a strategy. Rules: docs/serving/*.md and config/parallel.py of vLLM, as in ./vllm-flags.ts. */

import { countOf, jsonObject, type ReadFlags, readFlags, textOf } from './flags.ts';
import { partitionIn, type Read, type ReadContext, type ReadProcess, visibleGpus } from './read-process.ts';
import type { Started } from './shell-run.ts';
import { vllmFlags } from './vllm-flags.ts';

/** Without VLLM_PP_LAYER_PARTITION: an even share each, and one more for each that is left, from the last stage but one backwards. */
export function vllmStages(layers: number, pp: number): readonly number[] {
  const [share, left] = [Math.floor(layers / pp), layers % pp];
  return Array.from({ length: pp }, (_, stage) => share + (stage <= pp - 2 && stage >= pp - 1 - left ? 1 : 0));
}

const kvRoles: ReadonlyMap<unknown, ReadProcess['role']> = new Map([
  ['kv_producer', 'prefill'],
  ['kv_consumer', 'decode'],
]);

const caches: ReadonlyMap<string | undefined, ReadProcess['kvCache']> = new Map([
  ['auto', '16-bit'],
  ['fp8', 'fp8'],
  ['nvfp4', 'fp4'],
]);

const exchanges: ReadonlyMap<string | undefined, Pick<ReadProcess, 'exchange' | 'kernels'>> = new Map([
  ['allgather_reducescatter', { exchange: 'allgather' }],
  ['deepep_high_throughput', { exchange: 'deepep', kernels: 'many tokens' }],
  ['deepep_low_latency', { exchange: 'deepep', kernels: 'few tokens' }],
]);

/** Flags that make no sense together, or not alone. */
function contradictions(flags: ReadFlags): readonly string[] {
  const has = (flag: string) => flags.values.has(flag);
  const redundant = jsonObject(flags.values.get('--eplb-config'))?.get('num_redundant_experts');
  const faults: string[] = [];
  const unless = (holds: boolean, text: string) => {
    if (!holds) faults.push(text);
  };
  unless(!has('--enable-eplb') || has('--enable-expert-parallel'), '--enable-eplb wants --enable-expert-parallel');
  unless(redundant === undefined || redundant === 0 || has('--enable-eplb'), 'redundant experts want --enable-eplb');
  unless(!has('--headless') || !has('--port'), 'a node that is --headless answers on no port');
  unless(
    !has('--data-parallel-start-rank') || has('--headless'),
    '--data-parallel-start-rank without --headless makes each node answer for itself',
  );
  unless(
    has('--nnodes') === has('--node-rank') && has('--nnodes') === has('--master-addr'),
    '--nnodes, --node-rank and --master-addr go together',
  );
  unless(
    (countOf(flags, '--max-num-batched-tokens') ?? Number.POSITIVE_INFINITY) >= (countOf(flags, '--max-num-seqs') ?? 0),
    '--max-num-batched-tokens is less than --max-num-seqs',
  );
  const [pcp, dp] = [
    countOf(flags, '--prefill-context-parallel-size') ?? 1,
    countOf(flags, '--data-parallel-size') ?? 1,
  ];
  unless(pcp === 1 || dp === 1, 'prompts are cut over ranks without data parallelism only');
  return faults;
}

/** Nodes and ranks: data-parallel ranks by node, or one of them over several nodes. */
function placeOf(flags: ReadFlags, { group, dp }: { readonly group: number; readonly dp: number }) {
  const nnodes = countOf(flags, '--nnodes');
  if (nnodes !== undefined) {
    const gpusHere = (group * dp) / nnodes;
    return { nodes: nnodes, gpusHere, firstRank: (countOf(flags, '--node-rank') ?? 0) * gpusHere };
  }
  const local = countOf(flags, '--data-parallel-size-local') ?? dp;
  return {
    nodes: dp / local,
    gpusHere: local * group,
    firstRank: (countOf(flags, '--data-parallel-start-rank') ?? 0) * group,
  };
}

function definite(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}

export function readVllm({ command, environment }: Started, { layers, experts }: ReadContext): Read {
  const [program, verb, model, ...args] = command;
  if (program !== 'vllm' || verb !== 'serve' || model === undefined || model.startsWith('-'))
    return { kind: 'unreadable', faults: [`${command.slice(0, 3).join(' ')} is not vllm serve and a model`] };
  const flags = readFlags(args, vllmFlags);
  const needed = [
    '--tensor-parallel-size',
    '--gpu-memory-utilization',
    '--max-num-seqs',
    '--max-num-batched-tokens',
    '--max-model-len',
    '--kv-cache-dtype',
  ];
  const missing = needed.filter((flag) => !flags.values.has(flag)).map((flag) => `${flag} is missing`);
  const tp = countOf(flags, '--tensor-parallel-size') ?? 1;
  const pp = countOf(flags, '--pipeline-parallel-size') ?? 1;
  const cp = countOf(flags, '--prefill-context-parallel-size') ?? 1;
  const dp = countOf(flags, '--data-parallel-size') ?? 1;
  const inStage = tp * cp * dp;
  const whole = flags.values.has('--enable-expert-parallel');
  const transfer = jsonObject(flags.values.get('--kv-transfer-config'));
  const role = transfer ? kvRoles.get(transfer.get('kv_role')) : 'both';
  const guessed = jsonObject(flags.values.get('--speculative-config'))?.get('num_speculative_tokens') ?? 0;
  const redundant = jsonObject(flags.values.get('--eplb-config'))?.get('num_redundant_experts') ?? 0;
  const faults = [
    ...flags.faults,
    ...missing,
    ...contradictions(flags),
    ...(transfer && transfer.get('kv_connector') !== 'NixlConnector'
      ? ['prompts’ caches are moved by NixlConnector']
      : []),
    ...(role === undefined ? ['--kv-transfer-config has no kv_role of a prefill or decode worker'] : []),
  ];
  const place = placeOf(flags, { group: tp * cp * pp, dp });
  const httpPort = countOf(flags, '--port');
  const transferPort = environment.get('VLLM_NIXL_SIDE_CHANNEL_PORT');
  const nodeAddress = environment.get('VLLM_NIXL_SIDE_CHANNEL_HOST');
  const visible = visibleGpus(environment);
  const process: ReadProcess = {
    role: role ?? 'both',
    ...{ tp, cp, dp, pp },
    ep: whole ? inStage : 1,
    etp: experts === 0 || whole ? 1 : inStage,
    redundantExperts: Number(redundant),
    cacheParts: countOf(flags, '--decode-context-parallel-size') ?? 1,
    stages: partitionIn(environment.get('VLLM_PP_LAYER_PARTITION')) ?? vllmStages(layers, pp),
    ...place,
    memoryFraction: Number(textOf(flags, '--gpu-memory-utilization')),
    sequencesPerRank: countOf(flags, '--max-num-seqs') ?? 0,
    tokensPerStep: countOf(flags, '--max-num-batched-tokens') ?? 0,
    contextTokens: countOf(flags, '--max-model-len') ?? 0,
    kvCache: caches.get(textOf(flags, '--kv-cache-dtype')) ?? '16-bit',
    dtype: textOf(flags, '--dtype') ?? 'missing',
    ...exchanges.get(textOf(flags, '--all2all-backend')),
    usesPrefixCache: flags.values.has('--enable-prefix-caching'),
    guessedTokens: Number(guessed),
    model,
    headAddresses: ['--data-parallel-address', '--master-addr'].flatMap((flag) => textOf(flags, flag) ?? []),
    ...(nodeAddress !== undefined && { nodeAddress }),
    ...(httpPort !== undefined && { httpPort }),
    ports: definite([
      httpPort,
      ...(place.firstRank === 0 ? [countOf(flags, '--data-parallel-rpc-port'), countOf(flags, '--master-port')] : []),
      transferPort === undefined ? undefined : Number(transferPort),
    ]),
    ...(visible && { visible }),
  };
  return { kind: 'read', process, faults };
}
