/**
 * GET /plans/{id}/status and GET /plans/{id}/events: how far a plan is that `Prefer: respond-async` asked for.
 *
 * A plan that is being made is told of by its course; one that is made, by the store, which other replicas may share; one that failed
 * by the course again, for some minutes.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { courseRoutes } from './course-route-docs.ts';
import { eventStream, eventStreamType } from './event-stream.ts';
import { negotiate } from './negotiate.ts';
import { doneStatus, type PlanCourse } from './plan-course.ts';
import type { PlanCourses } from './plan-courses.ts';
import { findPlan, json, refuseOtherThanJson } from './plans-route.ts';
import type { PlanStore } from './ports.ts';
import { ProblemError } from './problem.ts';
import type { PlanEvent, PlanStatus } from './schemas/plan-status.ts';

interface CourseServices {
  readonly store: PlanStore;
  readonly courses: PlanCourses;
}

type IdRequest = FastifyRequest<{ Params: { id: string } }>;

export function registerCourses(app: FastifyInstance, services: CourseServices): void {
  app.get('/plans/:id/status', { schema: courseRoutes.status }, async (request: IdRequest, reply) => {
    refuseOtherThanJson(request.headers.accept);
    const { id } = request.params;
    const status = (await courseOf(services, id))?.status() ?? doneStatus((await findPlan(services.store, id)).plan);
    if (status.status === 'planning') reply.header('retry-after', '1');
    return reply.header('content-type', json).header('cache-control', 'no-store').send(JSON.stringify(status));
  });

  app.get(
    '/plans/:id/events',
    // Of a stream without an end there is no head to be had without the wait for it.
    { schema: courseRoutes.events, exposeHeadRoute: false },
    (request: IdRequest, reply) => sendEvents(services, request, reply),
  );
}

/** The course that knows more of a plan than the store: one that runs, or one that failed with no plan to be had since. */
async function courseOf({ store, courses }: CourseServices, id: string): Promise<PlanCourse | undefined> {
  const course = courses.find(id);
  if (!course?.isOver()) return course;
  const failed = course.status().status === 'failed';
  return failed && !(await store.get(id)) ? course : undefined;
}

async function sendEvents(services: CourseServices, request: IdRequest, reply: FastifyReply): Promise<FastifyReply> {
  if (negotiate(request.headers.accept, [eventStreamType]) === undefined)
    throw new ProblemError('not-acceptable', `This resource is to be had as ${eventStreamType}.`);
  const { id } = request.params;
  const lastEventId = [request.headers['last-event-id']].flat()[0];
  const running = await courseOf(services, id);
  const course = running ?? (await madeBefore(services, id));
  // A client that has the end connects again all the same: 204 is how it is told to stop.
  if (course.isOver() && course.eventsAfter(lastEventId).length === 0) return reply.code(204).send();
  const leave = services.courses.listen();
  const gone = new AbortController();
  reply.raw.once('close', () => {
    leave();
    gone.abort();
  });
  return reply
    .headers({
      'content-type': eventStreamType,
      'cache-control': 'no-store',
      // The connection ends with its stream: left open, it would keep a service that stops waiting for it.
      connection: 'close',
      // nginx would otherwise hold the events back until a buffer is full.
      'x-accel-buffering': 'no',
    })
    .send(Readable.from(eventStream(course, { lastEventId, gone: gone.signal })));
}

/** The course of a plan that is in the store: the one that made it here, or its end alone. @throws ProblemError where there is none. */
async function madeBefore({ store, courses }: CourseServices, id: string) {
  const { plan } = await findPlan(store, id);
  const course = courses.find(id);
  return course?.status().status === 'done' ? course : endOf(doneStatus(plan));
}

function endOf(data: PlanStatus): Pick<PlanCourse, 'eventsAfter' | 'isOver' | 'onEvent'> {
  const end: PlanEvent = { id: 'stored-1', event: 'done', data };
  return {
    eventsAfter: (lastEventId) => (lastEventId === end.id ? [] : [end]),
    isOver: () => true,
    onEvent: () => () => undefined,
  };
}
