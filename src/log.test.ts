import { describe, expect, it } from 'vitest';
import { openLog } from './log.ts';

function opened(config: object = {}) {
  const lines: string[] = [];
  const log = openLog({ logLevel: 'info', ...config }, { write: (line: string) => lines.push(line) });
  return { log, text: () => lines.join('') };
}

describe('the log', () => {
  it('leaves out the headers that let somebody in, where an error or a request carries them', () => {
    const { log, text } = opened();
    const headers = {
      authorization: 'Bearer hunter2',
      'x-api-key': 'hunter2',
      cookie: 'session=hunter2',
      'proxy-authorization': 'Basic hunter2',
      'user-agent': 'curl',
    };
    log.info({ headers }, 'a');
    log.info({ req: { headers } }, 'b');
    log.error({ err: Object.assign(new Error('of a client'), { headers, request: { headers } }) }, 'c');
    log.info(headers, 'd');
    expect(text()).not.toContain('hunter2');
    expect(text()).toContain('(secret)');
    expect(text().match(/curl/g)?.length).toBeGreaterThan(3);
  });

  it('masks the password of a URL of the settings in whatever is written', () => {
    const cacheUrl = 'redis://me:hunter%402@cache:6379';
    const { log, text } = opened({ cacheUrl });
    log.error(new Error(`cannot connect to ${cacheUrl}`));
    log.warn({ options: { password: 'hunter@2' } }, 'a client said hunter@2');
    expect(text()).not.toMatch(/hunter/);
    expect(text()).toContain('redis://me:***@cache');
  });

  it('is the plain one where nothing has to be masked', () => {
    const { log, text } = opened({ dataDir: '/data', authJwksUrl: 'https://issuer.example/jwks' });
    log.info('redis://me:pw@cache');
    expect(JSON.parse(text()).msg).toBe('redis://me:pw@cache');
  });
});
