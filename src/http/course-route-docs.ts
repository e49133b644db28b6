/** What the OpenAPI document says of the routes that tell how far a plan is. */
import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { answer, header, planParams, problems } from './route-docs.ts';
import { PlanEvent, PlanStatus } from './schemas/plan-status.ts';

export const courseRoutes = {
  status: {
    operationId: 'readPlanStatus',
    tags: ['plans'],
    summary: 'How far the making of a plan is',
    description:
      'Of a plan that `Prefer: respond-async` asked for, or of any that is stored. The replica that makes a plan knows how far it is; the others answer 404 until it is made.',
    params: planParams,
    response: {
      200: answer(
        'Being made, made or failed.',
        { 'application/json': PlanStatus },
        { 'retry-after': header('Seconds until it is worth asking again, while it is being made.') },
      ),
      ...problems('plan-not-found', 'not-acceptable'),
    },
  },
  events: {
    operationId: 'readPlanEvents',
    tags: ['plans'],
    summary: 'The same as server-sent events, as it happens',
    description:
      'Ends after `done` or `failed`. The schema is that of one event; on the wire it has the lines `id`, `event` and `data`, the last of them JSON.',
    params: planParams,
    headers: Type.Object({
      'last-event-id': Type.Optional(
        Type.String({ description: 'The id of the last event that the caller has: the later ones are sent.' }),
      ),
    }),
    response: {
      200: answer('The events.', { 'text/event-stream': PlanEvent }),
      204: { description: 'The caller has had the last event; there will be no other.', type: 'null' },
      ...problems('plan-not-found', 'not-acceptable', 'too-many-listeners'),
    },
  },
} as const satisfies Record<string, FastifySchema>;
