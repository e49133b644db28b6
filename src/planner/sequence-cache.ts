/** What one sequence keeps in memory on one rank of tp, over all layers of the model: KV cache, indexer keys, recurrent state. */
import { indexerBytes, sequenceKvElements, stateElements } from './mixer-cache.ts';
import type { Model } from './model.ts';
import { dtypeBytes, residualBytes } from './precision.ts';

export interface SequenceCache {
  /** Grows with the context, up to a layer's window where the engine manages its cache by layer kind. */
  readonly kvBytes: number;
  readonly indexerBytes: number;
  /** The same whatever the context. */
  readonly stateBytes: number;
}

export function sequenceCache(
  model: Model,
  options: { readonly tokens: number; readonly tp: number; readonly hybridCache: boolean },
): SequenceCache {
  const element = dtypeBytes[model.precision.kvCache];
  const state = dtypeBytes[model.stateDtype ?? 'fp32'];
  let kv = 0;
  let indexer = 0;
  let kept = 0;
  for (const { count, mixer } of model.layers) {
    if (!mixer) continue;
    kv += count * sequenceKvElements(mixer, options) * element;
    indexer += count * options.tokens * indexerBytes(mixer);
    const { recurrent, convolution } = stateElements(mixer);
    kept += (count * (recurrent * state + convolution * residualBytes)) / options.tp;
  }
  return { kvBytes: kv, indexerBytes: indexer, stateBytes: kept };
}
