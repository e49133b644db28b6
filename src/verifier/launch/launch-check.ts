/** The check of a plan's launch files, among its other checks. */
import type { EngineName } from '../../planner/engine.ts';
import type { Verification, VerificationCheck } from '../claim.ts';
import { overall, rulesCheck, verdictOf } from '../verify.ts';
import { launchFaults } from './check-launch.ts';
import type { ExpectedLaunch } from './expectation.ts';
import { type PlatformName, platformFaults } from './platforms/check-platform.ts';
import type { ReadableFile } from './readable-file.ts';

/** The file of a platform for one engine. */
export interface PlatformText extends ReadableFile {
  readonly platform: PlatformName;
}

interface Written {
  readonly expected: ExpectedLaunch;
  readonly files: readonly ReadableFile[];
  readonly platforms: readonly PlatformText[];
  /** Platforms that cannot have the plan under this engine. */
  readonly without: readonly PlatformName[];
}

/** What there is for one engine: its files, or why there are none. */
export type Launched = Written | { readonly engine: EngineName; readonly why: string };

function faultsOf({ expected, files, platforms }: Written): readonly string[] {
  return [
    ...launchFaults(expected, files),
    ...platforms.flatMap(({ platform, name, content }) =>
      platformFaults(platform, expected, content).map((fault) => `${name}: ${fault}`),
    ),
  ];
}

function toldOf({ expected, files, platforms, without }: Written): string {
  const names = [...files, ...platforms].map(({ name }) => name);
  const rest = without.length > 0 ? ` ${expected.engine} has no file for ${without.join(', ')}.` : '';
  return `${names.join(', ')} ${names.length === 1 ? 'says' : 'say'} what the plan says.${rest}`;
}

export function checkLaunchFiles(launched: readonly Launched[]): VerificationCheck {
  const faults = launched.flatMap((each) =>
    'files' in each ? faultsOf(each).map((text) => ({ expected: true, actual: false, text: `${text}.` })) : [],
  );
  const told = launched.map((each) => ('files' in each ? toldOf(each) : `No file for ${each.engine}: ${each.why}.`));
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
