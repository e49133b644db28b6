/** Settings of who may call, from where, and over what. */
import { flag, list, optionalPath, type Setting, text, url } from './config-settings.ts';

export const accessSettings = {
  authKeysFile: optionalPath('AUTH_KEYS_FILE', {
    says: 'File of API keys ([authentication.md](authentication.md)), read again as it changes. With neither it nor `AUTH_JWKS_URL` everybody is answered',
  }),
  authJwksUrl: url('AUTH_JWKS_URL', {
    protocols: ['https:', 'http:'],
    says: 'Where the issuer of tokens publishes its keys; `http:` on this machine only',
  }),
  authIssuer: text('AUTH_ISSUER', {
    pattern: /^\S{1,500}$/,
    expected: 'a text without blanks',
    says: 'The `iss` that a token must have; wanted with `AUTH_JWKS_URL`',
  }),
  authAudience: text('AUTH_AUDIENCE', {
    pattern: /^\S{1,500}$/,
    expected: 'a text without blanks',
    says: 'The `aud` that a token must have; wanted with `AUTH_JWKS_URL`',
  }),
  corsOrigins: list('CORS_ORIGINS', {
    // A star would let every page that anybody in the network opens use the service.
    each: { pattern: /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/, words: 'origins such as `https://tools.example`' },
    says: 'Pages of these origins may call from a browser; none: of no other origin',
  }),
  behindTls: flag('BEHIND_TLS', {
    otherwise: false,
    says: 'Whether browsers reach the service by HTTPS only, through a proxy: the pages then say so (HSTS)',
  }),
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

/** What is wrong with settings that are right one by one. */
export function accessFaults({
  authJwksUrl,
  authIssuer,
  authAudience,
}: {
  readonly authJwksUrl: string | undefined;
  readonly authIssuer: string | undefined;
  readonly authAudience: string | undefined;
}): string[] {
  const given = { AUTH_ISSUER: authIssuer, AUTH_AUDIENCE: authAudience };
  if (authJwksUrl === undefined) {
    const alone = Object.entries(given).filter(([, value]) => value !== undefined);
    return alone.map(([name]) => `${name}: has no effect without AUTH_JWKS_URL`);
  }
  const faults = Object.entries(given)
    .filter(([, value]) => value === undefined)
    .map(([name]) => `${name}: is wanted with AUTH_JWKS_URL, or tokens made for others would do here`);
  const { protocol, hostname, username, password } = new URL(authJwksUrl);
  // It is published to all, and fetch() takes no such URL.
  if (username !== '' || password !== '') faults.push('AUTH_JWKS_URL: must not hold a user or a password');
  // Whoever sits between could answer with keys of their own, and sign what they like.
  if (protocol === 'http:' && !isLoopback(hostname)) faults.push('AUTH_JWKS_URL: must be https, but on this machine');
  return faults;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
