/**
 * GET /health/live and GET /health/ready.
 *
 * Live says that the event loop turns, and nothing more: a restart mends no disk and empties no queue. Ready says whether a caller
 * should be sent here now: not before the planning threads have made a plan each, and not once the service has begun to stop. A
 * store that has lost its disk, and a shared cache that is not to be had, are said and are no reason to turn callers away: plans are
 * made as before.
 */
import type { FastifyInstance, FastifySchema } from 'fastify';
import { type Static, Type } from 'typebox';
import type { SharedState } from '../cache/cache-recorder.ts';
import { ProblemError } from './problem.ts';
import { problemTypes } from './problem-types.ts';
import { notRateLimited } from './rate-limit.ts';
import { Problem } from './schemas/problem.ts';

/** Set by the server as it starts and stops. */
export interface Readiness {
  planner: 'starting' | 'ready';
  store: 'durable' | 'memory-only';
  sharedCache: SharedState;
  draining: boolean;
}

export function createReadiness(): Readiness {
  return { planner: 'starting', store: 'memory-only', sharedCache: 'off', draining: false };
}

const closed = { additionalProperties: false } as const;

export const Live = Type.Object({ status: Type.Literal('live') }, closed);

export const Ready = Type.Object(
  {
    status: Type.Literal('ready'),
    planner: Type.Literal('ready'),
    store: Type.Union([Type.Literal('durable'), Type.Literal('memory-only')], {
      description:
        'Whether plans outlive the process. `memory-only` where no disk is asked for or the disk cannot be used.',
    }),
    sharedCache: Type.Union(
      [Type.Literal('up'), Type.Literal('read-only'), Type.Literal('down'), Type.Literal('off')],
      {
        description:
          'The cache that replicas share: `up`; `read-only` where it takes no more plans; `down` where it is not to be had, and ' +
          'every replica keeps and makes its own; `off` where there is none.',
      },
    ),
  },
  closed,
);
export type Ready = Static<typeof Ready>;

const json = (description: string, body: object) => ({
  description,
  content: { 'application/json': { schema: body } },
});

const schemas = {
  live: {
    operationId: 'readLiveness',
    tags: ['operations'],
    summary: 'Whether the process answers',
    response: { 200: json('It does.', Live) },
  },
  ready: {
    operationId: 'readReadiness',
    tags: ['operations'],
    summary: 'Whether requests should be sent here',
    response: {
      200: json('They should.', Ready),
      503: {
        description: `not-ready: ${problemTypes['not-ready'].title}. \`detail\` says why.`,
        content: { 'application/problem+json': { schema: Problem } },
      },
    },
  },
} as const satisfies Record<string, FastifySchema>;

const whyNot = ({ draining, planner }: Readiness): string | undefined => {
  if (draining) return 'the service is stopping';
  return planner === 'ready' ? undefined : 'the planning threads are starting';
};

export function registerHealth(app: FastifyInstance, readiness: Readiness): void {
  app.get('/health/live', { schema: schemas.live, config: notRateLimited }, async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'live' }),
  );

  app.get('/health/ready', { schema: schemas.ready, config: notRateLimited }, async (_request, reply) => {
    const why = whyNot(readiness);
    if (why !== undefined)
      throw new ProblemError('not-ready', `Not ready: ${why}.`, { headers: { 'retry-after': '1' } });
    const body: Ready = {
      status: 'ready',
      planner: 'ready',
      store: readiness.store,
      sharedCache: readiness.sharedCache,
    };
    return reply.header('cache-control', 'no-store').send(body);
  });
}
