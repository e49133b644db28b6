/** `python3 -m sglang.launch_server …` back into a strategy. Rules: the parallelism explainer of SGLang @51907e21, as in ./sglang-flags.ts. */
import { countOf, type ReadFlags, readFlags, textOf } from './flags.ts';
import { partitionIn, type Read, type ReadContext, type ReadProcess, visibleGpus } from './read-process.ts';
import { sglangFlags } from './sglang-flags.ts';
import type { Started } from './shell-run.ts';

/** Without SGLANG_PP_LAYER_PARTITION: an even share each, and one more for each of the last that are left. */
export function sglangStages(layers: number, pp: number): readonly number[] {
  const [share, left] = [Math.floor(layers / pp), layers % pp];
  return Array.from({ length: pp }, (_, stage) => share + (stage >= pp - left ? 1 : 0));
}

const caches: ReadonlyMap<string | undefined, ReadProcess['kvCache']> = new Map([
  ['auto', '16-bit'],
  ['fp8_e4m3', 'fp8'],
]);

const kernels: ReadonlyMap<string | undefined, NonNullable<ReadProcess['kernels']>> = new Map([
  ['normal', 'many tokens'],
  ['low_latency', 'few tokens'],
]);

/** Without whole experts on data-parallel ranks there is nothing that DeepEP would exchange. */
function exchangeOf(flags: ReadFlags): Pick<ReadProcess, 'exchange' | 'kernels'> {
  const backend = textOf(flags, '--moe-a2a-backend');
  if (backend === undefined) return {};
  const own = kernels.get(textOf(flags, '--deepep-mode'));
  return { exchange: backend === 'deepep' ? 'deepep' : 'allgather', ...(own && { kernels: own }) };
}

interface Degrees {
  readonly size: number;
  readonly dp: number;
  readonly ep: number;
}

function contradictions(flags: ReadFlags, { size, dp, ep }: Degrees): readonly string[] {
  const has = (flag: string) => flags.values.has(flag);
  const faults: string[] = [];
  const unless = (holds: boolean, text: string) => {
    if (!holds) faults.push(text);
  };
  unless(
    has('--dp-size') === has('--enable-dp-attention'),
    '--dp-size without --enable-dp-attention means copies of the model, and that without a size nothing',
  );
  unless(size % dp === 0, '--dp-size does not divide --tp-size');
  unless(size % ep === 0, '--ep-size does not divide --tp-size');
  unless(
    textOf(flags, '--moe-a2a-backend') !== 'deepep' || ep === size,
    '--moe-a2a-backend deepep sets ep to --tp-size',
  );
  unless(!has('--deepep-mode') || textOf(flags, '--moe-a2a-backend') === 'deepep', '--deepep-mode wants DeepEP');
  unless(
    !has('--enable-eplb') || textOf(flags, '--deepep-mode') !== 'auto',
    '--enable-eplb has no recorder for --deepep-mode auto',
  );
  unless(
    has('--enable-eplb') === has('--ep-num-redundant-experts'),
    '--enable-eplb and --ep-num-redundant-experts go together',
  );
  unless(has('--nnodes') === has('--node-rank'), '--nnodes and --node-rank go together');
  for (const flag of ['--max-running-requests', '--chunked-prefill-size'])
    unless((countOf(flags, flag) ?? 0) % dp === 0, `${flag} is divided by dp = ${dp}, and does not divide`);
  const [steps, drafts] = [countOf(flags, '--speculative-num-steps'), countOf(flags, '--speculative-num-draft-tokens')];
  unless(steps === undefined || drafts === steps + 1, '--speculative-num-draft-tokens is one more than the steps');
  unless(
    has('--disaggregation-mode') === has('--disaggregation-transfer-backend'),
    'a prefill or decode worker has a transfer backend',
  );
  return faults;
}

const needed = [
  '--model-path',
  '--tp-size',
  '--mem-fraction-static',
  '--max-running-requests',
  '--chunked-prefill-size',
  '--context-length',
  '--kv-cache-dtype',
];

function roleOf(flags: ReadFlags): ReadProcess['role'] {
  const mode = textOf(flags, '--disaggregation-mode');
  return mode === 'prefill' || mode === 'decode' ? mode : 'both';
}

export function readSglang({ command, environment }: Started, { layers, experts }: ReadContext): Read {
  const [python, option, module, ...args] = command;
  if (python !== 'python3' || option !== '-m' || module !== 'sglang.launch_server')
    return { kind: 'unreadable', faults: [`${command.slice(0, 3).join(' ')} is not sglang.launch_server`] };
  const flags = readFlags(args, sglangFlags);
  const missing = needed.filter((flag) => !flags.values.has(flag)).map((flag) => `${flag} is missing`);
  const size = countOf(flags, '--tp-size') ?? 1;
  const pp = countOf(flags, '--pp-size') ?? 1;
  const dp = countOf(flags, '--dp-size') ?? 1;
  const ep = countOf(flags, '--ep-size') ?? 1;
  const nodes = countOf(flags, '--nnodes') ?? 1;
  const gpusHere = (size * pp) / nodes;
  const nodeRank = countOf(flags, '--node-rank') ?? 0;
  const [address = '', initPort] = textOf(flags, '--dist-init-addr')?.split(':') ?? [];
  const httpPort = countOf(flags, '--port');
  const bootstrap = countOf(flags, '--disaggregation-bootstrap-port');
  const visible = visibleGpus(environment);
  const process: ReadProcess = {
    role: roleOf(flags),
    tp: size / dp,
    cp: 1,
    dp,
    pp,
    ep,
    etp: experts === 0 ? 1 : size / ep,
    redundantExperts: countOf(flags, '--ep-num-redundant-experts') ?? 0,
    cacheParts: 1,
    stages: partitionIn(environment.get('SGLANG_PP_LAYER_PARTITION')) ?? sglangStages(layers, pp),
    nodes,
    gpusHere,
    firstRank: nodeRank * gpusHere,
    memoryFraction: Number(textOf(flags, '--mem-fraction-static')),
    sequencesPerRank: (countOf(flags, '--max-running-requests') ?? 0) / dp,
    tokensPerStep: (countOf(flags, '--chunked-prefill-size') ?? 0) / dp,
    contextTokens: countOf(flags, '--context-length') ?? 0,
    kvCache: caches.get(textOf(flags, '--kv-cache-dtype')) ?? '16-bit',
    dtype: textOf(flags, '--dtype') ?? 'missing',
    ...exchangeOf(flags),
    ...(flags.values.has('--cuda-graph-max-bs') && { mostInGraphs: countOf(flags, '--cuda-graph-max-bs') ?? 0 }),
    // Always on, unless it is switched off by a flag that no launch file has: what a plan does not count on does no harm.
    usesPrefixCache: 'either',
    guessedTokens: countOf(flags, '--speculative-num-steps') ?? 0,
    model: textOf(flags, '--model-path') ?? '',
    headAddresses: address === '' ? [] : [address],
    ...(httpPort !== undefined && nodeRank === 0 && { httpPort }),
    ports: [
      ...(nodeRank === 0 ? [httpPort, initPort === undefined ? undefined : Number(initPort), bootstrap] : []),
    ].filter((port) => port !== undefined),
    ...(visible && { visible }),
  };
  return { kind: 'read', process, faults: [...flags.faults, ...missing, ...contradictions(flags, { size, dp, ep })] };
}
