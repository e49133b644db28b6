import { describe, expect, it } from 'vitest';
import { judgeAudit } from '../../bench/audit/judge.ts';

const url = 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc';
/** As npm 10 writes it, but for what is not read: a hole in one package, and another that depends on it. */
const holed = JSON.stringify({
  auditReportVersion: 2,
  vulnerabilities: {
    tar: {
      name: 'tar',
      severity: 'high',
      via: [{ source: 1, name: 'tar', title: 'Writes outside', url, severity: 'high', range: '<6.2.1' }],
    },
    pacote: { name: 'pacote', severity: 'high', via: ['tar'] },
  },
});
const clean = JSON.stringify({ auditReportVersion: 2, vulnerabilities: {} });
const judge = (stdout: string, more: Partial<Parameters<typeof judgeAudit>[0]> = {}) =>
  judgeAudit({ stdout, stderr: '', accepted: [], today: '2026-06-01', ...more });
const reason = { url, reason: 'nothing is unpacked', until: '2026-12-31' };

describe('an audit', () => {
  it('fails on what has no reason, once an advisory', () => {
    const { code, lines } = judge(holed);
    expect(code).toBe(1);
    expect(lines).toEqual([`high: tar <6.2.1: Writes outside (${url})`, '1 advisories, 0 of them with a reason.']);
  });

  it('passes with a reason while that holds', () => {
    expect(judge(holed, { accepted: [reason] }).code).toBe(0);
    expect(judge(holed, { accepted: [{ ...reason, until: '2026-05-31' }] }).code).toBe(1);
    expect(judge(holed, { accepted: [{ ...reason, url: `${url}x` }] }).code).toBe(1);
  });

  it('says which reasons can go', () => {
    expect(judge(clean, { accepted: [reason] })).toMatchObject({
      code: 0,
      lines: [expect.stringContaining(url), expect.anything()],
    });
  });

  it.each(['', '<html>', '{"error": {"code": "ENOAUDIT"}}', '{"message": "405 Method Not Allowed"}'])(
    'is none where the registry answers %j',
    (stdout) => {
      const stderr =
        'npm warn audit 405 Method Not Allowed - POST https://registry.example/-/npm/v1/security/advisories/bulk\n';
      const { code, lines } = judge(stdout, { stderr });
      expect(code).toBe(2);
      expect(lines.join()).toMatch(/Not checked: .*405 Method Not Allowed/);
    },
  );
});
