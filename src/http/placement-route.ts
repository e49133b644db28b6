/** GET /plans/{id}/placement: rank by rank, as JSON in pages or as NDJSON in one stream that holds a few rows at a time. */
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { placementRows, placementWorld } from '../artifacts/placement-pages.ts';
import type { AnyFeasiblePlan } from '../artifacts/served-workers.ts';
import { negotiate } from './negotiate.ts';
import { json } from './plans-route.ts';
import type { PlanStore } from './ports.ts';
import { ProblemError } from './problem.ts';
import { createQueryReader } from './read-query.ts';
import { placementRoutes } from './route-docs.ts';
import { defaultPage, largestPage, type PlacementPage, PlacementQuery } from './schemas/placement-page.ts';
import { findFeasible } from './stored-answer.ts';

export const ndjson = 'application/x-ndjson';

const readQuery = createQueryReader(PlacementQuery);

export function registerPlacement(app: FastifyInstance, { store }: { store: PlanStore }): void {
  app.get<{ Params: { id: string } }>(
    '/plans/:id/placement',
    // A HEAD would run the whole stream only to throw it away.
    { schema: placementRoutes.read, exposeHeadRoute: false },
    async (request, reply) => {
      const type = negotiate(request.headers.accept, ['application/json', ndjson]);
      if (type === undefined)
        throw new ProblemError('not-acceptable', `A placement is to be had as application/json or ${ndjson}.`);
      const { offset = 0, limit } = readQuery(request.query);
      const { plan, answer } = await findFeasible(store, request);
      reply.header('vary', 'accept');
      if (type === ndjson) {
        const rows = Readable.from(lines(answer, { offset, limit: limit ?? Number.POSITIVE_INFINITY }), {
          objectMode: false,
        });
        return reply.header('content-type', ndjson).send(rows);
      }
      const page = pageOf(answer, { id: plan.id, offset, limit: limit ?? defaultPage });
      if (page.next !== null) reply.header('link', `<${page.next}>; rel="next"`);
      return reply.header('content-type', json).send(JSON.stringify(page));
    },
  );
}

function pageOf(
  plan: AnyFeasiblePlan,
  { id, offset, limit }: { id: string; offset: number; limit: number },
): PlacementPage {
  if (limit > largestPage) {
    throw new ProblemError('invalid-request', 'The request has a fault.', {
      errors: [
        { pointer: '/limit', detail: `must be at most ${largestPage} as JSON; ${ndjson} streams as many as there are` },
      ],
    });
  }
  const total = placementWorld(plan);
  const next = offset + limit < total ? `/plans/${id}/placement?offset=${offset + limit}&limit=${limit}` : null;
  return { plan: id, total, offset, limit, next, ranks: [...placementRows(plan, { offset, limit })] };
}

/** Rows of one chunk: a few milliseconds of work, after which the event loop gets its turn. */
const chunkRows = 256;

async function* lines(plan: AnyFeasiblePlan, range: { offset: number; limit: number }): AsyncGenerator<string> {
  let chunk = '';
  let rows = 0;
  for (const row of placementRows(plan, range)) {
    chunk += `${JSON.stringify(row)}\n`;
    rows += 1;
    if (rows % chunkRows !== 0) continue;
    yield chunk;
    chunk = '';
    // A quick reader never makes the stream wait, and a million rows must not starve everybody else.
    await setImmediate();
  }
  if (chunk !== '') yield chunk;
}
