/** What the catalog holds of a model: a config.json's fields, or dimensions where there never was one. */
import type { Json } from '../hugging-face/fields.ts';

interface Entry {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly source: string;
  /** The repository on Hugging Face whose config.json this is, as publisher/name. */
  readonly repository?: string;
}

export interface ConfigEntry extends Entry {
  readonly config: Json;
}

/** A dense decoder, or a plain mixture, by its dimensions. Biases and norms beyond two a layer are left out. */
export interface Dimensions {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly matrices: 2 | 3;
  readonly experts?: number;
  readonly expertsPerToken?: number;
  readonly vocabulary: number;
  readonly tied: boolean;
}

export interface DimensionsEntry extends Entry {
  readonly dimensions: Dimensions;
}

export type ModelEntry = ConfigEntry | DimensionsEntry;

/** Files that hold the sizes of many models each. */
export const kept = {
  litGpt: 'Lightning-AI/litgpt litgpt/config.py @0006c973',
  mlc: 'mlc-ai/mlc-llm python/mlc_llm/model/model_preset.py @01ced331',
} as const;

/** The defaults of a configuration class of transformers, which are those of the family's first model. */
export function transformers(family: string, commit: string): string {
  return `huggingface/transformers src/transformers/models/${family}/configuration_${family}.py @${commit}`;
}

/** The copies of Hugging Face configs that NVIDIA's aiconfigurator keeps (Apache-2.0). */
export function aiConfigurator(file: string): { readonly source: string; readonly repository: string } {
  const repository = file.replace('--', '/');
  return { source: `config.json of ${repository}, as kept by ai-dynamo/aiconfigurator @095f58a5`, repository };
}
