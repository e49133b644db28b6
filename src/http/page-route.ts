/** GET /: to a browser a page to try the service with, to a program where everything is. The page uses the public API, and nothing else. */
import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { type Static, Type } from 'typebox';
import { matches } from './conditional.ts';
import { negotiate } from './negotiate.ts';
import { pageHeaders, reportStyle } from './page-headers.ts';
import { ProblemError } from './problem.ts';
import { notRateLimited } from './rate-limit.ts';
import { answer, header, openProblems } from './route-docs.ts';
import { packageVersion } from './version-route.ts';

const link = (description: string) => Type.String({ description });

export const ServiceIndex = Type.Object(
  {
    service: Type.Literal('shardwell'),
    version: Type.String({ description: 'Of the package.' }),
    links: Type.Object(
      {
        plans: link('POST: find the best strategy.'),
        estimates: link('POST: cost a strategy.'),
        verifications: link('POST: check a strategy.'),
        gpus: link('The GPUs that a request may name.'),
        models: link('The models that a request may name.'),
        openapi: link('The OpenAPI document.'),
        docs: link('Swagger UI.'),
        problems: link('What each problem means.'),
        health: link('Readiness.'),
        metrics: link('Prometheus text.'),
        version: link('Which code answers.'),
      },
      { additionalProperties: false },
    ),
  },
  { $id: 'ServiceIndex', additionalProperties: false, description: 'Where everything is.' },
);

function serviceIndex(): Static<typeof ServiceIndex> {
  return {
    service: 'shardwell',
    version: packageVersion(),
    links: {
      plans: '/plans',
      estimates: '/estimates',
      verifications: '/verifications',
      gpus: '/gpus',
      models: '/models',
      openapi: '/openapi.json',
      docs: '/docs',
      problems: '/docs/problems',
      health: '/health/ready',
      metrics: '/metrics',
      version: '/version',
    },
  };
}

const headers = { etag: header('Of this release’s.'), vary: header('accept: there is a page and an index.') };

const schema: FastifySchema = {
  operationId: 'readIndex',
  tags: ['operations'],
  summary: 'A page to try the service with, or where everything is',
  description: 'A browser, which asks for HTML, gets the page; a program that does not gets the index.',
  headers: Type.Object({
    'if-none-match': Type.Optional(Type.String({ description: 'The ETag of what the caller has.' })),
  }),
  response: {
    200: answer('The index, or the page.', { 'application/json': ServiceIndex, 'text/html': Type.String() }, headers),
    304: { description: 'The caller has it already.', type: 'null', headers },
    ...openProblems('not-acceptable'),
  },
};

interface File {
  readonly type: string;
  readonly bytes: Buffer;
  readonly etag: string;
}

const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

function fileOf(type: string, bytes: Buffer): File {
  return { type, bytes, etag: `"${hash('sha256', bytes, 'hex').slice(0, 32)}"` };
}

/** Scripts are written in JavaScript, so that they are the same files in the source and in the build. */
const folder = new URL('../page/', import.meta.url);

function readAssets(): ReadonlyMap<string, File> {
  return new Map(
    readdirSync(folder).flatMap((name) => {
      const type = types[name.slice(name.lastIndexOf('.') + 1)];
      return type === undefined ? [] : [[name, fileOf(type, readFileSync(new URL(name, folder)))] as const];
    }),
  );
}

export async function registerPage(
  app: FastifyInstance,
  { behindTls }: { readonly behindTls: boolean },
): Promise<void> {
  const index = fileOf('application/json; charset=utf-8', Buffer.from(JSON.stringify(serviceIndex())));
  const page = fileOf('text/html; charset=utf-8', readFileSync(new URL('index.html', folder)));
  const assets = readAssets();

  await app.register(async (pages) => {
    // A report that is opened from the page, as a blob that was fetched with a key, is under the page's policy.
    await pages.register(helmet, pageHeaders({ behindTls, styles: [reportStyle] }));
    pages.get('/', { schema }, async (request, reply) => {
      const wanted = negotiate(request.headers.accept, ['application/json', 'text/html']);
      if (wanted === undefined)
        throw new ProblemError('not-acceptable', 'This resource is to be had as application/json and as text/html.');
      return send(request, reply.header('vary', 'accept'), wanted === 'text/html' ? page : index);
    });
    pages.get<{ Params: { name: string } }>(
      '/page/:name',
      { schema: { hide: true }, config: notRateLimited },
      async (request, reply) => {
        const file = assets.get(request.params.name);
        if (!file) throw new ProblemError('not-found', 'The page has no file of this name.');
        return send(request, reply, file);
      },
    );
  });
}

/** Kept by the browser, which asks each time whether it is still the same: a release changes all of it at once. */
function send(request: FastifyRequest, reply: FastifyReply, { type, bytes, etag }: File): FastifyReply {
  reply.headers({ etag, 'cache-control': 'no-cache' });
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.header('content-type', type).send(bytes);
}
