/**
 * POST /plans and GET /plans/{id}.
 *
 *   body -> sha256 -> known body? ----------------------------------------> stored bytes, as they are
 *                       | no
 *                     parse -> validate -> id -> known id? ---------------> stored bytes, and the body is remembered
 *                                                 | no
 *                                            contradictions? -> one flight -> whose turn? --> planning thread -> store -> answer
 *                                                            |                     | another replica's
 *                                                            |                     its plan -----------------------> answer
 *                                                            \-> course: 202 at once, or after the time that the caller would wait
 *
 * The first line is the hot path: nothing is parsed, and the answer is a Buffer that nothing serialises.
 */
import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { etagOf, matches } from './conditional.ts';
import { departureOf } from './departure.ts';
import { toProblem } from './error-handler.ts';
import { expectedPlanMs } from './job-time.ts';
import type { LoopTurns } from './loop-turns.ts';
import { makePlan } from './make-plan.ts';
import { negotiate } from './negotiate.ts';
import type { PlanCourse } from './plan-course.ts';
import type { PlanCourses } from './plan-courses.ts';
import { isPlanId, planId } from './plan-id.ts';
import type {
  JobRun,
  MadePlan,
  PlanningPool,
  PlanRecorder,
  PlanStore,
  SingleFlight,
  StoredPlan,
  Tier,
} from './ports.ts';
import { type Preferences, readPreferences } from './prefer.ts';
import { contradictions, ProblemError } from './problem.ts';
import { bodyOf, parseJson } from './read-request.ts';
import { readPlanRequest } from './request-readers.ts';
import { resolvePlanRequest } from './resolve.ts';
import { planRoutes } from './route-docs.ts';

export interface PlanningServices {
  readonly store: PlanStore;
  readonly pool: PlanningPool;
  readonly singleFlight: SingleFlight;
  readonly courses: PlanCourses;
  readonly recorder: PlanRecorder;
  readonly turns: LoopTurns;
  /** Of the code that answers: part of every plan's id. */
  readonly version: string;
}

export const json = 'application/json; charset=utf-8';

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
  const { store, singleFlight, version, turns } = services;
  refuseOtherThanJson(request.headers.accept);
  const body = bodyOf(request);
  const bodyHash = hash('sha256', body, 'hex');
  const known = store.byBody(bodyHash);
  if (known?.complete) return sendHit(reply, known, 'memory');
  // What follows takes a hundred times as long: a crowd that asks for it must not hold up whoever asks for less.
  await turns.enter();

  const wanted = readPlanRequest(parseJson(body));
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

  const toMake = { id, request: wanted, expectedMs, objective, stale: found?.plan };
  const preferences = readPreferences(request.headers.prefer);
  const later = preferences.respondAsync && services.courses.isOpen();
  // A caller that goes leaves the flight. When all have gone the work is given up: a retry begins it anew. A plan that is made without
  // its caller has a deadline of its own, and is no flight that a caller who waits could join.
  const flown = later
    ? await madeInTime(services.courses, preferences, {
        id,
        requestId: request.id,
        work: (run: JobRun) => makePlan(services, toMake, { run }),
      })
    : await singleFlight.run(id, (abandoned) => makePlan(services, toMake, { abandoned }), departureOf(reply));
  if ('course' in flown) return sendLater(flown.course, preferences, { request, reply });
  const { value, shared } = flown;
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

export function refuseOtherThanJson(accept: string | undefined): void {
  if (negotiate(accept, ['application/json']) === undefined)
    throw new ProblemError('not-acceptable', 'This resource is to be had as application/json.');
}

/** A full queue refuses at once; what is neither refused nor admitted by now waits for something else, and is accepted. */
const REFUSED_WITHIN_MS = 250;

/** What came of a course within the time that its caller would wait, or the course. Rejects where it failed or was refused by then. */
async function madeInTime(
  courses: PlanCourses,
  { waitSeconds = 0 }: Preferences,
  start: Parameters<PlanCourses['begin']>[0],
): Promise<{ readonly value: MadePlan; readonly shared: boolean } | { readonly course: PlanCourse }> {
  const { course, joined } = courses.begin(start);
  const waited = new AbortController();
  const wait = async () => {
    const pause = (ms: number) => sleep(ms, undefined, { signal: waited.signal }).catch(() => undefined);
    await Promise.race([course.admitted, pause(REFUSED_WITHIN_MS)]);
    await pause(waitSeconds * 1_000);
    return undefined;
  };
  const value = await Promise.race([course.result, wait()]).finally(() => waited.abort());
  return value ? { value, shared: joined } : { course };
}

function sendLater(
  course: PlanCourse,
  { waitSeconds }: Preferences,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): FastifyReply {
  course.result.catch((error: unknown) => {
    if (toProblem(error).slug === 'internal')
      request.log.error({ err: error }, 'a plan failed after its caller was answered');
  });
  const status = course.status();
  return reply
    .code(202)
    .headers({
      'content-type': json,
      'cache-control': 'no-store',
      'preference-applied': waitSeconds === undefined ? 'respond-async' : `respond-async, wait=${waitSeconds}`,
      location: status.links.status,
      'retry-after': '1',
      vary: 'prefer',
    })
    .send(JSON.stringify(status));
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
