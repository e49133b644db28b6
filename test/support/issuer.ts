/** An issuer of tokens on this machine: its keys, its JWKS over HTTP, and tokens of it, good and bad. */
import { createServer } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export const issuerName = 'https://issuer.test/';
export const audience = 'shardwell';

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export async function createSigningKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

type Claims = Readonly<Record<string, unknown>>;

/** Good for five minutes with the scopes plan and read; a claim given as undefined is left out. */
export function tokenOf(key: SigningKey, claims: Claims = {}, header: Claims = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const payload = { iss: issuerName, aud: audience, sub: 'scheduler', scope: 'plan read', exp: now + 300, ...claims };
  const { privateKey, alg, kid } = key;
  return new SignJWT(JSON.parse(JSON.stringify(payload))).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
}

export interface Issuer {
  readonly url: string;
  /** What is published from now on: keys, or an answer of another kind. */
  publish(answer: readonly SigningKey[] | { readonly status: number; readonly body: string } | 'silence'): void;
  readonly fetches: () => number;
  close(): Promise<void>;
}

export async function startIssuer(keys: readonly SigningKey[]): Promise<Issuer> {
  let answer: Parameters<Issuer['publish']>[0] = keys;
  let fetches = 0;
  const server = createServer((_, response) => {
    fetches += 1;
    if (answer === 'silence') return;
    const { status, body } =
      'body' in answer ? answer : { status: 200, body: JSON.stringify({ keys: answer.map(({ jwk }) => jwk) }) };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('not listening');
  return {
    url: `http://127.0.0.1:${address.port}/jwks`,
    publish: (next) => {
      answer = next;
    },
    fetches: () => fetches,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
