/** The list of a plan's files. */
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const text = (description: string) => Type.String({ description });

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
  },
  { ...closed, $id: 'ArtifactList', description: 'The files of a plan.' },
);
export type ArtifactList = Static<typeof ArtifactList>;
