/** The list of a plan's files. */
import { type Static, Type } from 'typebox';
import { platformNames } from '../../artifacts/launch/platforms/platform-files.ts';
import { engineNames } from '../../planner/engine.ts';
import { words } from './answer-fields.ts';

const closed = { additionalProperties: false } as const;
const text = (description: string) => Type.String({ description });

const degree = (description: string) => Type.Integer({ description });

const NearestLaunch = Type.Object(
  {
    role: words(['both', 'prefill', 'decode'], 'Which kind of worker.'),
    strategy: text('Its name.'),
    degrees: Type.Object(
      {
        tp: degree('Tensor parallelism of attention and dense layers.'),
        cp: degree('Context parallelism.'),
        dp: degree('Data parallelism of attention, within a worker.'),
        pp: degree('Pipeline stages.'),
        ep: degree('Expert parallelism.'),
        etp: degree('Tensor parallelism of each expert.'),
        replicas: degree('Workers.'),
        redundantExperts: degree('Further copies of busy experts in each MoE layer.'),
      },
      closed,
    ),
    flags: text('The degrees in the engine’s own words.'),
  },
  {
    ...closed,
    $id: 'NearestLaunch',
    description: 'The strategy on as many GPUs that the engine can run and that is most like the plan’s.',
  },
);

const PlatformWithout = Type.Object(
  {
    platform: words(platformNames, 'The platform.'),
    why: text('Why it has no file.'),
    nearest: text('What comes nearest: a plan that it could start, or another platform’s file.'),
  },
  { ...closed, $id: 'PlatformWithout', description: 'A platform that cannot start the plan as it is.' },
);

const EngineLaunch = Type.Object(
  {
    engine: words(engineNames, 'The engine.'),
    expressible: Type.Boolean({ description: 'Whether it can be started with the plan’s strategy as it is.' }),
    files: Type.Array(Type.String(), { description: 'Names of its files.' }),
    why: Type.Optional(text('Why it cannot be.')),
    nearest: Type.Optional(Type.Array(NearestLaunch)),
    without: Type.Optional(Type.Array(PlatformWithout)),
    notes: Type.Optional(Type.Array(Type.String(), { description: 'What to know before one relies on the files.' })),
  },
  { ...closed, $id: 'EngineLaunch', description: 'How a plan is started under an engine.' },
);

export const ArtifactList = Type.Object(
  {
    plan: text('The plan’s id.'),
    artifacts: Type.Array(
      Type.Object(
        {
          name: text('The file’s name.'),
          mediaType: text('What it is served as.'),
          description: text('What it is for.'),
          href: text('Where it is.'),
        },
        { ...closed, $id: 'Artifact', description: 'One file.' },
      ),
    ),
    zip: text('Where all of them are in one archive.'),
    launch: Type.Array(EngineLaunch, {
      description: 'Of the engine that the plan was made for, or of each where it was made for none.',
    }),
  },
  { ...closed, $id: 'ArtifactList', description: 'The files of a plan.' },
);
export type ArtifactList = Static<typeof ArtifactList>;
