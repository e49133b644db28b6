/** A caller that goes away while its answer is made: work for nobody else is then given up. */
import type { FastifyReply } from 'fastify';
import { ProblemError } from './problem.ts';

/**
 * Fires when the connection closes before the answer is out. It is the response that tells: Node closes the request as soon as its
 * body is read, and Fastify's `request.signal` with it.
 */
export function departureOf({ raw }: FastifyReply): AbortSignal {
  const departure = new AbortController();
  const gone = () => departure.abort(new ProblemError('client-gone', 'The connection was closed before the answer.'));
  if (raw.destroyed) gone();
  else raw.once('close', gone);
  return departure.signal;
}
