/** Problem details as they are served (RFC 9457), with a list of faults beside the standard members. */
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'A stable path under /docs/problems that says what kind of problem it is.' }),
    title: Type.String({ description: 'The kind, in words.' }),
    status: Type.Integer({ minimum: 400, maximum: 599, description: 'The HTTP status.' }),
    detail: Type.String({ description: 'This very problem.' }),
    instance: Type.String({ description: 'The request id, as in the header x-request-id and in the log.' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object(
          {
            pointer: Type.String({ description: 'JSON pointer into the body; for a query parameter, its name.' }),
            detail: Type.String({ description: 'What is wrong there.' }),
            allowed: Type.Optional(
              Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
                description: 'What is known there.',
              }),
            ),
          },
          closed,
        ),
        { description: 'Every fault, the first 100 at most.' },
      ),
    ),
  },
  { ...closed, $id: 'Problem', description: 'What went wrong (RFC 9457).' },
);
export type Problem = Static<typeof Problem>;
