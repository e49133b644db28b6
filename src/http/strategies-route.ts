/** POST /estimates and POST /verifications: one given strategy, costed or checked. Nothing is stored. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { departureOf } from './departure.ts';
import type { LoopTurns } from './loop-turns.ts';
import { json, refuseOtherThanJson } from './plans-route.ts';
import type { Job, PlanningPool } from './ports.ts';
import { contradictions, outOfTime } from './problem.ts';
import { bodyOf, parseJson, type Reader } from './read-request.ts';
import { readEstimateRequest, readVerificationRequest } from './request-readers.ts';
import { strategyRoutes } from './route-docs.ts';

interface StrategyServices {
  readonly pool: PlanningPool;
  readonly turns: LoopTurns;
}

export function registerStrategies(app: FastifyInstance, services: StrategyServices): void {
  app.post('/estimates', { schema: strategyRoutes.estimate }, (request, reply) =>
    answer(services, { request, reply, kind: 'estimate', read: readEstimateRequest }),
  );
  app.post('/verifications', { schema: strategyRoutes.verify }, (request, reply) =>
    answer(services, { request, reply, kind: 'verify', read: readVerificationRequest }),
  );
}

interface Asked {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly kind: Job['kind'];
  readonly read: Reader<unknown>;
}

async function answer({ pool, turns }: StrategyServices, { request, reply, kind, read }: Asked): Promise<FastifyReply> {
  refuseOtherThanJson(request.headers.accept);
  await turns.enter();
  const wanted = read(parseJson(bodyOf(request)));
  const result = await pool.plan({ kind, request: wanted, id: randomUUID() }, departureOf(reply));
  if (result.kind === 'invalid') throw contradictions(result.errors);
  if (result.kind === 'out-of-time') throw outOfTime(result.retryAfterS);
  const { searchMs, verifyMs } = result.timings;
  return reply
    .header('content-type', json)
    .header('cache-control', 'no-store')
    .header(
      'server-timing',
      `estimate;dur=${searchMs.toFixed(2)}, verify;dur=${verifyMs.toFixed(2)}, total;dur=${reply.elapsedTime.toFixed(2)}`,
    )
    .send(Buffer.from(result.json));
}
