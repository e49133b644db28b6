/** `trtllm-serve` with its YAML back into a strategy. Rules: llmapi/llm_args.py and mapping.py of TensorRT-LLM, as in ./tensorrt-llm-keys.ts. */
import { countOf, type ReadFlags, readFlags, textOf } from './flags.ts';
import { type Read, type ReadContext, type ReadProcess, visibleGpus } from './read-process.ts';
import { readYaml } from './read-yaml.ts';
import type { ReadableFile } from './readable-file.ts';
import { type Started, scriptFolder } from './shell-run.ts';
import { Unreadable } from './shell-words.ts';
import { mpirun, tensorRtKeys, trtllmServe } from './tensorrt-llm-keys.ts';

/** Without pp_partition the first stages have one layer more. */
export function tensorRtStages(layers: number, pp: number): readonly number[] {
  const [share, left] = [Math.floor(layers / pp), layers % pp];
  return Array.from({ length: pp }, (_, stage) => share + (stage < left ? 1 : 0));
}

/** A document's leaves as flags, `a.b.c value`: lists are text, joined by commas. */
function leaves(value: unknown, path: string): readonly (readonly [string, string])[] {
  if (Array.isArray(value)) return [[path, value.join(',')]];
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}

/** The keys as flags: one reader will do. */
const dashed = {
  ...tensorRtKeys,
  rules: tensorRtKeys.rules.map((rule) => ({ ...rule, flag: `--${rule.flag}` })),
  gone: tensorRtKeys.gone.map((gone) => ({ ...gone, flag: `--${gone.flag}` })),
};

function documentIn(content: string): { readonly document: unknown; readonly broken: readonly string[] } {
  try {
    const [document, ...others] = readYaml(content);
    return { document, broken: others.length > 0 ? ['the configuration has several documents'] : [] };
  } catch (error) {
    if (error instanceof Unreadable) return { document: {}, broken: [error.message] };
    throw error;
  }
}

/** Faults of YAML itself, among them keys that are there twice; and keys that TensorRT-LLM does not know or has given up. */
function readSettings(content: string): ReadFlags {
  const { document, broken } = documentIn(content);
  const pairs = leaves(document, '');
  const told = pairs.flatMap(([key, value]) => [`--${key}`, value]);
  const read = readFlags(told, dashed);
  return {
    values: new Map([...read.values].map(([flag, value]) => [flag.slice(2), value])),
    repeated: read.repeated,
    faults: [...broken, ...read.faults.map((fault) => fault.replaceAll('--', ''))],
  };
}

const known = new WeakMap<ReadableFile, ReadFlags>();

/** A file is read once, however many processes are started with it. */
function settingsIn(file: ReadableFile): ReadFlags {
  const settings = known.get(file) ?? readSettings(file.content);
  known.set(file, settings);
  return settings;
}

interface Command {
  readonly mpi?: ReadFlags;
  readonly model: string;
  readonly serve: ReadFlags;
}

function commandOf(words: readonly string[]): Command | undefined {
  const launcher = words.indexOf('trtllm-llmapi-launch');
  const own = words[0] === 'mpirun' && launcher > 0 ? words.slice(launcher + 1) : words;
  const [program, model, ...args] = own;
  if (program !== 'trtllm-serve' || model === undefined) return undefined;
  return {
    ...(own !== words && { mpi: readFlags(words.slice(1, launcher), mpirun) }),
    model,
    serve: readFlags(args, trtllmServe),
  };
}

function contradictions(
  settings: ReadFlags,
  { mpi, size, ranks }: { mpi: ReadFlags | undefined; size: number; ranks: number },
) {
  const faults: string[] = [];
  const unless = (holds: boolean, text: string) => {
    if (!holds) faults.push(text);
  };
  const [ep, etp] = [countOf(settings, 'moe_expert_parallel_size'), countOf(settings, 'moe_tensor_parallel_size')];
  unless(
    ep === undefined || ep * (etp ?? 1) === size,
    'moe_expert_parallel_size times moe_tensor_parallel_size is not tensor_parallel_size',
  );
  unless(
    mpi === undefined || countOf(mpi, '-n') === ranks,
    `mpirun starts ${mpi ? countOf(mpi, '-n') : 0} ranks, and the worker has ${ranks}`,
  );
  const perNode = countOf(settings, 'gpus_per_node');
  unless(
    (perNode === undefined) === (mpi === undefined),
    'gpus_per_node is told where MPI starts ranks on several nodes',
  );
  unless(perNode === undefined || ranks % perNode === 0, 'gpus_per_node does not divide the ranks');
  const slots = countOf(settings, 'moe_config.load_balancer.num_slots');
  unless(slots === undefined || slots % (ep ?? 1) === 0, 'num_slots does not divide over the expert-parallel ranks');
  const captured = countOf(settings, 'cuda_graph_config.max_batch_size');
  unless(
    captured === undefined || captured <= (countOf(settings, 'max_batch_size') ?? 0),
    'graphs are captured for more requests than there may be',
  );
  return faults;
}

const needed = [
  'tensor_parallel_size',
  'kv_cache_config.free_gpu_memory_fraction',
  'max_batch_size',
  'max_num_tokens',
  'max_seq_len',
];

const caches: ReadonlyMap<string | undefined, ReadProcess['kvCache']> = new Map([
  ['fp8', 'fp8'],
  ['nvfp4', 'fp4'],
]);

const expertKernels: ReadonlyMap<string | undefined, NonNullable<ReadProcess['expertKernels']>> = new Map([
  ['TRTLLM', 'generated'],
  ['CUTLASS', 'CUTLASS'],
  ['DEEPGEMM', 'DeepGEMM'],
]);

/** Defaults of AttentionDpConfig where a key is not there. */
function waitsAtMost(settings: ReadFlags): number {
  if (textOf(settings, 'attention_dp_config.enable_balance') !== 'true') return 0;
  const timeout = countOf(settings, 'attention_dp_config.timeout_iters') ?? 50;
  return timeout + 2 * (countOf(settings, 'attention_dp_config.batching_wait_iters') ?? 10);
}

function roleOf(settings: ReadFlags): ReadProcess['role'] {
  if (!settings.values.has('cache_transceiver_config.backend')) return 'both';
  return textOf(settings, 'disable_overlap_scheduler') === 'true' ? 'prefill' : 'decode';
}

export function readTensorRt(
  { command, environment }: Started,
  { layers, experts }: ReadContext,
  files: readonly ReadableFile[],
): Read {
  const read = commandOf(command);
  if (!read)
    return { kind: 'unreadable', faults: [`${command.slice(0, 3).join(' ')} is not trtllm-serve and a model`] };
  const path = textOf(read.serve, '--config') ?? '';
  const file = files.find(({ name }) => `${scriptFolder}/${name}` === path);
  if (!file) return { kind: 'unreadable', faults: [`there is no configuration ${path}`] };
  const settings = settingsIn(file);
  const size = countOf(settings, 'tensor_parallel_size') ?? 1;
  const pp = countOf(settings, 'pipeline_parallel_size') ?? 1;
  const attentionDp = textOf(settings, 'enable_attention_dp') === 'true';
  const ranks = size * pp;
  const slots = countOf(settings, 'moe_config.load_balancer.num_slots');
  const gpusHere = countOf(settings, 'gpus_per_node') ?? ranks;
  const captured = countOf(settings, 'cuda_graph_config.max_batch_size');
  const httpPort = countOf(read.serve, '--port');
  const visible = visibleGpus(environment);
  const process: ReadProcess = {
    role: roleOf(settings),
    tp: attentionDp ? 1 : size,
    cp: 1,
    dp: attentionDp ? size : 1,
    pp,
    ep: countOf(settings, 'moe_expert_parallel_size') ?? 1,
    etp: countOf(settings, 'moe_tensor_parallel_size') ?? (experts === 0 ? 1 : size),
    redundantExperts: slots === undefined ? 0 : slots - experts,
    cacheParts: 1,
    stages: textOf(settings, 'pp_partition')?.split(',').map(Number) ?? tensorRtStages(layers, pp),
    nodes: ranks / gpusHere,
    gpusHere,
    firstRank: 0,
    memoryFraction: Number(textOf(settings, 'kv_cache_config.free_gpu_memory_fraction')),
    sequencesPerRank: countOf(settings, 'max_batch_size') ?? 0,
    tokensPerStep: countOf(settings, 'max_num_tokens') ?? 0,
    contextTokens: countOf(settings, 'max_seq_len') ?? 0,
    kvCache: caches.get(textOf(settings, 'kv_cache_config.dtype')) ?? '16-bit',
    dtype: textOf(settings, 'dtype') ?? 'missing',
    waitsAtMost: waitsAtMost(settings),
    expertKernels: expertKernels.get(textOf(settings, 'moe_config.backend')) ?? 'default',
    ...(captured !== undefined && { mostInGraphs: captured }),
    usesPrefixCache: textOf(settings, 'kv_cache_config.enable_block_reuse') === 'true',
    guessedTokens: countOf(settings, 'speculative_config.max_draft_len') ?? 0,
    model: read.model,
    headAddresses: read.mpi ? [textOf(read.mpi, '--hostfile') ?? ''] : [],
    ...(httpPort !== undefined && { httpPort }),
    ports: httpPort === undefined ? [] : [httpPort],
    ...(visible && { visible }),
  };
  const missing = needed.filter((key) => !settings.values.has(key)).map((key) => `${key} is missing`);
  const faults = [
    ...(read.mpi?.faults ?? []),
    ...read.serve.faults,
    ...settings.faults,
    ...missing,
    ...contradictions(settings, { mpi: read.mpi, size, ranks }),
  ];
  return { kind: 'read', process, faults };
}
