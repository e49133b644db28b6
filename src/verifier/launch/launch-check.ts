/** The check of a plan's launch files, among its other checks. */
import type { Verification, VerificationCheck } from '../claim.ts';
import { overall, rulesCheck, verdictOf } from '../verify.ts';
import { launchFaults } from './check-launch.ts';
import type { ExpectedLaunch } from './expectation.ts';
import { nearestFaults, obstaclesOf, type ToldNearest } from './obstacles.ts';
import { type PlatformName, platformFaults } from './platforms/check-platform.ts';
import { platformObstacles } from './platforms/platform-obstacles.ts';
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

interface Refused {
  readonly expected: ExpectedLaunch;
  readonly why: string;
  readonly nearest: readonly ToldNearest[];
}

/** What there is for one engine: its files, or why there are none. */
export type Launched = Written | Refused;

/** A platform has a file where nothing keeps it from one, and none where something does. */
function platformsFaults({ expected, platforms, without }: Written): readonly string[] {
  return [
    ...platforms.flatMap(({ platform, name, content }) =>
      [
        ...platformObstacles(platform, expected).map((why) => `there is a file, and ${platform} cannot: ${why}`),
        ...platformFaults(platform, expected, content),
      ].map((fault) => `${name}: ${fault}`),
    ),
    ...without
      .filter((platform) => platformObstacles(platform, expected).length === 0)
      .map((platform) => `${platform} has no file for ${expected.engine}, and nothing keeps it from one`),
  ];
}

function writtenFaults(written: Written): readonly string[] {
  const { expected, files } = written;
  const cannot = obstaclesOf(expected, 'some').certain.map(
    (why) => `there are files, and ${expected.engine} cannot: ${why}`,
  );
  return [...cannot, ...launchFaults(expected, files), ...platformsFaults(written)];
}

/** A refusal is true where something keeps the engine from the plan; what it names as the nearest has to be something that it can. */
function refusedFaults({ expected, why, nearest }: Refused): readonly string[] {
  const { certain, possible } = obstaclesOf(expected, 'all');
  const found = nearest.flatMap((each) => nearestFaults(expected, each));
  return [
    ...(certain.length + possible.length > 0 ? [] : [`nothing keeps the engine from the plan, and it is said: ${why}`]),
    ...found,
  ].map((fault) => `${expected.engine} is refused: ${fault}`);
}

function toldOf({ expected, files, platforms, without }: Written): string {
  const names = [...files, ...platforms].map(({ name }) => name);
  const rest = without.length > 0 ? ` ${expected.engine} has no file for ${without.join(', ')}.` : '';
  return `${names.join(', ')} ${names.length === 1 ? 'says' : 'say'} what the plan says.${rest}`;
}

export function checkLaunchFiles(launched: readonly Launched[]): VerificationCheck {
  const faults = launched.flatMap((each) =>
    ('files' in each ? writtenFaults(each) : refusedFaults(each)).map((text) => ({
      expected: true,
      actual: false,
      text: `${text.replace(/\.$/, '')}.`,
    })),
  );
  const told = launched.map((each) =>
    'files' in each ? toldOf(each) : `No file for ${each.expected.engine}: ${each.why}.`,
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
