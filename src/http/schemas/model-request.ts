/** `model` of a request: a name, a config.json, or dimensions. */
import { Type } from 'typebox';
import { closed, count, name, words } from './fields.ts';

export const dtypes = ['bf16', 'fp16', 'fp8', 'mxfp8', 'fp4', 'mxfp4', 'int8', 'int4'] as const;
const Dtype = (description: string) => words(dtypes, description);

export const Precision = Type.Union(
  [
    Dtype('The weights of the matrices; activations and KV cache follow it. Norms, embedding and LM head are bf16.'),
    Type.Object(
      {
        weights: Dtype('Weights of the matrices.'),
        activations: Type.Optional(Dtype('What matrix products read their inputs in.')),
        kvCache: Type.Optional(Dtype('Elements of the KV cache.')),
      },
      closed,
    ),
  ],
  { description: 'Number formats.' },
);

export const LatentAttention = Type.Object(
  {
    queryRank: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 1e6, description: 'Rank of the query latent; 0 or absent: none.' }),
    ),
    kvRank: count(1e6, 'Rank of the KV latent.'),
    nopeDim: count(1e5, 'Head dimension without rotary embedding.'),
    ropeDim: count(1e5, 'Head dimension with rotary embedding.'),
    valueDim: count(1e5, 'Head dimension of the values.'),
  },
  { ...closed, description: 'Multi-head latent attention.' },
);

export const Moe = Type.Object(
  {
    experts: Type.Integer({ minimum: 2, maximum: 65536, description: 'Routed experts of a layer.' }),
    expertsPerToken: Type.Optional(count(65536, 'Routed experts a token visits (top-k).')),
    intermediateSize: count(1e7, 'Intermediate size of one routed expert.'),
    gated: Type.Optional(Type.Boolean({ description: 'Three matrices (gate, up, down) instead of two.' })),
    sharedIntermediateSize: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1e7,
        description: 'Intermediate size of all shared experts of a layer together.',
      }),
    ),
    firstDenseLayers: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10000,
        description: 'Leading layers with a dense FFN of model.intermediateSize instead of experts.',
      }),
    ),
  },
  { ...closed, description: 'A mixture of experts.' },
);

export const ModelSpec = Type.Object(
  {
    name: Type.Optional(name('What the model is called.')),
    layers: count(10000, 'Transformer layers.'),
    hiddenSize: count(1e6, 'Width of the residual stream.'),
    heads: Type.Optional(count(1e5, 'Attention heads.')),
    kvHeads: Type.Optional(count(1e5, 'Key-value heads.')),
    headDim: Type.Optional(count(1e5, 'Dimension of a head.')),
    mla: Type.Optional(LatentAttention),
    intermediateSize: Type.Optional(count(1e7, 'Intermediate size of dense FFNs.')),
    gated: Type.Optional(
      Type.Boolean({ description: 'Dense FFNs have three matrices (gate, up, down) instead of two.' }),
    ),
    moe: Type.Optional(Moe),
    vocabSize: Type.Optional(count(1e8, 'Vocabulary; absent: no embedding, no LM head, no logits.')),
    tiedEmbeddings: Type.Optional(Type.Boolean({ description: 'The LM head is the embedding table.' })),
    precision: Precision,
  },
  { ...closed, $id: 'ModelSpec', description: 'A model by its dimensions.' },
);

export const CatalogModel = Type.Object(
  {
    catalog: name('A model of the catalog (GET /models), in any case.'),
    precision: Type.Optional(Precision),
  },
  {
    ...closed,
    $id: 'CatalogModel',
    description: 'A model of the catalog, at another precision than its own if one is given.',
  },
);

export const HuggingFaceModel = Type.Object(
  {
    huggingFace: Type.Object(
      {},
      { additionalProperties: true, description: 'A config.json of the Hugging Face hub, pasted as it is.' },
    ),
    name: Type.Optional(name('What the model is called.')),
    precision: Type.Optional(Precision),
  },
  {
    ...closed,
    $id: 'HuggingFaceModel',
    description: 'A model by its config.json, at the checkpoint’s own precision unless another is given.',
  },
);

/** Objects are told apart by the key that only one of them has (../explain-branch.ts): the one by dimensions stands last. */
export const Model = Type.Union(
  [name('A model of the catalog (GET /models), in any case.'), CatalogModel, HuggingFaceModel, ModelSpec],
  { $id: 'Model', description: 'The language model.' },
);
