/** Turns whatever a request ran into, thrown here or inside Fastify or Node's HTTP parser, into problem details. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OverloadedError } from './planning-queue.ts';
import { ProblemError, problemDocument, problemMediaType, sendProblem } from './problem.ts';
import { type ProblemSlug, problemTypes } from './problem-types.ts';

export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error);
  // A 5xx says nothing of itself to the caller, so the log must say all.
  if (problem.slug === 'internal') request.log.error({ err: error }, 'request failed');
  if (problem.slug === 'client-gone') request.log.info({ ms: Math.round(reply.elapsedTime) }, 'the caller has gone');
  return sendProblem(problem, request, reply);
}

/** Fastify's own errors by their code. */
const fastifyProblems: Readonly<Record<string, readonly [ProblemSlug, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body-too-large', 'The body is larger than this service reads.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'Send the body as application/json.'],
  FST_ERR_CTP_EMPTY_TYPE: ['unsupported-media-type', 'Send the body as application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed-http', 'The body is not as long as Content-Length says.'],
  FST_ERR_BAD_URL: [
    'malformed-http',
    'The path is not a valid URL path: look for a % that begins no percent-encoding.',
  ],
  FST_ERR_MAX_PARAM_LENGTH: ['not-found', 'There is nothing at a path this long.'],
  FST_ERR_ASYNC_CONSTRAINT: ['malformed-http', 'The request could not be routed.'],
};

export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const { code, statusCode, retryAfterS } = fieldsOf(error);
  const known = fastifyProblems[code];
  if (known) return new ProblemError(known[0], known[1]);
  if (code === 'OVERLOADED') {
    const detail = error instanceof OverloadedError ? error.message : 'Every planner is busy and the queue is full.';
    return new ProblemError('overloaded', detail, {
      headers: { 'retry-after': String(retryAfterS) },
    });
  }
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new ProblemError('out-of-memory', 'The search for a plan outgrew the memory that a planner may take.', {
      headers: { 'retry-after': '60' },
    });
  }
  // Anything else of 4xx comes from reading the request (an aborted body, say); its own words may hold internals.
  if (statusCode >= 400 && statusCode < 500)
    return new ProblemError('malformed-http', 'The request could not be read.');
  return new ProblemError('internal', 'Something in the service failed; the log has it under this request id.');
}

function fieldsOf(error: unknown): { code: string; statusCode: number; retryAfterS: number } {
  if (typeof error !== 'object' || error === null) return { code: '', statusCode: 500, retryAfterS: 1 };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const statusCode = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  const retryAfterS = 'retryAfterS' in error && typeof error.retryAfterS === 'number' ? error.retryAfterS : 1;
  return { code, statusCode, retryAfterS };
}

/** What Node's parser refuses never becomes a request: the answer is written to the socket by hand. */
export function handleClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const slug = clientProblems[error.code ?? ''] ?? 'malformed-http';
  const { status, title } = problemTypes[slug];
  const body = JSON.stringify(problemDocument({ slug, message: `${title}.`, errors: [] }, crypto.randomUUID()));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${problemMediaType}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const clientProblems: Readonly<Record<string, ProblemSlug>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
};
