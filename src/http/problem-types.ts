/**
 * Every kind of problem that the service answers with (RFC 9457). The slug is for programs and never changes: `type` is
 * /docs/problems/<slug>, which is served from this table. docs/problems.md is made from it too, and a test compares them.
 */

export interface ProblemType {
  readonly status: number;
  readonly title: string;
  /** What it means. */
  readonly meaning: string;
  /** What the caller can do about it. */
  readonly remedy: string;
}

export const problemTypes = {
  'malformed-http': {
    status: 400,
    title: 'The request is not well-formed HTTP',
    meaning: 'The request line, its path, a header or the length of its body could not be read.',
    remedy: 'Send it with an ordinary HTTP client, and percent-encode the path.',
  },
  'invalid-json': {
    status: 400,
    title: 'The body is not JSON',
    meaning:
      'The body is empty, is not UTF-8, or stops being JSON somewhere. NaN and Infinity are not JSON, though some programs write them.',
    remedy: '`detail` has the line and column and what is wrong there.',
  },
  'invalid-request': {
    status: 400,
    title: 'The request does not have the shape it must have',
    meaning:
      'The body is JSON, but keys are missing, unknown, or of the wrong type or range; or a query parameter is. A name that the catalog does not know, and a config.json that describes no model, are such faults too.',
    remedy:
      '`errors` has every fault, each with a JSON pointer to it. At most 100 are listed; `detail` says how many there are.',
  },
  unauthenticated: {
    status: 401,
    title: 'The request does not prove who sends it',
    meaning:
      'The service was started with keys or with an issuer of tokens, and the request has no credential, or one that is unknown, expired or not valid here.',
    remedy:
      'Send an API key or a token as `Authorization: Bearer …`, or a key as `X-API-Key: …`; docs/authentication.md says how keys are made.',
  },
  forbidden: {
    status: 403,
    title: 'The credential is not for this',
    meaning: 'The credential is good, and lacks the scope that the operation wants: `plan`, `read` or `metrics`.',
    remedy: '`detail` and the header `WWW-Authenticate` name the scope. Ask for a credential that has it.',
  },
  contradiction: {
    status: 422,
    title: 'Parts of the request contradict each other',
    meaning:
      'Each part is right, and no hardware could satisfy them together: a pinned tp of 2 with 7 heads, a strategy of more GPUs than there are. Or the catalog lacks a figure of a GPU that planning needs, and the request does not give it.',
    remedy:
      '`errors` has every contradiction. What merely does not fit in memory is an infeasible plan, not a problem.',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing at this path',
    meaning: 'No route has this path.',
    remedy: 'GET /openapi.json lists the paths; GET /docs shows them.',
  },
  'plan-not-found': {
    status: 404,
    title: 'There is no plan of this id',
    meaning: 'The plan was never made here, was made by another version of the planner, or has been evicted since.',
    remedy: 'POST its request to /plans again: equal requests have equal ids.',
  },
  'plan-infeasible': {
    status: 404,
    title: 'An infeasible plan has none of this',
    meaning:
      'Nothing satisfies the request of this plan, so there is no strategy to place ranks for or to write files from.',
    remedy: 'GET the plan itself: `nearest` and `remedies` say what would make it feasible.',
  },
  'artifact-not-found': {
    status: 404,
    title: 'The plan has no file of this name',
    meaning: 'The plan exists, and has files, but none of this name.',
    remedy: '`errors` lists the names; GET /plans/{id}/artifacts describes them.',
  },
  'not-in-catalog': {
    status: 404,
    title: 'The catalog has nothing of this name',
    meaning: 'No GPU or no model of the catalog has this name, in any spelling that it knows.',
    remedy:
      '`detail` has the names that are like it; GET /gpus and GET /models list all. A request can give what is not listed as an object.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This path does not take this method',
    meaning: 'The path exists and takes other methods.',
    remedy: 'The header `Allow` lists them.',
  },
  'not-acceptable': {
    status: 406,
    title: 'The answer cannot be had in a media type that the request accepts',
    meaning: 'The header `Accept` names none of the media types that this resource has.',
    remedy: '`detail` lists the media types. Leave `Accept` out to get the usual one.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request did not arrive in time',
    meaning: 'The connection stayed open, and the request on it was not complete within the time limit.',
    remedy: 'Send it again.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body is larger than the limit, which is 1 MiB unless the service was started with another.',
    remedy: 'Planning requests take a few KiB; look for what fills this one.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body has a media type that is not read here',
    meaning: 'Bodies are read as application/json only, in no content coding.',
    remedy: 'Send `Content-Type: application/json`, uncompressed.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    meaning: 'The request line and the headers together exceed 16 KiB.',
    remedy: 'Send fewer or shorter headers.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests of one client',
    meaning:
      'The operator of the service limits how many requests a client may send in a minute, and this client has sent them. `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` are on every answer where there is a limit.',
    remedy: 'Try again after the seconds in `Retry-After`.',
  },
  'client-gone': {
    status: 499,
    title: 'The caller closed the connection before the answer',
    meaning:
      'The work for it was given up, unless others wait for the same. Nobody is there to be told: the status is in the metrics.',
    remedy:
      'Keep the connection open for as long as a plan may take, PLAN_TIMEOUT_MS; a request sent again begins anew.',
  },
  internal: {
    status: 500,
    title: 'The service failed',
    meaning:
      'A fault of the service, not of the request. Its details are in the log, under the request id of `instance`.',
    remedy: 'Report it with that id.',
  },
  overloaded: {
    status: 503,
    title: 'Too many plans are being made',
    meaning:
      'Every planner is busy, and the queue is full or so long that a deadline would pass before its turn came; or the service is about to stop.',
    remedy: 'Try again after the seconds in `Retry-After`.',
  },
  'too-many-listeners': {
    status: 503,
    title: 'Too many callers listen for events',
    meaning: 'As many callers as the service allows, EVENT_LISTENERS, have the events of a plan open.',
    remedy: 'Ask GET /plans/{id}/status now and then instead, or listen again after the seconds in `Retry-After`.',
  },
  'auth-unavailable': {
    status: 503,
    title: 'Tokens cannot be checked at present',
    meaning:
      'The issuer’s keys could not be fetched, so no token can be told from a forged one. API keys are answered as ever.',
    remedy: 'Try again after the seconds in `Retry-After`; the operator should look at the issuer.',
  },
  'not-ready': {
    status: 503,
    title: 'The service is not ready',
    meaning: 'It is starting its planning threads, or stopping.',
    remedy: 'Send requests elsewhere until `/health/ready` answers 200.',
  },
  'out-of-memory': {
    status: 503,
    title: 'The search for a plan outgrew its memory',
    meaning: 'The space of strategies of a very large cluster or batch did not fit in the memory of one planner.',
    remedy: 'Bound the search by `constraints`, or raise PLANNER_MEMORY_MIB of the service.',
  },
  'out-of-time': {
    status: 503,
    title: 'No plan was found in the time allowed',
    meaning: 'The deadline of a plan passed before any feasible strategy was found, and before all were ruled out.',
    remedy:
      'Try again after the seconds in `Retry-After`, bound the search by `constraints`, or raise PLAN_TIMEOUT_MS of the service.',
  },
} as const satisfies Record<string, ProblemType>;

export type ProblemSlug = keyof typeof problemTypes;

export const problemSlugs: readonly ProblemSlug[] = Object.keys(problemTypes).filter(isProblemSlug);

export function isProblemSlug(word: string): word is ProblemSlug {
  return Object.hasOwn(problemTypes, word);
}

/** docs/problems.md, whole. */
export function problemsMarkdown(): string {
  const sections = problemSlugs.map((slug) => {
    const { status, title, meaning, remedy } = problemTypes[slug];
    return `## ${slug}\n\n**${status}** ${title}.\n\n${meaning}\n\n${remedy}\n`;
  });
  return `<!-- Made by \`npm run openapi\` from src/http/problem-types.ts. -->

# Problems

Every answer of status 400 and above is \`application/problem+json\` (RFC 9457): \`type\` is the path of one of the sections below
under /docs/problems, \`instance\` has the request id that the header \`x-request-id\` and the log have, and \`errors\`, where there
is one, lists faults as \`{ "pointer", "detail", "allowed"? }\`.

${sections.join('\n')}`;
}
