/** GET /gpus, /gpus/{name}, /models and /models/{name}: the catalog. It changes with a release only, so answers are made once. */
import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { suggestGpus } from '../catalog/gpus.ts';
import { suggestModels } from '../catalog/models.ts';
import { catalogGpu, catalogGpus, catalogModel, catalogModels } from './answer-catalog.ts';
import { catalogRoutes } from './catalog-route-docs.ts';
import { matches } from './conditional.ts';
import { notInCatalog } from './not-in-catalog.ts';
import { json, refuseOtherThanJson } from './plans-route.ts';
import { ProblemError } from './problem.ts';

interface Rendered {
  readonly body: Buffer;
  readonly etag: string;
}

export function registerCatalog(app: FastifyInstance): void {
  // By the name that the catalog has for an entry, so that there are no more of them than entries.
  const rendered = new Map<string, Rendered>();
  const render = (href: string, value: unknown): Rendered => {
    const known = rendered.get(href);
    if (known) return known;
    const body = Buffer.from(JSON.stringify(value));
    const made = { body, etag: `"${hash('sha256', body, 'hex').slice(0, 32)}"` };
    rendered.set(href, made);
    return made;
  };

  const list =
    (href: '/gpus' | '/models', make: () => unknown) => async (request: FastifyRequest, reply: FastifyReply) => {
      refuseOtherThanJson(request.headers.accept);
      return send(request, reply, rendered.get(href) ?? render(href, make()));
    };
  app.get('/gpus', { schema: catalogRoutes.listGpus }, list('/gpus', catalogGpus));
  app.get('/models', { schema: catalogRoutes.listModels }, list('/models', catalogModels));

  app.get<{ Params: { name: string } }>('/gpus/:name', { schema: catalogRoutes.readGpu }, async (request, reply) => {
    refuseOtherThanJson(request.headers.accept);
    const { name } = request.params;
    const gpu = catalogGpu(name) ?? refuse(name, { near: suggestGpus(name), list: '/gpus' });
    return send(request, reply.header('content-location', gpu.href), render(gpu.href, gpu));
  });
  app.get<{ Params: { name: string } }>(
    '/models/:name',
    { schema: catalogRoutes.readModel },
    async (request, reply) => {
      refuseOtherThanJson(request.headers.accept);
      const { name } = request.params;
      const model = catalogModel(name) ?? refuse(name, { near: suggestModels(name), list: '/models' });
      return send(request, reply.header('content-location', model.href), render(model.href, model));
    },
  );
}

function refuse(name: string, known: { near: readonly string[]; list: string }): never {
  throw new ProblemError('not-in-catalog', `${notInCatalog(name, known)}.`.replace('?.', '?'), {
    ...(known.near.length > 0 && {
      errors: [{ pointer: '/name', detail: 'is not in the catalog', allowed: [...known.near] }],
    }),
  });
}

/** An hour: long enough that a form that offers the names asks once, short enough that a release is seen the same day. */
function send(request: FastifyRequest, reply: FastifyReply, { body, etag }: Rendered): FastifyReply {
  reply.headers({ etag, 'cache-control': 'public, max-age=3600' });
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.header('content-type', json).send(body);
}
