/** How far the making of a plan is, as GET /plans/{id}/status and the events of it say. */
import { type Static, Type } from 'typebox';
import { closed, words } from './fields.ts';
import { Problem } from './problem.ts';

const id = Type.String({ description: 'The plan’s id, 64 hexadecimal digits.' });
const at = (description: string) => Type.String({ format: 'date-time', description });
const candidates = (description: string) => Type.Number({ minimum: 0, description });

const links = Type.Object(
  {
    plan: Type.String({ description: 'Where the plan is, once it is made.' }),
    status: Type.String({ description: 'Where this can be asked again.' }),
    events: Type.String({ description: 'Where it is told as it changes, as server-sent events.' }),
  },
  closed,
);

const Progress = Type.Object(
  {
    enumerated: candidates('Candidates in the space.'),
    accounted: candidates('Of those, the ones that are evaluated, pruned or rejected so far.'),
    evaluated: candidates('Candidates whose cost was computed.'),
    fraction: Type.Number({
      minimum: 0,
      maximum: 1,
      description:
        'accounted / enumerated. No measure of time: one bound may account for most of a space at once, and the reasons of the choice are worked out after it has reached 1.',
    }),
    best: Type.Optional(Type.String({ description: 'Name of the best strategy so far.' })),
  },
  { ...closed, description: 'How far the search is. Absent until it has said so.' },
);

export const PlanningStatus = Type.Object(
  {
    id,
    status: Type.Literal('planning'),
    phase: words(['queued', 'searching', 'verifying'], 'Waiting for a planning thread, searching, or verifying.'),
    queuePosition: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Place among those that wait for a thread, the next being 1.' }),
    ),
    submittedAt: at('When it was asked for.'),
    startedAt: Type.Optional(at('When a planning thread began.')),
    deadlineAt: at('When it will end with the best that it has found by then.'),
    progress: Type.Optional(Progress),
    links,
  },
  { ...closed, $id: 'PlanningStatus', description: 'A plan that is being made.' },
);
export type PlanningStatus = Static<typeof PlanningStatus>;

export const DoneStatus = Type.Object(
  {
    id,
    status: Type.Literal('done'),
    outcome: words(['feasible', 'infeasible'], 'Whether there is a strategy.'),
    complete: Type.Boolean({
      description: 'False where a deadline cut the search short: asked for again, the plan is made again.',
    }),
    links,
  },
  { ...closed, $id: 'DoneStatus', description: 'A plan that is made.' },
);
export type DoneStatus = Static<typeof DoneStatus>;

export const FailedStatus = Type.Object(
  { id, status: Type.Literal('failed'), failedAt: at('When it failed.'), problem: Problem, links },
  {
    ...closed,
    $id: 'FailedStatus',
    description: 'A plan that could not be made: what its request would have been answered without respond-async.',
  },
);
export type FailedStatus = Static<typeof FailedStatus>;

export const PlanStatus = Type.Union([PlanningStatus, DoneStatus, FailedStatus], {
  $id: 'PlanStatus',
  description: 'How far the making of a plan is.',
});
export type PlanStatus = Static<typeof PlanStatus>;

export const PlanEvent = Type.Object(
  {
    id: Type.String({ description: 'For Last-Event-ID.' }),
    event: words(['queued', 'started', 'progress', 'verifying', 'done', 'failed'], 'What happened.'),
    data: PlanStatus,
  },
  {
    ...closed,
    $id: 'PlanEvent',
    description: 'One server-sent event; `data` is JSON. The last is `done` or `failed`.',
  },
);
export type PlanEvent = Static<typeof PlanEvent>;
