/** Measured runs, and what each means as a request: the mapping of tools/score.mjs of the shared data, which is its definition. */
import { existsSync, readFileSync } from 'node:fs';
import type { EngineName } from '../../src/planner/engine.ts';

/** Beside the repository; the project commits no rows of it. */
export const shared = new URL('../../../shared/', import.meta.url);
export const measurementsFile = new URL('data/measurements.jsonl', shared);

interface Side {
  readonly workers?: number;
  readonly tp?: number;
  readonly pp?: number;
  readonly attention_dp?: number;
  readonly moe_ep?: number | null;
  readonly moe_tp?: number | null;
}

/** One line of measurements.jsonl, as far as serving reads it. */
export interface Row {
  readonly id: string;
  readonly kind: string;
  readonly phase?: string;
  readonly model: { readonly name: string };
  readonly hardware: { readonly gpu: string; readonly count?: number; readonly gpus_per_node?: number };
  readonly precision: string;
  readonly precision_detail?: { readonly kv?: string | null };
  readonly parallelism: {
    readonly tp?: number;
    readonly pp?: number;
    readonly dp?: number;
    readonly ep?: number | null;
    readonly attention_dp?: number;
    readonly moe_ep?: number | null;
    readonly moe_tp?: number | null;
  };
  readonly disagg?: { readonly prefill: Side; readonly decode: Side };
  readonly workload: {
    readonly isl?: number;
    readonly osl?: number;
    readonly concurrency?: number;
    readonly request_rate?: number | string;
    readonly batch?: number;
  };
  readonly engine?: { readonly name?: string; readonly version?: string };
  readonly measured: {
    readonly ttft_ms?: number;
    readonly tpot_ms?: number;
    readonly tokens_per_s_per_gpu?: number;
  };
  readonly derived?: { readonly approx_tokens_per_s_per_gpu?: number };
  readonly peer?: { readonly ttft_ms?: number; readonly tpot_ms?: number };
  readonly trust: string;
  readonly notes?: string;
}

export interface WorkerDegrees {
  readonly tp?: number;
  readonly pp?: number;
  readonly dp?: number;
  readonly ep?: number;
  readonly etp?: number;
  readonly replicas?: number;
}

interface WorkerBody {
  readonly workers: number;
  readonly strategy: WorkerDegrees;
}

export type StrategyBody =
  | WorkerDegrees
  | { readonly mode: 'disaggregated'; readonly prefill: WorkerBody; readonly decode: WorkerBody };

export type PrecisionWord = 'fp8' | 'mxfp8' | 'bf16' | 'fp16' | 'fp4' | 'mxfp4' | 'int4';
type CacheWord = 'fp8' | 'bf16' | 'fp4';

/** The body of POST /estimates. */
export interface EstimateBody {
  readonly cluster: { readonly nodes: number; readonly gpusPerNode: number; readonly gpu: string };
  readonly model: (
    | { readonly catalog: string }
    | { readonly huggingFace: Readonly<Record<string, unknown>>; readonly name: string }
  ) & { readonly precision: PrecisionWord | { readonly weights: PrecisionWord; readonly kvCache: CacheWord } };
  readonly engine?: EngineName;
  readonly workload: {
    readonly kind: 'serving';
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly lengthSpread?: number;
    readonly concurrency?: number;
    readonly requestsPerSecond?: number;
    readonly staticBatch?: number;
    readonly saturated?: true;
  };
  readonly engineSettings?: { readonly memoryFraction: number };
  readonly strategy: StrategyBody;
}

const enginePatterns: readonly (readonly [RegExp, EngineName])[] = [
  [/tensorrt/i, 'tensorrt-llm'],
  [/vllm/i, 'vllm'],
  [/sglang/i, 'sglang'],
];

const precisionWords: Readonly<Record<string, PrecisionWord>> = {
  FP8: 'fp8',
  'FP8-CS': 'fp8',
  'FP8-MX': 'mxfp8',
  MXFP8: 'mxfp8',
  BF16: 'bf16',
  FP16: 'fp16',
  FP4: 'fp4',
  NVFP4: 'fp4',
  MXFP4: 'mxfp4',
  INT4: 'int4',
};

const cacheWords: Readonly<Record<string, CacheWord>> = {
  fp8: 'fp8',
  bf16: 'bf16',
  fp16: 'bf16',
  nvfp4: 'fp4',
  fp4: 'fp4',
};

const mixtures =
  /mixtral|deepseek|kimi|qwen3-30b|qwen3-235b|qwen3\.5|qwen2-57b|qwen3-coder|gpt-oss|minimax|llama-4|glm|nemotron-3-(nano|super|ultra)|dbrx|grok|phi-3\.5/i;

export const isMixture = (row: Row): boolean => mixtures.test(row.model.name);

/** InferenceX draws lengths uniformly from 0.8 to 1.0 of nominal: their mean is 0.9 of it. */
export const lengthsVary = (row: Row): boolean => /uniform/.test(row.notes ?? '');

/** 0.8 to 1.0 of nominal is 1 ± this of the mean. */
export const inferenceXSpread = 1 / 9;

export const engineOf = (row: Row): EngineName | undefined =>
  enginePatterns.find(([pattern]) => pattern.test(row.engine?.name ?? ''))?.[1];

/** An MoE run on several GPUs whose source does not print how experts were laid out: what was measured is not what is asked for. */
export function layoutUnknown(row: Row): boolean {
  const { tp = 1, attention_dp = 1, moe_ep, moe_tp, ep } = row.parallelism;
  return row.disagg === undefined && isMixture(row) && tp * attention_dp > 1 && !(moe_ep || moe_tp || ep);
}

/** Undefined where the row cannot be asked: no number format known, no strategy printed, or one phase alone. */
export function toRequest(row: Row): EstimateBody | undefined {
  const { hardware, parallelism, workload, disagg } = row;
  const gpus = hardware.count ?? 1;
  const gpusPerNode = Math.min(gpus, hardware.gpus_per_node ?? 8);
  const weights: PrecisionWord | undefined = /gpt-oss/i.test(row.model.name) ? 'mxfp4' : precisionWords[row.precision];
  const kvCache = cacheWords[String(row.precision_detail?.kv ?? '').toLowerCase()];
  if (!weights || (!disagg && !parallelism.tp && gpus > 1)) return undefined;
  if (!workload.isl || !workload.osl || row.phase === 'prefill' || row.phase === 'decode') return undefined;
  const scale = lengthsVary(row) ? 0.9 : 1;
  const engine = engineOf(row);
  return {
    cluster: { nodes: Math.ceil(gpus / gpusPerNode), gpusPerNode, gpu: hardware.gpu },
    model: { catalog: row.model.name, precision: kvCache ? { weights, kvCache } : weights },
    ...(engine && { engine }),
    workload: {
      kind: 'serving',
      inputTokens: Math.round(workload.isl * scale),
      outputTokens: Math.round(workload.osl * scale),
      ...loadOf(row),
    },
    strategy: disagg
      ? { mode: 'disaggregated', prefill: workerBody(disagg.prefill), decode: workerBody(disagg.decode) }
      : given({
          tp: parallelism.tp,
          pp: parallelism.pp,
          dp: parallelism.attention_dp,
          ep: parallelism.moe_ep || parallelism.ep || undefined,
          etp: parallelism.moe_tp || undefined,
          replicas: parallelism.dp,
        }),
  };
}

function loadOf({ workload, id, notes }: Row) {
  if (workload.concurrency) return { concurrency: workload.concurrency };
  if (typeof workload.request_rate === 'number') return { requestsPerSecond: workload.request_rate };
  const together = /static/.test(id) || /static batch/i.test(notes ?? '');
  return together && workload.batch ? { staticBatch: workload.batch } : { saturated: true as const };
}

function workerBody({ workers, tp, pp, attention_dp, moe_ep, moe_tp }: Side): WorkerBody {
  return {
    workers: workers ?? 1,
    strategy: given({ tp, pp, dp: attention_dp, ep: moe_ep || undefined, etp: moe_tp || undefined }),
  };
}

/** Degrees that the row prints, the others left out. */
function given(degrees: { readonly [K in keyof WorkerDegrees]?: number | null | undefined }): WorkerDegrees {
  return Object.fromEntries(Object.entries(degrees).filter(([, value]) => value !== undefined && value !== null));
}

/** The measurements of serving that are trusted; undefined where the shared data are not beside the repository. */
export function readServingRows(): readonly Row[] | undefined {
  if (!existsSync(measurementsFile)) return undefined;
  const lines = readFileSync(measurementsFile, 'utf8').trim().split('\n');
  return lines.map(parseRow).filter((row) => row.kind === 'inference' && row.trust !== 'C');
}

/** The boundary: the shape of a line is what the data's README says. */
function parseRow(line: string): Row {
  return JSON.parse(line) as Row;
}

/**
 * Ids of rows that tools/score.mjs, whose mapping is the definition, maps otherwise. The two strings are compared after sorting keys:
 * their order means nothing.
 */
export async function mappedDifferently(rows: readonly Row[]): Promise<readonly string[]> {
  // The script reads the command line as it is loaded, and takes options of its own alone.
  const given = process.argv;
  process.argv = given.slice(0, 2);
  const script: unknown = await import(new URL('tools/score.mjs', shared).href);
  process.argv = given;
  const theirs = typeof script === 'object' && script !== null && Reflect.get(script, 'toRequest');
  if (typeof theirs !== 'function') throw new TypeError('tools/score.mjs exports no toRequest');
  return rows.filter((row) => sorted(theirs(row)) !== sorted(toRequest(row))).map(({ id }) => id);
}

function sorted(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
