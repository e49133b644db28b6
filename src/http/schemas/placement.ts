/** One rank of a plan: its GPU, its place on every axis, what it holds, and whom it talks to. */
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const int = (description: string) => Type.Integer({ minimum: 0, description });

/** Groups of at most this many ranks list their members; of a larger one `first`, `stride` and `size` give them. */
export const listedRanks = 64;

const Span = (description: string) =>
  Type.Object({ first: int('The first.'), count: int('How many.') }, { ...closed, description });

const Group = (description: string) =>
  Type.Object(
    {
      index: int('The group’s number among the groups of its kind.'),
      size: int('Ranks in the group.'),
      position: int('This rank’s place in it.'),
      first: int('The first member.'),
      stride: int(
        'From one member to the next: member j is first + j × stride. 0 in a group of one, and where distances differ: then `ranks` has them.',
      ),
      ranks: Type.Optional(
        Type.Array(int('A rank.'), {
          description: `The members, where there are at most ${listedRanks} or they are not equally far apart.`,
        }),
      ),
    },
    { ...closed, description },
  );

const rankFields = {
  rank: int('0 to the GPUs used, less 1.'),
  gpu: int('GPU of the cluster: node × gpusPerNode + localGpu.'),
  node: int('Its node.'),
  domain: int('Its fast domain: the GPUs that share the fast links.'),
  localGpu: int('Its number inside the node.'),
  coordinates: Type.Object(
    {
      replica: int('Copy of the whole.'),
      tp: int('Shard of attention and dense layers.'),
      cp: int('Part of each sequence.'),
      dp: int('Part of the batch.'),
      pp: int('Pipeline stage.'),
      ep: int('Part of the experts.'),
      etp: int('Shard of each expert.'),
      edp: int('Copy of the experts.'),
    },
    { ...closed, description: 'The same rank read as (dp, cp, tp) by attention and as (edp, ep, etp) by experts.' },
  ),
  layers: Span('Layers of its stage.'),
  experts: Type.Union(
    [
      Type.Object(
        {
          first: int('The first expert of each layer; from the number of experts on, further copies of busy ones.'),
          count: int('Experts of each layer.'),
          layers: int('How many of its layers have experts.'),
        },
        closed,
      ),
      Type.Null(),
    ],
    { description: 'Experts that it holds a shard of; null where its layers have none.' },
  ),
  embedding: Type.Boolean({ description: 'Holds a shard of the embedding table.' }),
  head: Type.Boolean({ description: 'Holds a shard of the LM head.' }),
  groups: Type.Object(
    {
      tp: Group('Shards of one attention or dense layer.'),
      cp: Group('Parts of one sequence.'),
      dp: Group('Copies of the attention weights.'),
      pp: Group('Stages of one pipeline.'),
      ep: Group('Parts of the experts: who exchanges tokens.'),
      etp: Group('Shards of one expert.'),
      edp: Group('Copies of one expert shard.'),
    },
    closed,
  ),
};

export const BatchPlacementRow = Type.Object(
  {
    ...rankFields,
    sequences: Span('Sequences of the batch.'),
    chunks: Type.Union(
      [
        Type.Object({ of: int('Equal chunks of each sequence.'), held: Type.Array(int('A chunk.')) }, closed),
        Type.Null(),
      ],
      { description: 'With cp > 1: the chunks of each sequence that it has, one early and one late; null: all of it.' },
    ),
  },
  { ...closed, $id: 'BatchPlacementRow', description: 'One rank, and its part of a batch.' },
);
export type BatchPlacementRow = Static<typeof BatchPlacementRow>;

export const ServingPlacementRow = Type.Object(
  {
    ...rankFields,
    role: Type.Unsafe<'both' | 'prefill' | 'decode'>(
      Type.String({
        enum: ['both', 'prefill', 'decode'],
        description: 'What its worker does; both: it reads prompts and writes answers.',
      }),
    ),
    worker: int('Number of its worker among those of its role: `replica` of the coordinates.'),
    workerRank: int('Its rank inside the worker, as the engine counts.'),
  },
  { ...closed, $id: 'ServingPlacementRow', description: 'One rank of a worker: prefill workers come first.' },
);
export type ServingPlacementRow = Static<typeof ServingPlacementRow>;

export const PlacementRow = Type.Union([BatchPlacementRow, ServingPlacementRow], {
  $id: 'PlacementRow',
  description: 'One rank.',
});
export type PlacementRow = Static<typeof PlacementRow>;
