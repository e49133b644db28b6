/** The OpenAPI 3.1 document: generated from the routes and their schemas, with named components and the files of examples/. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import { requiredScope } from './auth/scopes.ts';
import { problemTypes } from './problem-types.ts';
import { packageVersion } from './version-route.ts';

/** Stands for `$id` while the document is built: the generator would resolve `$id` in its own way, with names of its own. */
const marker = 'x-component';

const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, or a JSON Web Token of the issuer that the service was started with.',
  },
  apiKey: { type: 'apiKey', name: 'x-api-key', in: 'header', description: 'An API key.' },
} as const;

export const openapiOptions: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Shardwell',
      version: packageVersion(),
      summary: 'Plans how to lay a large language model out over a GPU cluster, and proves its answer.',
      description:
        'Units stand last in a field’s name. Errors are `application/problem+json` (RFC 9457); their types are documented under [/docs/problems](/docs/problems).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This service.' }],
    components: { securitySchemes },
    security: [],
    tags: [
      { name: 'plans', description: 'Search for the best strategy, and what comes of it.' },
      { name: 'strategies', description: 'Cost or check a strategy of the caller’s.' },
      { name: 'catalog', description: 'GPUs and models by name, each figure with its source.' },
      { name: 'operations', description: 'Health, metrics and version.' },
    ],
  },
  convertConstToEnum: false,
  transform: ({ schema, url, route }) => ({
    schema: { ...marked(schema), ...securityOf({ url: route.url, method: [route.method].flat()[0] ?? '' }) },
    url,
  }),
  transformObject: (document) =>
    'openapiObject' in document ? finished(document.openapiObject) : document.swaggerObject,
};

type Json = unknown;
type JsonObject = Record<string, Json>;

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A deep copy with each `$id` renamed. A boundary: a schema is JSON, and comes out as the same JSON but for that name. */
function marked(schema: FastifySchema): FastifySchema {
  return JSON.parse(JSON.stringify(schema), (_, value) => {
    if (!isObject(value) || typeof value.$id !== 'string') return value;
    const { $id, ...rest } = value;
    return { ...rest, [marker]: $id };
  });
}

/** Either kind of credential with the scope, or none: whether any is asked for is the operator's to say. */
function securityOf(route: { readonly url: string; readonly method: string }): Pick<FastifySchema, 'security'> {
  const scope = requiredScope(route);
  return scope === undefined ? {} : { security: [{ bearer: [scope] }, { apiKey: [scope] }, {}] };
}

/** An operation as far as this file adds to it. */
interface Operation {
  readonly operationId: string;
  readonly responses: JsonObject;
  readonly requestBody: Json;
}

function finished<T extends object>(document: T): T {
  const named = withComponents(document);
  for (const { operationId, responses, requestBody } of operationsOf(named)) {
    // The HTTP parser and the router refuse requests before any route has seen them.
    responses['4XX'] ??= {
      description: `${refusals.map((slug) => `${slug}: ${problemTypes[slug].title}.`).join(' ')}`,
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
    if (!notLimited.includes(operationId)) {
      responses['429'] ??= {
        description: `rate-limited: ${problemTypes['rate-limited'].title}. Where the operator has set a limit.`,
        headers: limitHeaders,
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      };
    }
    const content =
      isObject(requestBody) && isObject(requestBody.content) ? requestBody.content['application/json'] : undefined;
    if (isObject(content)) content.examples = examplesOf(operationId);
  }
  return named;
}

/** Operations that are answered however often they are asked for (./rate-limit.ts). */
const notLimited: readonly string[] = ['readLiveness', 'readReadiness', 'readMetrics'];

const limitHeaders = Object.fromEntries(
  [
    ['retry-after', 'Seconds to wait.'],
    ['ratelimit-limit', 'Requests that a client may send in a minute.'],
    ['ratelimit-remaining', 'How many of them are left.'],
    ['ratelimit-reset', 'Seconds until all are there again.'],
  ].map(([name, description]) => [name, { schema: { type: 'string' }, description }]),
);

const refusals = ['malformed-http', 'request-timeout', 'headers-too-large'] as const;

function operationsOf(document: object): Operation[] {
  const paths = 'paths' in document && isObject(document.paths) ? Object.values(document.paths) : [];
  return paths
    .flatMap((path) => Object.values(isObject(path) ? path : {}))
    .flatMap((operation) => {
      if (!isObject(operation)) return [];
      const { operationId, responses, requestBody } = operation;
      return typeof operationId === 'string' && isObject(responses) ? [{ operationId, responses, requestBody }] : [];
    });
}

/** The reference request first: Swagger UI offers the first example. */
function examplesOf(operationId: string): JsonObject {
  const examples = readExamples(operationId).sort(
    (a, b) => Number(b.name === 'reference') - Number(a.name === 'reference'),
  );
  return Object.fromEntries(examples.map(({ name, value }) => [name, { value }]));
}

/** Moves every marked schema to components/schemas, and leaves a reference in its place. */
function withComponents<T extends object>(document: T): T {
  const schemas: JsonObject = {};
  const visit = (node: Json): Json => {
    if (Array.isArray(node)) return node.map(visit);
    if (!isObject(node)) return node;
    const { [marker]: name, ...rest } = node;
    const visited = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, visit(value)]));
    if (typeof name !== 'string') return visited;
    schemas[name] = visited;
    return { $ref: `#/components/schemas/${name}` };
  };
  const { paths, ...others } = Object.fromEntries(Object.entries(document));
  const visitedPaths = visit(paths);
  const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
  return Object.assign(document, others, { paths: visitedPaths, components: { schemas: sorted, securitySchemes } });
}

/** Folder of request examples of each operation. */
const exampleFolders: Readonly<Record<string, string>> = {
  createPlan: 'examples/',
  createEstimate: 'examples/estimates/',
  createVerification: 'examples/verifications/',
};

export interface Example {
  readonly name: string;
  readonly value: unknown;
}

/** The files of a folder of examples, by name. */
export function readExamples(operationId: string): Example[] {
  const folder = exampleFolders[operationId];
  if (folder === undefined) return [];
  const url = new URL(`../../${folder}`, import.meta.url);
  // An image may leave the examples out: the document then has none, and the service serves all the same.
  if (!existsSync(url)) return [];
  return readdirSync(url)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({
      name: name.replace(/\.json$/, ''),
      value: JSON.parse(readFileSync(new URL(name, url), 'utf8')),
    }));
}
