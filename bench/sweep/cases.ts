/** Requests of kinds that public benchmarks have, over models, GPUs, number formats, engines, layouts and loads that nobody measured for us. */
import { modelNames } from '../../src/catalog/models.ts';
import type { EngineName } from '../../src/planner/engine.ts';
import type { EstimateBody, PrecisionWord, StrategyBody, WorkerDegrees } from '../fidelity/rows.ts';

/** Of each kind of cluster: a node, or as many as a strategy of eight GPUs and more needs. */
export const clusters: Readonly<Record<string, { readonly gpusPerNode: number; readonly nodes: number }>> = {
  'A100-SXM-80GB': { gpusPerNode: 8, nodes: 2 },
  'H100-SXM-80GB': { gpusPerNode: 8, nodes: 2 },
  'H100-NVL-94GB': { gpusPerNode: 8, nodes: 1 },
  'H200-SXM-141GB': { gpusPerNode: 8, nodes: 2 },
  'H20-96GB': { gpusPerNode: 8, nodes: 2 },
  'B200-SXM-180GB': { gpusPerNode: 8, nodes: 2 },
  'B300-SXM': { gpusPerNode: 8, nodes: 2 },
  'GB200-NVL72': { gpusPerNode: 4, nodes: 4 },
  'GB300-NVL72': { gpusPerNode: 4, nodes: 4 },
  'MI300X-192GB': { gpusPerNode: 8, nodes: 2 },
  'MI325X-256GB': { gpusPerNode: 8, nodes: 2 },
  'MI355X-288GB': { gpusPerNode: 8, nodes: 2 },
  'L40S-48GB': { gpusPerNode: 8, nodes: 1 },
  'RTX-PRO-6000-BSE-96GB': { gpusPerNode: 8, nodes: 1 },
};

/** Proxies and golden values of training runs are served by nobody. */
export const servedModels: readonly string[] = modelNames.filter(
  (name) => !/proxy|golden|^MPT|^GPT3-|^PaLM/.test(name),
);

export const formats: readonly PrecisionWord[] = ['bf16', 'fp8', 'fp4', 'int4'];
export const engineWords: readonly (EngineName | undefined)[] = ['vllm', 'sglang', 'tensorrt-llm', undefined];

const dense: readonly WorkerDegrees[] = [
  { tp: 1 },
  { tp: 2 },
  { tp: 4 },
  { tp: 8 },
  { tp: 4, pp: 2 },
  { tp: 8, pp: 2 },
];
const mixture: readonly WorkerDegrees[] = [
  { tp: 8, ep: 8 },
  { dp: 4, ep: 4 },
  { dp: 8, ep: 8 },
  { tp: 2, dp: 4, ep: 8 },
  { dp: 16, ep: 16 },
];
const apart: StrategyBody = {
  mode: 'disaggregated',
  prefill: { workers: 1, strategy: { tp: 8 } },
  decode: { workers: 1, strategy: { tp: 8 } },
};

const gpusOf = (strategy: StrategyBody): number =>
  'mode' in strategy ? 16 : (strategy.tp ?? 1) * (strategy.pp ?? 1) * (strategy.dp ?? 1);

/** What the cluster has GPUs for. */
export function layouts(isMixture: boolean, gpu: string): readonly StrategyBody[] {
  const { gpusPerNode = 8, nodes = 1 } = clusters[gpu] ?? {};
  return [...dense, ...(isMixture ? mixture : []), apart].filter((strategy) => gpusOf(strategy) <= nodes * gpusPerNode);
}

/** TensorRT-LLM has attention data parallelism on all ranks of a worker or on none, and says so. */
export function runs(engine: EngineName | undefined, strategy: StrategyBody): boolean {
  return engine !== 'tensorrt-llm' || 'mode' in strategy || (strategy.tp ?? 1) === 1 || (strategy.dp ?? 1) === 1;
}

/** Prompts and answers, in tokens. */
export const lengths = [
  [1024, 1024],
  [8192, 1024],
  [1024, 8192],
  [128, 2048],
] as const;

export const loads = [1, 4, 16, 64, 65, 256, 1024] as const;

export interface Point {
  readonly gpu: string;
  readonly model: string;
  readonly format: PrecisionWord;
  readonly engine: EngineName | undefined;
  readonly strategy: StrategyBody;
  readonly lengths: readonly [input: number, output: number];
}

export function bodyOf(point: Point, load: Partial<EstimateBody['workload']>): EstimateBody {
  const { gpu, model, format, engine, strategy } = point;
  const [inputTokens, outputTokens] = point.lengths;
  return {
    cluster: { ...(clusters[gpu] ?? { gpusPerNode: 8, nodes: 1 }), gpu },
    model: { catalog: model, precision: format },
    ...(engine && { engine }),
    workload: { kind: 'serving', inputTokens, outputTokens, ...load },
    strategy,
  };
}

export const textOf = ({ gpu, model, format, engine, strategy, lengths: [input, output] }: Point): string =>
  `${model} ${format} ${gpu} ${engine ?? 'generic'} ${JSON.stringify(strategy)} ${input}/${output}`;
