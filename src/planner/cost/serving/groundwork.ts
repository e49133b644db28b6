/**
 * What the cost of serving stands on: where workers lie, the memory of their ranks, the seconds of their kernels. Who asks about a setting with
 * one thing changed makes anew only what that changes.
 */
import type { ServingSetting } from '../../serving-result.ts';
import type { ServingWorkload } from '../../workload.ts';
import { draftOf } from './draft.ts';
import { type Kernels, kernelsOf } from './kernels.ts';
import { type Places, placesOn } from './places.ts';
import { type WorkerMemories, workerMemories } from './stage-memory.ts';
import { type ModelLayers, modelLayers } from './worker.ts';

export interface Groundwork {
  readonly setting: ServingSetting;
  readonly memoryFree: number;
  readonly layers: ModelLayers;
  readonly places: Places;
  readonly memories: WorkerMemories;
  readonly kernels: Kernels;
}

/** `known` is of a setting that may be like this one. */
export function groundworkOf(setting: ServingSetting, memoryFree: number, known?: Groundwork): Groundwork {
  const { cluster, model, workload, engine } = setting;
  const layers =
    known?.setting.model === model && guessesAlike(workload, known.setting.workload)
      ? known.layers
      : modelLayers(model, draftOf(model, workload));
  const places = known?.places.holdsFor(cluster, engine.rankLayout)
    ? known.places
    : placesOn(cluster, engine.rankLayout);
  const memories =
    known?.memoryFree === memoryFree && holdsAlike(setting, known.setting)
      ? known.memories
      : workerMemories(setting, layers, memoryFree);
  const near = known?.layers === layers ? known.kernels : undefined;
  const kernels = near?.holdsFor(setting) ? near : kernelsOf(setting, layers, near);
  return { setting, memoryFree, layers, places, memories, kernels };
}

/** Whether as many tokens are guessed, however many of them are right. */
function guessesAlike(one: ServingWorkload, other: ServingWorkload): boolean {
  return one.speculation?.tokens === other.speculation?.tokens;
}

/** Whether workers hold the same: of a setting that is whatever ./memory.ts and ./stage-memory.ts read. */
function holdsAlike(one: ServingSetting, other: ServingSetting): boolean {
  const { cluster, model, workload, engine } = one;
  return (
    model === other.model &&
    cluster.gpu.memoryBytes === other.cluster.gpu.memoryBytes &&
    workload.inputTokens === other.workload.inputTokens &&
    workload.outputTokens === other.workload.outputTokens &&
    workload.prefixCacheHitRate === other.workload.prefixCacheHitRate &&
    guessesAlike(workload, other.workload) &&
    engine.name === other.engine.name &&
    engine.memory === other.engine.memory &&
    engine.batchTokens === other.engine.batchTokens &&
    engine.maxSequences === other.engine.maxSequences
  );
}
