/** Objectives over serving strategies that fit and meet rate and SLO, as lexicographic orders: a key of numbers, least first. */
import type { Steady } from '../../cost/serving/serving-cost.ts';
import { type Model, mixtureOf } from '../../model.ts';
import { type ServingStrategy, servingGpus, servingName, type WorkerStrategy } from '../../strategy.ts';
import type { Objective, ServingWorkload } from '../../workload.ts';
import { compareText } from '../objective.ts';

export interface Measured {
  readonly strategy: ServingStrategy;
  readonly steady: Steady;
  /** On the largest rank, the cache of as many sequences as maxConcurrency lets run. */
  readonly totalBytes: number;
}

export interface Judged extends Measured {
  /** The objective's terms, then the GPUs. */
  readonly key: readonly number[];
}

const workersOf = (strategy: ServingStrategy): readonly WorkerStrategy[] =>
  strategy.mode === 'aggregated' ? [strategy] : [strategy.prefill, strategy.decode];

/** Slots for experts that a GPU has in each layer, redundant ones counted: the more crowded half's. */
export function expertsPerGpu(strategy: ServingStrategy, model: Model): number {
  const experts = mixtureOf(model)?.experts;
  if (experts === undefined) return 0;
  return Math.max(...workersOf(strategy).map(({ ep, redundantExperts }) => (experts + redundantExperts) / ep));
}

export const stagesOf = (strategy: ServingStrategy): number => Math.max(...workersOf(strategy).map(({ pp }) => pp));

export const foldDiffers = (strategy: ServingStrategy, model: Model): boolean =>
  mixtureOf(model) !== undefined && workersOf(strategy).some(({ tp, etp }) => tp !== etp);

/** What is served, where the load says it: exactly that, so that strategies which all keep up are equal. */
export function servedTokens({ load, outputTokens }: ServingWorkload, steady: Steady): number {
  return load.kind === 'rate' ? load.requestsPerSecond * outputTokens : steady.tokensPerSecond;
}

/** Twelve digits: figures that differ by rounding alone are equal, so that what decides between them is the next term. */
export const rounded = (value: number): number => Number(value.toPrecision(12));

export function keyOf(
  measured: Measured,
  { objective, model, workload }: { objective: Objective; model: Model; workload: ServingWorkload },
): readonly number[] {
  const { strategy, steady, totalBytes } = measured;
  const gpus = servingGpus(strategy);
  switch (objective) {
    case 'latency':
      return [rounded(steady.tpot), rounded(steady.ttft), gpus];
    case 'throughput':
      return [-rounded(servedTokens(workload, steady)), gpus];
    case 'memory':
      return [totalBytes, gpus];
    case 'cost':
      return [gpus, -rounded(servedTokens(workload, steady))];
    case 'balance':
      return [
        -gpus,
        expertsPerGpu(strategy, model),
        stagesOf(strategy),
        foldDiffers(strategy, model) ? 1 : 0,
        totalBytes,
        rounded(steady.tpot),
      ];
  }
}

export function judgedOf(measured: Measured, problem: Parameters<typeof keyOf>[1]): Judged {
  const { strategy, steady, totalBytes } = measured;
  return { strategy, steady, totalBytes, key: keyOf(measured, problem) };
}

function canonicalWorker(worker: WorkerStrategy): string {
  const { cp, dp, ep, etp, maxConcurrency, pp, redundantExperts, replicas, tp } = worker;
  return JSON.stringify({ cp, dp, ep, etp, maxConcurrency, pp, redundantExperts, replicas, tp });
}

/** Keys in one order, so that the JSON is canonical. */
export function canonicalServing(strategy: ServingStrategy): string {
  return workersOf(strategy).map(canonicalWorker).join('+');
}

/** What strategies have in common that differ only in how many workers there are and how much runs at once. */
export function layoutKey(strategy: ServingStrategy): string {
  const key = ({ tp, cp, dp, pp, ep, etp, redundantExperts }: WorkerStrategy) =>
    `${tp} ${cp} ${dp} ${pp} ${ep} ${etp} ${redundantExperts}`;
  return workersOf(strategy).map(key).join('+');
}

export function compareKeys(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Total order: the objective's terms, then fewer GPUs, then the name, then the canonical JSON. */
export function compareServing(a: Judged, b: Judged, model: Model): number {
  return (
    compareKeys(a.key, b.key) ||
    compareText(servingName(a.strategy, model), servingName(b.strategy, model)) ||
    compareText(canonicalServing(a.strategy), canonicalServing(b.strategy))
  );
}
