/** A dense decoder's config in a line: what its publisher's config.json has of its shape. models.test.ts holds most parameter counts against the model cards. */
import type { Json } from '../hugging-face/fields.ts';
import type { ConfigEntry } from './entry.ts';

export interface DenseShape {
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly intermediate: number;
  readonly vocabulary: number;
  /** Where it is not hidden / heads. */
  readonly headDim?: number;
  readonly tied?: true;
  /** Fields that only this family has. */
  readonly rest?: Json;
}

export function denseConfig(type: string, shape: DenseShape): Json {
  return {
    model_type: type,
    hidden_size: shape.hidden,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kvHeads,
    head_dim: shape.headDim ?? shape.hidden / shape.heads,
    intermediate_size: shape.intermediate,
    vocab_size: shape.vocabulary,
    tie_word_embeddings: shape.tied === true,
    torch_dtype: 'bfloat16',
    ...shape.rest,
  };
}

/** `source` is where the sizes were read; `repository` is the publisher's, without its name where that is the entry's own. */
export function dense(type: string, publisher: string, source: string) {
  return (name: string, aliases: readonly string[], shape: DenseShape, repository = name): ConfigEntry => ({
    name,
    aliases,
    source,
    repository: `${publisher}/${repository}`,
    config: denseConfig(type, shape),
  });
}
