/**
 * Who may do what, asked before a body is read. Without an authenticator this file is not called, and everybody may do everything.
 *
 *   Authorization: Bearer … | X-API-Key: …  ->  key or token  ->  client  ->  has it the scope of the route?
 *        none: 401                              bad: 401                       no: 403
 *                                               issuer's keys not to be had: 503
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../problem.ts';
import { keyIdOf } from './api-key.ts';
import type { AuthRecorder } from './auth-recorder.ts';
import type { KeyRing, Verdict } from './key-ring.ts';
import { type Client, requiredScope, type Scope } from './scopes.ts';
import type { TokenJudge } from './tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined where nobody is asked who they are. */
    client: Client | undefined;
  }
}

export interface Authenticator {
  judge(credential: string): Verdict | Promise<Verdict>;
}

/** Keys tell themselves by their shape, so the failing of one kind never touches the other. */
export function createAuthenticator({
  keys,
  tokens,
}: {
  readonly keys?: (() => KeyRing) | undefined;
  readonly tokens?: TokenJudge | undefined;
}): Authenticator {
  return {
    judge(credential) {
      if (keys && keyIdOf(credential) !== undefined) return keys().judge(credential, Date.now());
      // Header, claims and signature of a token in compact form. Anything else is not worth a parse.
      if (tokens && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(credential)) return tokens(credential);
      return { kind: 'refused', reason: 'unknown' };
    },
  };
}

export function registerAuth(
  app: FastifyInstance,
  { authenticator, recorder }: { readonly authenticator: Authenticator; readonly recorder: AuthRecorder },
): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const scope = requiredScope({ url: request.routeOptions.url ?? '', method: request.method });
    if (scope === undefined) return done();
    const admit = (verdict: Verdict): void => {
      const problem = admitted(request, { verdict, scope, recorder });
      done(problem);
    };
    const credential = credentialOf(request);
    if (credential === undefined) {
      recorder.refused('missing');
      return done(unauthenticated('missing'));
    }
    const verdict = authenticator.judge(credential);
    // A key is judged at once: a promise would cost more than the judgement.
    if ('kind' in verdict) admit(verdict);
    else verdict.then(admit, done);
  });
}

/** Sets the request's client, or says why there is none. */
function admitted(
  request: FastifyRequest,
  { verdict, scope, recorder }: { readonly verdict: Verdict; readonly scope: Scope; readonly recorder: AuthRecorder },
): ProblemError | undefined {
  if (verdict.kind === 'unavailable') {
    recorder.refused('unavailable');
    return new ProblemError('auth-unavailable', 'The keys that tokens are checked with cannot be had at present.', {
      headers: { 'retry-after': '5' },
    });
  }
  if (verdict.kind === 'refused') {
    recorder.refused(verdict.reason);
    return unauthenticated(verdict.reason);
  }
  request.client = verdict.client;
  if (verdict.client.scopes.has(scope)) return undefined;
  recorder.refused('scope');
  return new ProblemError('forbidden', `This needs the scope "${scope}", which the credential does not have.`, {
    headers: { 'www-authenticate': `${challenge}, error="insufficient_scope", scope="${scope}"` },
  });
}

const challenge = 'Bearer realm="shardwell"';

const details = {
  missing: 'This needs an API key or a token: send it as "Authorization: Bearer …" or "X-API-Key: …".',
  unknown: 'The credential is none that this service knows.',
  expired: 'The credential has expired.',
  invalid: 'The token is not valid here: its signature, algorithm, issuer, audience or times are not as they must be.',
} as const;

/** RFC 6750: `error` only where a credential was sent. */
function unauthenticated(reason: keyof typeof details): ProblemError {
  const told = reason === 'missing' ? challenge : `${challenge}, error="invalid_token"`;
  return new ProblemError('unauthenticated', details[reason], { headers: { 'www-authenticate': told } });
}

/** A proxy may use Authorization for a scheme of its own; X-API-Key counts then. */
function credentialOf({ headers }: FastifyRequest): string | undefined {
  const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const key = headers['x-api-key'];
  return bearer ?? (typeof key === 'string' && key !== '' ? key : undefined);
}
