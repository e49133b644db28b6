/** Cross-origin calls from browsers: of the origins that the operator names, and of no other. */
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** Register it before anything that may refuse a request. Without origins it does nothing. */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST'],
    allowedHeaders: ['authorization', 'x-api-key', 'content-type', 'accept', 'if-none-match', 'prefer', 'x-request-id'],
    exposedHeaders: [
      'etag',
      'location',
      'content-location',
      'cache-status',
      'server-timing',
      'link',
      'retry-after',
      'www-authenticate',
      'x-request-id',
    ],
    // Nothing here is known by a cookie: a page must hold the key itself.
    credentials: false,
    maxAge: 600,
    // Other OPTIONS are told which methods a path takes, as they are without CORS.
    strictPreflight: false,
  });
}
