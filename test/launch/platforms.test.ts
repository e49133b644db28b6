/** Files of platforms against the plans that they were written from: read back whole, and never when anything in them is changed. */
import { describe, expect, it } from 'vitest';
import { type PlatformName, platformNames, platforms } from '../../src/artifacts/launch/platforms/platform-files.ts';
import { platformFaults } from '../../src/verifier/launch/platforms/check-platform.ts';
import { type LaunchedPlan, launchedPlans, launchPlanOf } from '../support/launched-plans.ts';

interface Written extends LaunchedPlan {
  readonly platform: PlatformName;
  readonly text: string;
}

const plans = launchedPlans();
const written: readonly Written[] = plans.flatMap((plan) =>
  platformNames.flatMap((platform) => {
    const launch = launchPlanOf(plan);
    return platforms[platform].refusal(launch) ? [] : [{ ...plan, platform, text: platforms[platform].write(launch) }];
  }),
);

const faultsOf = ({ platform, expected }: Written, text: string) => platformFaults(platform, expected, text);

describe('a platform’s file', () => {
  it.each(written)('$platform: $what', (file) => {
    expect(faultsOf(file, file.text)).toEqual([]);
  });
});
