/** GET /plans/{id}/report: a plan, or why there is none, as a page of its own. */
import { hash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import { etagOf, matches } from './conditional.ts';
import { negotiate } from './negotiate.ts';
import { reportStyle } from './page-headers.ts';
import { findPlan } from './plans-route.ts';
import type { PlanStore, StoredPlan } from './ports.ts';
import { ProblemError } from './problem.ts';
import { renderReport } from './render-report.ts';
import { reportRoutes } from './route-docs.ts';

interface Page {
  readonly etag: string;
  readonly bytes: Buffer;
}

/** Pages that are asked for again and again, as by a browser that revalidates. A usual one has 100 KB. */
const CACHE_BYTES = 16 * 2 ** 20;

/** No script runs, nothing is fetched, nobody frames it, and the only style is the page's own. */
const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${reportStyle}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  // A later release may say the same plan better: whoever has the page asks whether it is still that one.
  'cache-control': 'private, no-cache',
} as const;

interface Serving {
  readonly store: PlanStore;
  /** Whether browsers come by HTTPS only: they are then told to stay with it, as on the other pages. */
  readonly behindTls: boolean;
}

export function registerReport(app: FastifyInstance, { store, behindTls }: Serving): void {
  const headers = { ...pageHeaders, ...(behindTls && { 'strict-transport-security': 'max-age=31536000' }) };
  const pages = new LRUCache<string, Page>({ maxSize: CACHE_BYTES, sizeCalculation: ({ bytes }) => bytes.length });

  const pageOf = (plan: StoredPlan): Page => {
    const key = etagOf(plan);
    const known = pages.get(key);
    if (known) return known;
    const bytes = Buffer.from(renderReport(plan));
    const page = { etag: `"${hash('sha256', bytes, 'hex').slice(0, 32)}"`, bytes };
    pages.set(key, page);
    return page;
  };

  app.get<{ Params: { id: string } }>('/plans/:id/report', { schema: reportRoutes.read }, async (request, reply) => {
    if (negotiate(request.headers.accept, ['text/html']) === undefined)
      throw new ProblemError('not-acceptable', 'A report is to be had as text/html.');
    const { plan } = await findPlan(store, request.params.id);
    const { etag, bytes } = pageOf(plan);
    reply.headers({ ...headers, etag });
    if (matches(request.headers['if-none-match'], etag)) return reply.code(304).removeHeader('content-type').send();
    return reply.send(bytes);
  });
}
