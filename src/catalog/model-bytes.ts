/** What a model weighs, whatever it runs on. */
import { indexerBytes } from '../planner/mixer-cache.ts';
import type { Model } from '../planner/model.ts';
import { kvElementsPerToken, parameterCounts } from '../planner/parameters.ts';
import { dtypeBytes, weightClasses } from '../planner/precision.ts';

/** Bytes of all weights at the model's own precision, scales included, a tied table once. */
export function weightBytesOf(model: Model): number {
  const counts = parameterCounts(model);
  return weightClasses.reduce(
    (sum, weightClass) => sum + Math.ceil(counts[weightClass] * model.precision.weights[weightClass].bytesPerParameter),
    0,
  );
}

/** Bytes that one token adds to the cache over all layers while no window drops any: KV, and the keys of indexers. */
export function kvBytesPerToken(model: Model): number {
  const indexers = model.layers.reduce((sum, { count, mixer }) => sum + (mixer ? count * indexerBytes(mixer) : 0), 0);
  return kvElementsPerToken(model) * dtypeBytes[model.precision.kvCache] + indexers;
}
