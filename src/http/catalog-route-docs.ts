/** What the OpenAPI document says of the catalog's routes. */
import type { FastifySchema } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { answer, header, problems } from './route-docs.ts';
import { CatalogGpu, CatalogGpus, CatalogModelEntry, CatalogModels } from './schemas/catalog.ts';

const headers = {
  etag: header('Of this release’s entry.'),
  'cache-control': header('How long it may be kept.'),
};
const entryHeaders = { ...headers, 'content-location': header('The entry under the catalog’s own name for it.') };

const named = (what: string) =>
  Type.Object({ name: Type.String({ description: `A name of the ${what}, in any case.` }) });
const conditional = Type.Object({
  'if-none-match': Type.Optional(Type.String({ description: 'The ETag of what the caller has.' })),
});

const list = (schema: TSchema) => ({
  200: answer('The list.', { 'application/json': schema }, headers),
  304: { description: 'The caller has it already.', type: 'null', headers },
  ...problems('not-acceptable'),
});
const entry = (schema: TSchema) => ({
  200: answer('The entry.', { 'application/json': schema }, entryHeaders),
  304: { description: 'The caller has it already.', type: 'null', headers },
  ...problems('not-in-catalog', 'not-acceptable'),
});

export const catalogRoutes = {
  listGpus: {
    operationId: 'listGpus',
    tags: ['catalog'],
    summary: 'The GPUs that a request may name',
    description: 'Each figure with its source. Figures that no source gives are absent, never guessed.',
    headers: conditional,
    response: list(CatalogGpus),
  },
  readGpu: {
    operationId: 'readGpu',
    tags: ['catalog'],
    summary: 'One GPU',
    params: named('GPU'),
    headers: conditional,
    response: entry(CatalogGpu),
  },
  listModels: {
    operationId: 'listModels',
    tags: ['catalog'],
    summary: 'The models that a request may name',
    headers: conditional,
    response: list(CatalogModels),
  },
  readModel: {
    operationId: 'readModel',
    tags: ['catalog'],
    summary: 'One model, layer by layer',
    params: named('model'),
    headers: conditional,
    response: entry(CatalogModelEntry),
  },
} as const satisfies Record<string, FastifySchema>;
