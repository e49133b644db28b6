import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, shownConfig } from './config.ts';
import { isLoopback } from './config-access.ts';

const tokens = {
  AUTH_JWKS_URL: 'https://issuer.example/jwks',
  AUTH_ISSUER: 'https://issuer.example/',
  AUTH_AUDIENCE: 'shardwell',
};

function faultsOf(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.join('\n');
    throw error;
  }
  return '';
}

describe('settings of access', () => {
  it('are off, each of them', () => {
    expect(readConfig({})).toMatchObject({
      authKeysFile: undefined,
      authJwksUrl: undefined,
      corsOrigins: [],
      behindTls: false,
    });
  });

  it('are read', () => {
    const env = {
      ...tokens,
      AUTH_KEYS_FILE: '/keys',
      CORS_ORIGINS: 'https://a.example, http://b:3000',
      BEHIND_TLS: 'true',
    };
    expect(readConfig(env)).toMatchObject({
      authKeysFile: '/keys',
      authIssuer: 'https://issuer.example/',
      corsOrigins: ['https://a.example', 'http://b:3000'],
      behindTls: true,
    });
    expect(shownConfig(readConfig(env))).toMatchObject({
      AUTH_JWKS_URL: tokens.AUTH_JWKS_URL,
      AUTH_KEYS_FILE: '/keys',
    });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['tokens of any issuer', { ...tokens, AUTH_ISSUER: '' }, /^AUTH_ISSUER: is wanted/],
    ['tokens for any audience', { ...tokens, AUTH_AUDIENCE: '' }, /^AUTH_AUDIENCE: is wanted/],
    ['an issuer without keys', { AUTH_ISSUER: 'https://issuer.example/' }, /^AUTH_ISSUER: has no effect/],
    ['keys of the issuer over plain HTTP', { ...tokens, AUTH_JWKS_URL: 'http://issuer.example/jwks' }, /must be https/],
    ['a password in it', { ...tokens, AUTH_JWKS_URL: 'https://me:hunter2@issuer.example/' }, /must not hold a user/],
    [
      'a file for keys of the issuer',
      { ...tokens, AUTH_JWKS_URL: 'file:///etc/jwks' },
      /^AUTH_JWKS_URL: the value is not a URL/,
    ],
    ['every origin', { CORS_ORIGINS: '*' }, /^CORS_ORIGINS/],
    ['an origin with a path', { CORS_ORIGINS: 'https://a.example/' }, /^CORS_ORIGINS/],
    ['an origin of files', { CORS_ORIGINS: 'null' }, /^CORS_ORIGINS/],
  ])('are not %s', (_, env, fault) => {
    expect(faultsOf(env)).toMatch(fault);
    expect(faultsOf(env)).not.toContain('hunter2');
  });

  it('take plain HTTP on this machine', () => {
    for (const host of ['127.0.0.1:8080', 'localhost', '[::1]:1'])
      expect(faultsOf({ ...tokens, AUTH_JWKS_URL: `http://${host}/jwks` })).toBe('');
    expect(['127.0.0.2', '::1', 'localhost'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'localhost.example'].some(isLoopback)).toBe(false);
  });
});
