import fc from 'fast-check';
import { exampleRequest } from './examples.ts';

/**
 * Requests with something wrong, or odd, somewhere. Whatever is sent, the answer is to be a clear one, never a 5xx and never slow. The cluster is small, so that those which turn out right are planned at once.
 */
export const base = {
  ...exampleRequest('reference'),
  cluster: { nodes: 1, gpusPerNode: 4, gpu: { memoryGiB: 64, peakTflops: { fp8: 400 }, memoryBandwidthGBps: 1800 } },
  model: {
    layers: 4,
    hiddenSize: 256,
    heads: 4,
    moe: { experts: 4, intermediateSize: 256 },
    vocabSize: 1024,
    precision: 'fp8',
  },
  workload: { kind: 'batch', batchSize: 4, sequenceLength: 64 },
  constraints: { tp: { max: 4 }, pp: 1, memoryFreeGiB: 1 },
  options: { top: 1, memoryAccounting: 'physical' },
};
/** The same by names, and by a config.json. */
const byName = { ...base, cluster: { ...base.cluster, gpu: 'l4' }, model: { catalog: 'qwen3-0.6b', precision: 'fp8' } };
const byConfig = {
  ...byName,
  model: {
    huggingFace: {
      model_type: 'qwen3_next',
      hidden_size: 256,
      num_hidden_layers: 4,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      head_dim: 64,
      num_experts: 4,
      num_experts_per_tok: 2,
      moe_intermediate_size: 256,
      shared_expert_intermediate_size: 256,
      linear_num_key_heads: 4,
      linear_num_value_heads: 4,
      vocab_size: 1024,
      quantization_config: { quant_method: 'fp8', weight_block_size: [128, 128] },
    },
    name: 'small',
  },
};
const { objective: _o, constraints: _c, options: _p, ...setting } = base;
const served = {
  ...setting,
  workload: {
    kind: 'serving',
    inputTokens: 64,
    outputTokens: 16,
    lengthSpread: 0.25,
    concurrency: 4,
    slo: { ttftMs: 1000, tpotMs: 100 },
    prefixCacheHitRate: 0.5,
    speculative: { tokens: 2, acceptance: 0.5 },
    routing: { loads: [1, 2, 3, 4] },
  },
  engine: 'vllm',
  engineSettings: { memoryFraction: 0.9, maxBatchTokens: 512, maxSequences: 8 },
};
const apart = {
  mode: 'disaggregated',
  prefill: { workers: 1, strategy: { tp: 2 } },
  decode: { workers: 1, strategy: { dp: 2, ep: 2, maxConcurrency: 4 } },
};
export const targets = [
  { url: '/plans', whole: base },
  { url: '/plans', whole: byName },
  { url: '/plans', whole: byConfig },
  { url: '/estimates', whole: { ...setting, strategy: { tp: 2, dp: 2, ep: 2 } } },
  {
    url: '/plans',
    whole: { ...served, objective: 'throughput', options: { top: 1, modes: ['aggregated', 'disaggregated'] } },
  },
  { url: '/estimates', whole: { ...served, strategy: { tp: 2, ep: 2, replicas: 2, redundantExperts: 2 } } },
  { url: '/estimates', whole: { ...served, strategy: apart } },
  {
    url: '/verifications',
    whole: {
      ...served,
      strategy: apart,
      claims: { time: { ttftMs: 1 }, halves: { decode: { load: { sequences: 1 } } } },
    },
  },
  {
    url: '/verifications',
    whole: {
      ...setting,
      strategy: { tp: 2, dp: 2, ep: 2 },
      claims: { time: { stepMs: 1 }, memory: { perGpu: { totalBytes: 1 } } },
    },
  },
] as const;

function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[key], ...pathsOf(inner).map((rest) => [key, ...rest])]);
}

export const oddValues = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    '',
    'fp8',
    'bf16',
    'mxfp4',
    'int4',
    'h200-sxm',
    'tpu-v4',
    'deepseek-v3',
    'qwen3-0.6b',
    'llama',
    { catalog: 'qwen3-0.6b' },
    { huggingFace: {} },
    'batch',
    'serving',
    'sglang',
    'tensorrt-llm',
    'disaggregated',
    'uniform',
    { zipf: 1 },
    { loads: [1, 0, 0, 0] },
    'latency',
    '16',
    0,
    -0,
    1,
    2,
    3,
    5,
    7,
    8,
    1.5,
    -1,
    63,
    64,
    1e3,
    1e6,
    1e9,
    2 ** 53,
    1e300,
    -1e300,
    5e-324,
    [],
    [1],
    {},
    { min: 2 },
    { min: 3, max: 2 },
    { max: 3 },
    { weights: 'int4' },
    { weights: 'fp8', kvCache: 'int4' },
    '\u0000',
    'x'.repeat(1000),
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.integer({ min: -5, max: 200 }),
);
export const oddKeys = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'heads',
    'kvHeads',
    'headDim',
    'mla',
    'intermediateSize',
    'firstDenseLayers',
    'expertsPerToken',
    'nvlinkDomainGpus',
    'cp',
    'dp',
    'ep',
    'etp',
    'replicas',
    'gpus',
    'microBatchSize',
    'maxConcurrency',
    'redundantExperts',
    'mode',
    'engine',
    'requestsPerSecond',
    'saturated',
    'staticBatch',
    'catalog',
    'huggingFace',
    'model_type',
    'text_config',
    'layer_types',
    'quantization_config',
    'a/b~c',
    '',
  ),
  fc.string({ maxLength: 20 }),
);

export interface Change {
  readonly path: readonly string[];
  readonly key: string | null;
  readonly value: unknown;
  readonly remove: boolean;
}

export const mutants = fc.constantFrom(...targets).chain(({ url, whole }) =>
  fc.record({
    url: fc.constant(url),
    whole: fc.constant<unknown>(whole),
    changes: fc.array(
      fc.record<Change>({
        path: fc.constantFrom(...pathsOf(whole)),
        key: fc.option(oddKeys, { freq: 3 }),
        value: oddValues,
        remove: fc.boolean(),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
);

/** Changes are made on JSON text's own terms, so that a key like __proto__ arrives as a key. */
export function mutate(value: unknown, changes: readonly Change[]): unknown {
  let result = value;
  for (const { path, key, value: odd, remove } of changes) {
    const last = key ?? path.at(-1) ?? '';
    result = edit(result, [...path.slice(0, -1), last], remove && key === null ? undefined : odd);
  }
  return result;
}

function edit(node: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).filter(([name]) => name !== key);
  const changed = edit(Reflect.get(node, key), rest, value);
  return Object.fromEntries(changed === undefined ? entries : [...entries, [key, changed]]);
}

/** Texts cut and patched anywhere: hardly JSON, or JSON by chance. */
export const texts = fc
  .tuple(
    fc.constantFrom(...targets),
    fc.nat(),
    fc.nat(),
    fc.constantFrom('', '1e999', '-', '\u0000', '"', '}', '{', ',', '\\', 'NaN', '\ud800', '[[[['),
  )
  .map(([{ url, whole }, from, length, insert]) => {
    const text = JSON.stringify(whole);
    const at = from % text.length;
    return { url, raw: text.slice(0, at) + insert + text.slice(at + (length % 4)) };
  });
