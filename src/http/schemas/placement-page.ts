/** A page of a placement, and how it is asked for. */
import { type Static, Type } from 'typebox';
import { limits } from './limits.ts';
import { PlacementRow } from './placement.ts';

const closed = { additionalProperties: false } as const;

export const defaultPage = 100;
export const largestPage = 1000;

export const PlacementQuery = Type.Object(
  {
    offset: Type.Optional(
      Type.Integer({ minimum: 0, maximum: limits.gpus, description: 'The first rank (default 0).' }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: limits.gpus,
        description: `Ranks that come back: as JSON ${defaultPage} by default and ${largestPage} at most, as NDJSON all by default.`,
      }),
    ),
  },
  closed,
);

export const PlacementPage = Type.Object(
  {
    plan: Type.String({ description: 'The plan’s id.' }),
    total: Type.Integer({ minimum: 1, description: 'Ranks of the plan.' }),
    offset: Type.Integer({ minimum: 0, description: 'The first rank of this page.' }),
    limit: Type.Integer({ minimum: 1, description: 'Ranks of a page.' }),
    next: Type.Union([Type.String(), Type.Null()], { description: 'The next page; null on the last.' }),
    ranks: Type.Array(PlacementRow),
  },
  { ...closed, $id: 'PlacementPage', description: 'Some ranks of a plan.' },
);
export type PlacementPage = Static<typeof PlacementPage>;
