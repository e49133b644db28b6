/** /openapi.json, Swagger UI under /docs, and the pages that problem types point to under /docs/problems. */
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { openapiOptions } from './openapi.ts';
import { pageHeaders } from './page-headers.ts';
import { ProblemError } from './problem.ts';
import { isProblemSlug, type ProblemSlug, problemSlugs, problemTypes } from './problem-types.ts';

const html = 'text/html; charset=utf-8';

/** Before any route that the document is to have. */
export async function registerOpenapi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, openapiOptions);
}

export async function registerDocs(
  app: FastifyInstance,
  { behindTls }: { readonly behindTls: boolean },
): Promise<void> {
  let document: Buffer | undefined;
  app.get('/openapi.json', { schema: { hide: true } }, async (_, reply) => {
    document ??= Buffer.from(JSON.stringify(app.swagger()));
    return reply.header('content-type', 'application/json; charset=utf-8').send(document);
  });

  // In a context of their own: the headers cost as much as a cached plan, and only a browser that shows a page heeds them.
  await app.register(async (pages) => {
    // Swagger UI styles itself inline, and brings its fonts within its styles.
    await pages.register(helmet, pageHeaders({ behindTls, styles: ["'unsafe-inline'"], fonts: ["'self'", 'data:'] }));
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      uiConfig: { tryItOutEnabled: true, displayRequestDuration: true, docExpansion: 'list' },
      theme: { title: 'Shardwell' },
    });
    registerProblemPages(pages);
  });
}

function registerProblemPages(app: FastifyInstance): void {
  app.get('/docs/problems', { schema: { hide: true } }, async (_, reply) =>
    reply.header('content-type', html).send(page('Problems', problemSlugs)),
  );
  app.get<{ Params: { slug: string } }>('/docs/problems/:slug', { schema: { hide: true } }, async (request, reply) => {
    const { slug } = request.params;
    if (!isProblemSlug(slug)) throw new ProblemError('not-found', 'There is no problem type of this name.');
    return reply.header('content-type', html).send(page(problemTypes[slug].title, [slug]));
  });
}

function page(title: string, slugs: readonly ProblemSlug[]): string {
  const sections = slugs.map((slug) => {
    const { status, title: name, meaning, remedy } = problemTypes[slug];
    return `<section id="${slug}"><h2><a href="/docs/problems/${slug}">${slug}</a></h2><p><strong>${status}</strong> ${escaped(name)}.</p><p>${marked(meaning)}</p><p>${marked(remedy)}</p></section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>${escaped(title)} · Shardwell</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem}code{background:#8882;padding:0 .2em}</style></head>
<body><p><a href="/docs">Shardwell</a> · <a href="/docs/problems">Problems</a></p>${sections.join('\n')}</body></html>`;
}

/** The table is written in Markdown of which it uses nothing but code spans. */
function marked(text: string): string {
  return escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
