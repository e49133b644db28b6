/**
 * `npm run audit`: the production dependencies held against the registry's advisories. Ends with 1 where there is one without a reason
 * below, with 2 where the registry answers no audits, so that nothing was checked, and else with 0.
 */
import { spawnSync } from 'node:child_process';
import { type Advisory, judgeAudit } from './audit/judge.ts';

/** Advisories that do not touch this service, each by its address: why, and until when that may be believed. */
const accepted: readonly Advisory[] = [];

const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' });
const { code, lines } = judgeAudit({ stdout, stderr, accepted, today: new Date().toISOString().slice(0, 10) });
for (const line of lines) console.log(line);
process.exitCode = code;
