/** What mixes tokens in a layer, as an answer has it: the fields of src/planner/mixer.ts. */
import { Type } from 'typebox';
import { closed, int, mark, words } from './answer-fields.ts';

const Indexer = Type.Object(
  { heads: int('Heads.'), headDim: int('Head dimension.') },
  { ...closed, description: 'Picks the tokens that attention reads.' },
);

const Attention = Type.Object(
  {
    kind: Type.Literal('attention'),
    heads: int('Query heads.'),
    kvHeads: int('Key-value heads.'),
    headDim: int('Head dimension of queries and keys.'),
    valueDim: Type.Optional(int('Head dimension of values, where it is another.')),
    outputGate: mark('The query projection is twice as wide: half of it gates the output.'),
    bias: Type.Optional(words(['qkv', 'qkvo'], 'Projections with a bias.')),
    sinks: mark('One learned logit a head.'),
    qkNorm: Type.Optional(words(['head', 'full'], 'Norm of queries and keys, of a head or of all.')),
    window: Type.Optional(int('Tokens a query sees at most.')),
    chunked: mark('The window does not slide.'),
    valuesFromKeys: mark('No V matrix: values are the keys before their norm.'),
    sharesKv: mark('Reads the cache of an earlier layer.'),
  },
  { ...closed, $id: 'Attention', description: 'Multi-head, grouped-query or multi-query attention.' },
);

const LatentAttention = Type.Object(
  {
    kind: Type.Literal('mla'),
    heads: int('Heads.'),
    queryRank: int('Rank of the query latent; 0: none.'),
    kvRank: int('Rank of the KV latent.'),
    nopeDim: int('Head dimension without rotary embedding.'),
    ropeDim: int('Head dimension with rotary embedding.'),
    valueDim: int('Head dimension of values.'),
    bias: mark('Down projections and output have a bias.'),
    topK: Type.Optional(int('Tokens a query reads at most.')),
    indexer: Type.Optional(Indexer),
  },
  { ...closed, $id: 'LatentAttentionMixer', description: 'Multi-head latent attention.' },
);

const CompressedAttention = Type.Object(
  {
    kind: Type.Literal('compressed'),
    heads: int('Heads.'),
    headDim: int('Head dimension.'),
    queryRank: int('Rank of the query latent.'),
    outputGroups: int('Groups of heads of the output projection.'),
    outputRank: int('Rank of the output projection.'),
    window: int('Recent tokens a query sees.'),
    compression: Type.Optional(
      Type.Object(
        {
          ratio: int('Tokens of one entry.'),
          overlapping: Type.Boolean({ description: 'Entries are made of two projections.' }),
        },
        closed,
      ),
    ),
    topK: Type.Optional(int('Entries a query reads at most.')),
    indexer: Type.Optional(Indexer),
  },
  {
    ...closed,
    $id: 'CompressedAttention',
    description: 'Attention over a window and a compressed cache (DeepSeek-V4).',
  },
);

const GatedDeltaNet = Type.Object(
  {
    kind: Type.Literal('gdn'),
    keyHeads: int('Key heads.'),
    valueHeads: int('Value heads.'),
    keyDim: int('Key dimension.'),
    valueDim: int('Value dimension.'),
    convolution: int('Width of the short convolution.'),
  },
  { ...closed, $id: 'GatedDeltaNet', description: 'Gated delta net: a state of fixed size.' },
);

const Mamba2 = Type.Object(
  {
    kind: Type.Literal('mamba2'),
    heads: int('Heads.'),
    headDim: int('Head dimension.'),
    groups: int('State groups.'),
    stateSize: int('State size.'),
    convolution: int('Width of the short convolution.'),
    convolutionBias: mark('The convolution has a bias.'),
    projectionBias: mark('The projections have a bias.'),
  },
  { ...closed, $id: 'Mamba2', description: 'Mamba-2: a state of fixed size.' },
);

const Mamba1 = Type.Object(
  {
    kind: Type.Literal('mamba1'),
    innerSize: int('Channels.'),
    stateSize: int('State size of a channel.'),
    convolution: int('Width of the short convolution.'),
    timeStepRank: int('Rank of the time step.'),
    convolutionBias: mark('The convolution has a bias.'),
    projectionBias: mark('The projections have a bias.'),
    innerNorms: mark('Norms of the time step, of B and of C.'),
  },
  { ...closed, $id: 'Mamba1', description: 'Mamba: a state of fixed size.' },
);

const LightningAttention = Type.Object(
  { kind: Type.Literal('lightning'), heads: int('Heads.'), headDim: int('Head dimension.') },
  { ...closed, $id: 'LightningAttention', description: 'Linear attention: a state of fixed size.' },
);

export const Mixer = Type.Union(
  [Attention, LatentAttention, CompressedAttention, GatedDeltaNet, Mamba2, Mamba1, LightningAttention],
  { $id: 'Mixer', description: 'What mixes tokens; `kind` says which.' },
);
