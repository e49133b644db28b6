/** The check of a plan's launch files, among its other checks. */
import type { EngineName } from '../../planner/engine.ts';
import type { Verification, VerificationCheck } from '../claim.ts';
import { overall, rulesCheck, verdictOf } from '../verify.ts';
import { launchFaults } from './check-launch.ts';
import type { ExpectedLaunch } from './expectation.ts';
import type { ReadableFile } from './readable-file.ts';

/** What there is for one engine: its files, or why there are none. */
export type Launched =
  | { readonly expected: ExpectedLaunch; readonly files: readonly ReadableFile[] }
  | { readonly engine: EngineName; readonly why: string };

export function checkLaunchFiles(launched: readonly Launched[]): VerificationCheck {
  const faults = launched.flatMap((each) =>
    'files' in each
      ? launchFaults(each.expected, each.files).map((text) => ({ expected: true, actual: false, text: `${text}.` }))
      : [],
  );
  const told = launched.map((each) =>
    'files' in each
      ? `${each.files.map(({ name }) => name).join(', ')} ${each.files.length === 1 ? 'says' : 'say'} what the plan says.`
      : `No file for ${each.engine}: ${each.why}.`,
  );
  return rulesCheck('launch-files', faults, told.join(' '));
}

/** A verification with one check more, which counts as the others do. */
export function withCheck(verification: Verification, check: VerificationCheck): Verification {
  const { verdict } = verification;
  const checks = [...verification.checks.slice(0, -1), check];
  const last = overall(checks);
  const provedBest = verdict === 'optimal';
  return { verdict: verdict === 'invalid' ? verdict : verdictOf(last, { provedBest }), checks: [...checks, last] };
}
