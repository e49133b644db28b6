/** What a caller may do, and which of it a route asks for. */

export const scopes = ['plan', 'read', 'metrics'] as const;
export type Scope = (typeof scopes)[number];

export function isScope(word: unknown): word is Scope {
  return scopes.some((scope) => scope === word);
}

/** Who a request comes from, once that is proved. */
export interface Client {
  /** Fit for a log line: `key:ci` of an API key, `jwt:…` of a token's subject, so that neither can pass for the other. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
}

/**
 * Health is asked for by kubelets and balancers, which hold no key, and tells nothing but whether to send requests. The documentation
 * and the page to try the service with are the same for every installation and published with the code: hiding them would protect
 * nothing, and a browser that opens a page sends no key.
 */
const open = /^\/($|page\/|health\/|docs(\/|$)|openapi\.json$)/;

/** The scope that a route wants; none of those that are open. A route that nobody thought of here is not open. */
export function requiredScope({ url, method }: { readonly url: string; readonly method: string }): Scope | undefined {
  if (open.test(url)) return undefined;
  if (url === '/metrics') return 'metrics';
  return method === 'GET' || method === 'HEAD' ? 'read' : 'plan';
}
