import { type HuggingFaceOptions, readHuggingFaceConfig } from '../../src/catalog/hugging-face/read.ts';
import type { Model } from '../../src/planner/model.ts';

/** The model of a config that must be readable. */
export function modelOf(config: unknown, options?: HuggingFaceOptions): Model {
  const read = readHuggingFaceConfig(config, options);
  if ('errors' in read) throw new Error(JSON.stringify(read.errors));
  return read.model;
}
