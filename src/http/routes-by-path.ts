/** Which methods a path takes, so that a wrong one is told 405 with Allow, and only a path without any 404. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from './problem.ts';

/** Listens to the routes as they are registered: call it before any is. */
export function refuseUnknownRoutes(app: FastifyInstance): void {
  const methodsByPattern = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();

  app.addHook('onRoute', ({ url, method }) => {
    // The route of preflights takes every path, and makes none of them one that there is.
    if (url === '*') return;
    const known = methodsByPattern.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const one of [method].flat()) known.methods.add(one);
    methodsByPattern.set(url, known);
  });

  const allowed = (path: string): string[] => {
    const found = [...methodsByPattern.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
  };

  const refuse = (request: FastifyRequest): never => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = allowed(path);
    // A route may itself find that it has nothing there, as the one of the static files does.
    if (methods.length === 0 || methods.includes(request.method))
      throw new ProblemError('not-found', `There is nothing at ${JSON.stringify(path.slice(0, 200))}.`);
    throw new ProblemError(
      'method-not-allowed',
      `${request.method} is not for this path, which takes ${methods.join(', ')}.`,
      {
        headers: { allow: methods.join(', ') },
      },
    );
  };

  // On arrival, before a body is read: a wrong path is a wrong path whatever was sent to it.
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.is404) refuse(request);
    done();
  });
  app.setNotFoundHandler(refuse);
}

function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+';
    return segment === '*' ? '.*' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^${segments.join('/')}$`);
}
