/**
 * JSON Web Tokens of an issuer whose public keys are fetched from its JWKS (RFC 7519, RFC 7517, and RFC 8725 for what to insist on):
 * asymmetric algorithms only, so that a public key never passes for a shared secret, and issuer, audience, subject and expiry always.
 */
import { hash } from 'node:crypto';
import { createRemoteJWKSet, customFetch, errors, type FetchImplementation, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Verdict } from './key-ring.ts';
import { type Client, isScope } from './scopes.ts';

const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Clocks of machines that keep time differ by seconds. */
const clockToleranceSeconds = 30;

/** A token that proved good is not proved again for so long. Withdrawing a key of the issuer takes that much longer to be felt. */
const rememberedMs = 60_000;
const remembered = 1_000;

export interface TokenSettings {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** How long fetched keys serve; after that, tokens are refused until they can be fetched again. */
  readonly keysServeMs?: number;
  /** How long after a fetch a token of an unknown key makes no other fetch. */
  readonly cooldownMs?: number;
  /** How long after a failed fetch none is tried: a dead issuer must not hold every request for the time limit of a fetch. */
  readonly retryMs?: number;
  readonly fetchTimeoutMs?: number;
  readonly failed: (error: unknown) => void;
}

export type TokenJudge = (token: string) => Promise<Verdict> | Verdict;

export function createTokenJudge({
  jwksUrl,
  issuer,
  audience,
  keysServeMs = 600_000,
  cooldownMs = 30_000,
  retryMs = 5_000,
  fetchTimeoutMs = 2_000,
  failed,
}: TokenSettings): TokenJudge {
  const jwks = createRemoteJWKSet(new URL(jwksUrl), {
    cacheMaxAge: keysServeMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: fetchTimeoutMs,
    [customFetch]: restingFetch({ retryMs, failed }),
  });
  const good = new LRUCache<string, Client>({ max: remembered });

  return (token) => {
    // By digest: a dump of the memory, or of this cache, then holds no token.
    const digest = hash('sha256', token, 'base64');
    const client = good.get(digest);
    return client ? { kind: 'client', client } : prove(token, digest);
  };

  async function prove(token: string, digest: string): Promise<Verdict> {
    try {
      const { payload } = await jwtVerify(token, jwks, {
        algorithms,
        issuer,
        audience,
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['exp', 'sub'],
      });
      const client = clientOf(payload);
      const leftMs = ((payload.exp ?? 0) + clockToleranceSeconds) * 1000 - Date.now();
      if (leftMs >= 1) good.set(digest, client, { ttl: Math.floor(Math.min(rememberedMs, leftMs)) });
      return { kind: 'client', client };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { kind: 'refused', reason: 'expired' };
      return isOfTheToken(error) ? { kind: 'refused', reason: 'invalid' } : { kind: 'unavailable' };
    }
  }
}

/** What is not the token's fault is the issuer's: no answer, no 200, no JSON, no key set. Only then is the caller told to try again. */
function isOfTheToken(error: unknown): boolean {
  const ofTheIssuer = ['ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID', 'ERR_JWKS_TIMEOUT'];
  return error instanceof errors.JOSEError && !ofTheIssuer.includes(error.code);
}

function restingFetch({
  retryMs,
  failed,
}: {
  readonly retryMs: number;
  readonly failed: (error: unknown) => void;
}): FetchImplementation {
  let restUntil = 0;
  return async (url, options) => {
    if (performance.now() < restUntil) throw new Error('the key set could not be fetched a moment ago');
    try {
      const response = await fetch(url, options);
      if (response.status !== 200) throw new Error(`the key set came with status ${response.status}`);
      return response;
    } catch (error) {
      restUntil = performance.now() + retryMs;
      failed(error);
      throw error;
    }
  };
}

/** `scope` is one text (RFC 8693, RFC 9068); some issuers write `scp`, as a text or a list. Words that are no scope here are none. */
function clientOf({ sub = '', scope, scp }: JWTPayload): Client {
  const words = [scope, scp].flatMap((claim) => (typeof claim === 'string' ? claim.split(' ') : claim)).filter(isScope);
  return { name: `jwt:${sub.slice(0, 100)}`, scopes: new Set(words) };
}
