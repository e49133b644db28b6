/** Problem details (RFC 9457): one way to make them, whatever went wrong and wherever. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from './ports.ts';
import { type ProblemSlug, problemTypes } from './problem-types.ts';
import type { Problem } from './schemas/problem.ts';

export const problemMediaType = 'application/problem+json';

/** Thrown by routes and hooks; what is in it is meant for the caller's eyes. */
export class ProblemError extends Error {
  readonly slug: ProblemSlug;
  readonly errors: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    slug: ProblemSlug,
    detail: string,
    { errors = [], headers = {} }: { errors?: readonly Fault[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.name = 'ProblemError';
    this.slug = slug;
    this.errors = errors;
    this.headers = headers;
  }
}

export function problemDocument(
  { slug, message, errors }: Pick<ProblemError, 'slug' | 'message' | 'errors'>,
  requestId: string,
): Problem {
  const { status, title } = problemTypes[slug];
  return {
    type: `/docs/problems/${slug}`,
    title,
    status,
    detail: message,
    instance: `urn:request:${requestId}`,
    ...(errors.length > 0 && {
      errors: errors.map(({ pointer, detail, allowed }) => ({
        pointer,
        detail,
        ...(allowed && { allowed: [...allowed] }),
      })),
    }),
  };
}

export function sendProblem(problem: ProblemError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  for (const [name, value] of Object.entries(problem.headers)) reply.header(name, value);
  return reply
    .code(problemTypes[problem.slug].status)
    .header('content-type', problemMediaType)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problemDocument(problem, request.id)));
}

/** Faults of a request, all at once, under one sentence that counts them. */
export function faultProblem(
  slug: 'invalid-request' | 'contradiction',
  { faults, total = faults.length }: { faults: readonly Fault[]; total?: number },
): ProblemError {
  const what = slug === 'contradiction' ? 'contradiction' : 'fault';
  const listed = total > faults.length ? `, of which the first ${faults.length} are listed` : '';
  return new ProblemError(slug, `The request has ${total === 1 ? `a ${what}` : `${total} ${what}s`}${listed}.`, {
    errors: faults,
  });
}

export function contradictions(faults: readonly Fault[]): ProblemError {
  return faultProblem('contradiction', { faults });
}

export function outOfTime(retryAfterS = 1): ProblemError {
  return new ProblemError('out-of-time', 'The deadline passed before any feasible strategy was found.', {
    headers: { 'retry-after': String(retryAfterS) },
  });
}
