/**
 * POST /plans and GET /plans/{id}.
 *
 *   body -> sha256 -> known body? ----------------------------------------> stored bytes, as they are
 *                       | no
 *                     parse -> validate -> id -> known id? ---------------> stored bytes, and the body is remembered
 *                                                 | no
 *                                            contradictions? -> one flight -> whose turn? --> planning thread -> store -> answer
 *                                                                                  | another replica's
 *                                                                                  its plan -----------------------> answer
 *
 * The first line is the hot path: nothing is parsed, and the answer is a Buffer that nothing serialises.
 */
import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { canonicalJson } from './canonical.ts';
import { etagOf, matches } from './conditional.ts';
import { departureOf } from './departure.ts';
import { expectedPlanMs } from './job-time.ts';
import { negotiate } from './negotiate.ts';
import { inOneForm } from './one-form.ts';
import { isPlanId, planId } from './plan-id.ts';
import type { Fault, PlanningPool, PlanRecorder, PlanStore, SingleFlight, StoredPlan, Tier } from './ports.ts';
import { faultProblem, ProblemError } from './problem.ts';
import { bodyOf, createReader, parseJson } from './read-request.ts';
import { referenceFaults } from './references.ts';
import { resolvePlanRequest } from './resolve.ts';
import { planRoutes } from './route-docs.ts';
import { PlanRequest } from './schemas/request.ts';

export interface PlanningServices {
  readonly store: PlanStore;
  readonly pool: PlanningPool;
  readonly singleFlight: SingleFlight;
  readonly recorder: PlanRecorder;
  /** Of the code that answers: part of every plan's id. */
  readonly version: string;
}

export const json = 'application/json; charset=utf-8';

const readPlanRequest = createReader(PlanRequest, referenceFaults);

export function registerPlans(app: FastifyInstance, services: PlanningServices): void {
  const { store } = services;

  app.post('/plans', { schema: planRoutes.create }, (request, reply) => answerPlan(services, request, reply));

  app.get<{ Params: { id: string } }>('/plans/:id', { schema: planRoutes.read }, async (request, reply) => {
    refuseOtherThanJson(request.headers.accept);
    const { plan, tier } = await findPlan(store, request.params.id);
    const etag = etagOf(plan);
    reply.header('cache-status', `shardwell; hit; detail=${tier}`);
    reply.header('cache-control', plan.complete ? 'private, max-age=31536000, immutable' : 'no-cache');
    reply.header('etag', etag);
    if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
    return reply.header('content-type', json).send(plan.answer);
  });
}

async function answerPlan(
  services: PlanningServices,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { store, singleFlight, version } = services;
  refuseOtherThanJson(request.headers.accept);
  const body = bodyOf(request);
  const bodyHash = hash('sha256', body, 'hex');
  const known = store.byBody(bodyHash);
  if (known?.complete) return sendHit(reply, known, 'memory');

  const wanted = inOneForm(readPlanRequest(parseJson(body)));
  const id = planId(wanted, version);
  const found = await store.get(id);
  if (found?.plan.complete) {
    store.remember(bodyHash, found.plan);
    return sendHit(reply, found.plan, found.tier);
  }

  // Before the queue: a request that contradicts itself is told so even when every planner is busy.
  const resolved = resolvePlanRequest(wanted);
  if (resolved.kind === 'invalid') throw contradictions(resolved.errors);
  const { objective } = resolved.problem;
  const expectedMs = expectedPlanMs(resolved);

  // A caller that goes leaves the flight. When all have gone the work is given up: a retry begins it anew.
  const { value, shared } = await singleFlight.run(
    id,
    (abandoned) => makePlan(services, { id, request: wanted, expectedMs, objective, stale: found?.plan, abandoned }),
    departureOf(reply),
  );
  const { plan, timings } = value;
  if (plan.complete) store.remember(bodyHash, plan);
  if (plan.status === 'feasible' && !shared && timings) reply.code(201).header('location', `/plans/${id}`);
  const spent = timings ? `search;dur=${timings.searchMs.toFixed(2)}, verify;dur=${timings.verifyMs.toFixed(2)}, ` : '';
  reply.header('server-timing', `${spent}total;dur=${reply.elapsedTime.toFixed(2)}`);
  // An answer that a deadline cut short is no hit the next time: RFC 9211 calls that stale.
  const forwarded = found ? 'stale' : 'uri-miss';
  const how = timings ? (shared ? 'collapsed' : 'stored') : 'collapsed; detail=shared';
  return sendPlan(reply, plan, `shardwell; fwd=${forwarded}; ${how}`);
}

/** @throws ProblemError where there is none. */
export async function findPlan(store: PlanStore, id: string) {
  const found = isPlanId(id) ? await store.get(id) : undefined;
  if (!found)
    throw new ProblemError('plan-not-found', `There is no plan of the id ${JSON.stringify(id.slice(0, 80))}.`);
  return found;
}

export function contradictions(faults: readonly Fault[]): ProblemError {
  return faultProblem('contradiction', { faults });
}

export function outOfTime(): ProblemError {
  return new ProblemError('out-of-time', 'The deadline passed before any feasible strategy was found.', {
    headers: { 'retry-after': '5' },
  });
}

export function refuseOtherThanJson(accept: string | undefined): void {
  if (negotiate(accept, ['application/json']) === undefined)
    throw new ProblemError('not-acceptable', 'This resource is to be had as application/json.');
}

interface MadePlan {
  /** Absent where another replica has made it. */
  readonly timings?: { readonly searchMs: number; readonly verifyMs: number };
  readonly plan: StoredPlan;
}

interface WantedPlan {
  readonly id: string;
  readonly request: PlanRequest;
  /** Of a planning thread. */
  readonly expectedMs: number;
  readonly objective: string;
  /** What is known of this id and was cut short. */
  readonly stale: StoredPlan | undefined;
  readonly abandoned: AbortSignal;
}

async function makePlan(services: PlanningServices, wanted: WantedPlan): Promise<MadePlan> {
  const { id, stale, abandoned } = wanted;
  const turn = await services.store.turn({ id, stale, signal: abandoned });
  if (turn.kind === 'planned') return { plan: turn.plan };
  if (turn.kind === 'out-of-time') throw outOfTime();
  try {
    return await searchAndStore(services, { ...wanted, waitedMs: turn.waitedMs });
  } finally {
    turn.release();
  }
}

async function searchAndStore(
  { pool, store, recorder }: PlanningServices,
  { id, request, expectedMs, objective, abandoned, waitedMs }: WantedPlan & { readonly waitedMs: number },
): Promise<MadePlan> {
  const result = await pool.plan({ kind: 'plan', request, id, expectedMs, waitedMs }, abandoned);
  recorder.planned({ result, objective });
  if (result.kind === 'invalid') throw contradictions(result.errors);
  if (result.kind === 'out-of-time') throw outOfTime();
  const { status, complete, timings } = result;
  const plan: StoredPlan = {
    id,
    status,
    complete,
    answer: Buffer.from(result.json),
    request: Buffer.from(canonicalJson(request)),
  };
  await store.put(plan);
  return { plan, timings };
}

function sendHit(reply: FastifyReply, plan: StoredPlan, tier: Tier): FastifyReply {
  reply.header('server-timing', `cache;dur=${reply.elapsedTime.toFixed(2)}`);
  return sendPlan(reply, plan, `shardwell; hit; detail=${tier}`);
}

function sendPlan(reply: FastifyReply, plan: StoredPlan, cacheStatus: string): FastifyReply {
  return reply
    .header('content-type', json)
    .header('content-location', `/plans/${plan.id}`)
    .header('cache-status', cacheStatus)
    .header('etag', etagOf(plan))
    .send(plan.answer);
}
