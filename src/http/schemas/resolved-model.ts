/** The model as it was planned for: the fields of src/planner/model.ts, multi-token prediction only where it guesses tokens. */
import { Type } from 'typebox';
import { closed, int, mark, num, text } from './answer-fields.ts';
import { Mixer } from './resolved-mixer.ts';

const WeightFormat = Type.Object(
  {
    dtype: text('Format; of several in one class, the commonest.'),
    bytesPerParameter: num('Scales included; of several formats, their mean.'),
    block: Type.Optional(int('Shards must be multiples of it.')),
  },
  closed,
);

const DenseFfn = Type.Object(
  { intermediateSize: int('Intermediate size.'), matrices: int('2 or 3.'), bias: mark('The matrices have a bias.') },
  closed,
);

const MoeFfn = Type.Object(
  {
    experts: int('Routed.'),
    expertsPerToken: int('Top-k.'),
    intermediateSize: int('Of one.'),
    matrices: int('2 or 3.'),
    sharedIntermediateSize: int('All shared together.'),
    latentSize: Type.Optional(int('Width that routed experts work in, where it is not hiddenSize.')),
    sharedGate: mark('A gate on the shared experts’ output.'),
    sharedBias: mark('Shared experts have biases.'),
    routerBias: mark('One learned number an expert.'),
    routerScales: mark('Scales of the router’s input and of each expert’s output.'),
    expertBias: mark('Routed experts have biases.'),
  },
  closed,
);

const LayerRun = Type.Object(
  {
    count: int('Equal layers in a row.'),
    mixer: Type.Optional(Mixer),
    dense: Type.Optional(DenseFfn),
    moe: Type.Optional(MoeFfn),
    normElements: Type.Optional(int('Norm weights around mixer and FFN; absent: 2 × hiddenSize.')),
  },
  closed,
);

const Vocabulary = Type.Object(
  {
    size: int('Tokens.'),
    tied: Type.Boolean({ description: 'The LM head is the embedding table.' }),
    headBias: mark('The LM head has a bias.'),
    perLayer: Type.Optional(
      Type.Object(
        { vocabularySize: int('Tokens.'), size: int('Numbers a token and layer.') },
        { ...closed, description: 'An embedding table in each layer.' },
      ),
    ),
  },
  closed,
);

export const ResolvedModel = Type.Object(
  {
    name: text('Name.'),
    parameters: Type.Object({ total: int('All, a tied table once.'), active: int('What a token visits.') }, closed),
    kvElementsPerToken: num('Over all layers, none dropped by a window.'),
    stateBytesPerSequence: Type.Optional(int('Recurrent state, whatever the length; absent: none.')),
    hiddenSize: int('Hidden size.'),
    layers: Type.Array(LayerRun),
    vocabulary: Type.Optional(Vocabulary),
    finalNormElements: Type.Optional(int('Weights of the last norm; absent: hiddenSize.')),
    residualStreams: Type.Optional(int('Residual streams; absent: one.')),
    stateDtype: Type.Optional(text('Format of recurrent states; absent: fp32.')),
    mtp: Type.Optional(
      Type.Object(
        {
          modules: int('Modules.'),
          layers: Type.Array(LayerRun, { description: 'Of all modules, one after another.' }),
        },
        {
          ...closed,
          description:
            'What guesses tokens behind the last layer; absent where the workload speculates on none, or the model has none.',
        },
      ),
    ),
    precision: Type.Object(
      {
        weights: Type.Object(
          {
            attention: WeightFormat,
            dense: WeightFormat,
            expert: WeightFormat,
            shared: WeightFormat,
            router: WeightFormat,
            embedding: WeightFormat,
            head: WeightFormat,
            norm: WeightFormat,
          },
          closed,
        ),
        activations: text('Format.'),
        kvCache: text('Format.'),
      },
      closed,
    ),
  },
  { ...closed, $id: 'ResolvedModel', description: 'A model, layer by layer.' },
);
