/** The authenticator that the settings ask for; none where they ask for none. */
import type { FastifyBaseLogger } from 'fastify';
import type { AuthRecorder } from './auth-recorder.ts';
import { type Authenticator, createAuthenticator } from './authenticate.ts';
import { createTokenJudge, type TokenJudge } from './tokens.ts';
import { watchKeys } from './watched-keys.ts';

export interface AuthSettings {
  readonly authKeysFile: string | undefined;
  readonly authJwksUrl: string | undefined;
  readonly authIssuer: string | undefined;
  readonly authAudience: string | undefined;
}

interface Told {
  readonly log: FastifyBaseLogger;
  readonly recorder: AuthRecorder;
}

/** @throws where the file of keys cannot be used. */
export function openAuthenticator({
  config,
  ...told
}: Told & { readonly config: AuthSettings }): Authenticator | undefined {
  const { authKeysFile } = config;
  const tokens = openTokens(config, told);
  if (authKeysFile === undefined && !tokens) return undefined;
  const keys = authKeysFile === undefined ? undefined : watchKeys({ path: authKeysFile, ...told }).ring;
  return createAuthenticator({ keys, tokens });
}

function openTokens(
  { authJwksUrl, authIssuer, authAudience }: AuthSettings,
  { log, recorder }: Told,
): TokenJudge | undefined {
  if (authJwksUrl === undefined) return undefined;
  if (authIssuer === undefined || authAudience === undefined) throw new Error('tokens want an issuer and an audience');
  return createTokenJudge({
    jwksUrl: authJwksUrl,
    issuer: authIssuer,
    audience: authAudience,
    failed: (error) => {
      recorder.jwksFailed();
      log.warn({ err: error }, 'tokens: the key set of AUTH_JWKS_URL could not be fetched');
    },
  });
}
