/** The degrees of one kind of worker, as engines are told them. */
import type { WorkerShape } from '../../planner/search/serving/engine-rules.ts';

export interface LaunchShape extends WorkerShape {
  /** Whether the engine shares a sequence's cache out over cp ranks. */
  readonly cacheIsShared: boolean;
}

/** GPUs that one sequence's attention and layers are on: a data-parallel rank with all its stages. */
export function rankGpus({ tp, cp, pp }: Pick<LaunchShape, 'tp' | 'cp' | 'pp'>): number {
  return tp * cp * pp;
}

/** Whether stages are all of one length. */
export function evenStages(stages: readonly number[]): boolean {
  return stages.every((layers) => layers === stages[0]);
}
