/** A plan's launch files, held against the plan before it is told: what is wrong with them is wrong with the plan. */
import { launchFiles } from '../artifacts/launch/launch-files.ts';
import { launchesOf } from '../artifacts/launch/make-launch.ts';
import { platformFiles, platformRefusals } from '../artifacts/launch/platforms/platform-files.ts';
import type { AnyFeasiblePlan } from '../artifacts/served-workers.ts';
import type { EngineName } from '../planner/engine.ts';
import type { ExpectedLaunch } from '../verifier/launch/expectation.ts';
import { checkLaunchFiles, type Launched, withCheck } from '../verifier/launch/launch-check.ts';
import type { Verification } from '../verifier/verify.ts';
import { verificationOf } from './answer-parts.ts';

export type ExpectationOf = (told: { readonly planId: string; readonly engine: EngineName }) => ExpectedLaunch;

/** What writes the files. Tests put another in its place, to see that what it writes is read. */
export const emitter = { launchesOf, platformFiles };

function launchedOf(plan: AnyFeasiblePlan, expectationOf: ExpectationOf): readonly Launched[] {
  return emitter.launchesOf(plan).map((launch): Launched => {
    const { engine } = launch;
    const expected = expectationOf({ planId: plan.id, engine });
    if (!launch.expressible) return { expected, why: launch.why, nearest: launch.nearest };
    const files = launchFiles([launch]).map(({ name, content }) => ({ name, content: content() }));
    const platforms = emitter.platformFiles([launch]).map(({ platform, name, content }) => ({
      platform,
      name,
      content: content(),
    }));
    const without = platformRefusals([launch]).map(({ platform }) => platform);
    return { expected, files, platforms, without };
  });
}

/** The plan with what was found of its launch files among its checks. */
export function withLaunchCheck<Plan extends AnyFeasiblePlan>(
  plan: Plan,
  verification: Verification,
  expectationOf: ExpectationOf,
): Plan {
  const check = checkLaunchFiles(launchedOf(plan, expectationOf));
  return { ...plan, verification: verificationOf(withCheck(verification, check)) };
}
