import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, shownConfig } from './config.ts';
import { configurationMarkdown } from './config-docs.ts';
import { url } from './config-settings.ts';

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  it('needs nothing', () => {
    const config = readConfig({});
    expect(config).toMatchObject({ port: 8080, host: '0.0.0.0', logLevel: 'info', planTimeoutMs: 10_000 });
    expect(isAbsolute(config.dataDir)).toBe(true);
    expect(config.dataDir.endsWith('/data')).toBe(true);
    expect(config.plannerThreads).toBeGreaterThanOrEqual(1);
  });

  it('reads what is set, and takes an empty value for an absent one', () => {
    const config = readConfig({
      PORT: '0',
      HOST: '::1',
      LOG_LEVEL: 'DEBUG',
      DATA_DIR: '/var/lib/shardwell',
      PLAN_TIMEOUT_MS: ' 250 ',
      MEMORY_CACHE_BYTES: '0',
      PLANNER_QUEUE: '',
    });
    expect(config).toMatchObject({
      port: 0,
      host: '::1',
      logLevel: 'debug',
      dataDir: '/var/lib/shardwell',
      planTimeoutMs: 250,
      memoryCacheBytes: 0,
      plannerQueue: 256,
    });
  });

  it('names every fault at once', () => {
    expect(
      faultsOf({ PORT: '70000', LOG_LEVEL: 'loud', PLAN_TIMEOUT_MS: '-1', HOST: 'a b', PLANNER_THREADS: '1.5' }),
    ).toEqual([
      'PORT: "70000" is not a whole number from 0 to 65535',
      'HOST: "a b" is neither an IP address nor a host name',
      'LOG_LEVEL: "loud" is not one of fatal, error, warn, info, debug, trace, silent',
      'PLAN_TIMEOUT_MS: "-1" is not a whole number from 1 to 86400000',
      'PLANNER_THREADS: "1.5" is not a whole number from 1 to 256',
    ]);
  });

  it.each(['8e3', '0x50', '80 80', 'NaN', '+1', '99999999999999999999'])('refuses the port %s', (value) => {
    expect(faultsOf({ PORT: value })).toHaveLength(1);
  });

  it.each(['256.1.1.1', '-bad', 'under_score', 'http://here'])('refuses the host %s', (value) => {
    expect(faultsOf({ HOST: value })).toHaveLength(1);
  });

  it('says them in its message', () => {
    expect(() => readConfig({ PORT: 'x', BODY_LIMIT_BYTES: '1' })).toThrow(
      /2 faults:\n {2}PORT.*\n {2}BODY_LIMIT_BYTES/,
    );
  });
});

describe('shownConfig', () => {
  it('names what is in force as the environment does', () => {
    expect(shownConfig(readConfig({ PORT: '81', LOG_LEVEL: 'Warn' }))).toMatchObject({
      PORT: '81',
      LOG_LEVEL: 'warn',
      HOST: '0.0.0.0',
    });
  });
});

describe('a URL with a password', () => {
  const setting = url('CACHE_URL', { protocols: ['redis:', 'rediss:'], says: 'A cache' });

  it('is shown without it', () => {
    expect(setting.show('redis://me:hunter2@cache:6379/0')).toBe('redis://me:***@cache:6379/0');
    expect(setting.show(undefined)).toBe('');
  });

  it('is not repeated where it is bad', () => {
    expect(setting.secret).toBe(true);
    expect(setting.read('http://me:hunter2@cache')).toEqual({ fault: expect.not.stringContaining('hunter2') });
    expect(setting.read('redis://cache')).toEqual({ value: 'redis://cache' });
  });
});

describe('docs/configuration.md', () => {
  it('is what the table of settings says', () => {
    expect(readFileSync('docs/configuration.md', 'utf8')).toBe(configurationMarkdown());
  });
});
