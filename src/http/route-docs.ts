/** What the OpenAPI document says of each route. Nothing here validates or serialises: the routes do that themselves. */
import type { FastifySchema } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { type ProblemSlug, problemTypes } from './problem-types.ts';
import { EstimateAnswer, FeasiblePlan, Plan, VerificationAnswer } from './schemas/answer.ts';
import { ArtifactList } from './schemas/artifacts.ts';
import { PlacementRow } from './schemas/placement.ts';
import { PlacementPage, PlacementQuery } from './schemas/placement-page.ts';
import { PlanningStatus } from './schemas/plan-status.ts';
import { Problem } from './schemas/problem.ts';
import { EstimateRequest, PlanRequest, VerificationRequest } from './schemas/request.ts';
import { FeasibleServingPlan } from './schemas/serving-answer.ts';

type Headers = Readonly<Record<string, { readonly type: 'string'; readonly description: string }>>;

export const header = (description: string) => ({ type: 'string', description }) as const;

const planHeaders: Headers = {
  etag: header('The plan’s id, quoted.'),
  'cache-status': header('Whether the plan was known (RFC 9211): `hit` and the tier, or `fwd` and why not.'),
};
const preferHeader = Type.Object({
  prefer: Type.Optional(
    Type.String({
      description:
        '`respond-async` (RFC 7240): answer 202 rather than keep the caller waiting; with `wait=N`, after N seconds.',
    }),
  ),
});

const madeHeaders: Headers = {
  ...planHeaders,
  'content-location': header('Where the plan can be had again.'),
  'server-timing': header('Milliseconds of search, verification and the whole.'),
};

function body(schema: TSchema) {
  return { content: { 'application/json': { schema } } };
}

export function answer(description: string, types: Readonly<Record<string, TSchema>>, headers: Headers = {}) {
  return {
    description,
    headers: { 'x-request-id': header('The request’s id, as in the log.'), ...headers },
    content: Object.fromEntries(Object.entries(types).map(([type, schema]) => [type, { schema }])),
  };
}

/** Of every operation that is not open to all, where the service was started with keys. */
const accessProblems = ['unauthenticated', 'forbidden', 'auth-unavailable'] as const;

const asked: Headers = { 'www-authenticate': header('What is asked for (RFC 6750).') };
const refusalHeaders: Readonly<Record<number, Headers>> = {
  401: asked,
  403: asked,
  503: { 'retry-after': header('Seconds to wait.') },
};

/** One response a status, with the problems that have it. */
export function problems(...slugs: readonly ProblemSlug[]) {
  return openProblems(...slugs, ...accessProblems);
}

/** The same of an operation that is open to all. */
export function openProblems(...slugs: readonly ProblemSlug[]) {
  const byStatus = new Map<number, string[]>();
  for (const slug of [...slugs, 'internal'] as const) {
    const { status, title } = problemTypes[slug];
    byStatus.set(status, [...(byStatus.get(status) ?? []), `${slug}: ${title}.`]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, lines]) => [
      status,
      answer(lines.join(' '), { 'application/problem+json': Problem }, refusalHeaders[status] ?? {}),
    ]),
  );
}

const bodyProblems = [
  'malformed-http',
  'invalid-json',
  'invalid-request',
  'contradiction',
  'not-acceptable',
  'request-timeout',
  'body-too-large',
  'unsupported-media-type',
  'overloaded',
  'out-of-memory',
  'out-of-time',
] as const;

export const planParams = Type.Object({ id: Type.String({ description: 'The plan’s id, 64 hexadecimal digits.' }) });

export const planRoutes = {
  create: {
    operationId: 'createPlan',
    tags: ['plans'],
    summary: 'Find, verify and store the best plan',
    description:
      'Equal requests have equal ids and are planned once. An infeasible request is answered with a result too: what came nearest, and what would make it fit.',
    headers: preferHeader,
    body: body(PlanRequest),
    response: {
      200: answer('The plan was known, or the request is infeasible.', { 'application/json': Plan }, madeHeaders),
      201: answer(
        'The plan was made.',
        { 'application/json': Type.Union([FeasiblePlan, FeasibleServingPlan]) },
        { ...madeHeaders, location: header('Where the plan is.') },
      ),
      202: answer(
        'The plan is being made; `Prefer: respond-async` asked not to wait for it.',
        { 'application/json': PlanningStatus },
        {
          'preference-applied': header('`respond-async`, and `wait` where it was asked for.'),
          location: header('Where to ask how far it is.'),
          'retry-after': header('Seconds until it is worth asking.'),
        },
      ),
      ...problems(...bodyProblems),
    },
  },
  read: {
    operationId: 'readPlan',
    tags: ['plans'],
    summary: 'A stored plan',
    params: planParams,
    headers: Type.Object({
      'if-none-match': Type.Optional(Type.String({ description: 'The ETag of what the caller has.' })),
    }),
    response: {
      200: answer(
        'The plan.',
        { 'application/json': Plan },
        { ...planHeaders, 'cache-control': header('How long it may be kept.') },
      ),
      304: { description: 'The caller has it already.', type: 'null', headers: planHeaders },
      ...problems('plan-not-found', 'not-acceptable'),
    },
  },
} as const satisfies Record<string, FastifySchema>;

export const placementRoutes = {
  read: {
    operationId: 'readPlacement',
    tags: ['plans'],
    summary: 'Rank by rank: GPU, node, groups, layers and experts',
    description: 'JSON in pages, or the whole as one JSON object a line with `Accept: application/x-ndjson`.',
    params: planParams,
    querystring: PlacementQuery,
    response: {
      200: answer(
        'Ranks of the plan.',
        { 'application/json': PlacementPage, 'application/x-ndjson': PlacementRow },
        {
          link: header('The next page, with rel="next", where there is one (RFC 8288).'),
        },
      ),
      ...problems('invalid-request', 'plan-not-found', 'plan-infeasible', 'not-acceptable'),
    },
  },
} as const satisfies Record<string, FastifySchema>;

export const reportRoutes = {
  read: {
    operationId: 'readReport',
    tags: ['plans'],
    summary: 'The plan, or why there is none, as a page',
    description:
      'One HTML page that needs nothing else: what to run and to expect, where memory and time go, the map of the cluster, what else could be had, checks and assumptions. No script, no foreign request; it may be saved and printed.',
    params: planParams,
    headers: Type.Object({
      'if-none-match': Type.Optional(Type.String({ description: 'The ETag of what the caller has.' })),
    }),
    response: {
      200: answer(
        'The page.',
        { 'text/html': Type.String({ description: 'The page.' }) },
        {
          etag: header('Hash of the page.'),
          'content-security-policy': header('Forbids scripts, and all requests.'),
          'cache-control': header('That it is to be asked for again, with the ETag.'),
        },
      ),
      304: { description: 'The caller has it already.', type: 'null', headers: { etag: header('Hash of the page.') } },
      ...problems('plan-not-found', 'not-acceptable'),
    },
  },
} as const satisfies Record<string, FastifySchema>;

const file = Type.String({ description: 'The file.' });

export const artifactRoutes = {
  list: {
    operationId: 'listArtifacts',
    tags: ['plans'],
    summary: 'The files that a plan is turned into',
    params: planParams,
    response: {
      200: answer('The files.', { 'application/json': ArtifactList }),
      ...problems('plan-not-found', 'plan-infeasible', 'not-acceptable'),
    },
  },
  zip: {
    operationId: 'readArchive',
    tags: ['plans'],
    summary: 'All files in one archive',
    description: 'Equal bytes for equal plans. Scripts are executable where they are unpacked.',
    params: planParams,
    headers: Type.Object({
      'if-none-match': Type.Optional(Type.String({ description: 'The ETag of what the caller has.' })),
    }),
    response: {
      200: answer(
        'The archive.',
        { 'application/zip': Type.String({ description: 'The archive.' }) },
        { etag: header('A hash of the archive.'), 'content-disposition': header('The archive’s name.') },
      ),
      304: {
        description: 'The caller has it already.',
        type: 'null',
        headers: { etag: header('A hash of the archive.') },
      },
      ...problems('plan-not-found', 'plan-infeasible', 'not-acceptable'),
    },
  },
  read: {
    operationId: 'readArtifact',
    tags: ['plans'],
    summary: 'One file',
    params: Type.Object({ ...planParams.properties, name: Type.String({ description: 'The file’s name.' }) }),
    response: {
      200: answer(
        'The file, in its own media type.',
        {
          'application/json': Type.Unknown(),
          'application/yaml': file,
          'text/markdown': file,
          'text/x-python': file,
          'text/x-shellscript': file,
        },
        { 'content-disposition': header('The file’s name.') },
      ),
      ...problems('plan-not-found', 'plan-infeasible', 'artifact-not-found'),
    },
  },
} as const satisfies Record<string, FastifySchema>;

export const strategyRoutes = {
  estimate: {
    operationId: 'createEstimate',
    tags: ['strategies'],
    summary: 'What one given strategy would cost',
    description: 'No search, and nothing is stored. A strategy that does not fit is answered with why.',
    body: body(EstimateRequest),
    response: {
      200: answer('The estimate.', { 'application/json': EstimateAnswer }),
      ...problems(...bodyProblems),
    },
  },
  verify: {
    operationId: 'createVerification',
    tags: ['strategies'],
    summary: 'Check a given strategy, and figures that are claimed of it',
    description:
      'The verifier derives every figure from the specs by its own formulas. `optimal` is never its verdict here: nothing is searched.',
    body: body(VerificationRequest),
    response: {
      200: answer('What was checked.', { 'application/json': VerificationAnswer }),
      ...problems(...bodyProblems),
    },
  },
} as const satisfies Record<string, FastifySchema>;
