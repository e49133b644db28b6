/** Platforms' files of random plans: each platform has a file that is read back as the plan, or a reason why not. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { launchesOf } from '../../src/artifacts/launch/make-launch.ts';
import { platformNames, platforms } from '../../src/artifacts/launch/platforms/platform-files.ts';
import { estimateServing } from '../../src/planner/serving.ts';
import { servingExpectation } from '../../src/verifier/launch/expectation.ts';
import { platformFaults } from '../../src/verifier/launch/platforms/check-platform.ts';
import { servedPlan } from '../support/served-file.ts';
import { served } from './any-serving.ts';

const planId = '5eed'.repeat(16);

it('say what the plan says, whatever it is', () => {
  const counted = { read: 0, refused: 0 };
  fc.assert(
    fc.property(served, ({ setting, request }) => {
      const result = estimateServing(setting, request);
      if (result.status !== 'feasible') return;
      const judged = result.engine ? { ...setting, engine: result.engine } : setting;
      const made = servedPlan(judged, { ...result.chosen, modules: result.modules });
      for (const launch of launchesOf(made)) {
        if (!launch.expressible) continue;
        const { engine } = launch;
        const plan = { ...launch.plan, planId };
        const expected = servingExpectation(judged, result.chosen, { planId, engine });
        for (const platform of platformNames) {
          const { refusal, write } = platforms[platform];
          const refused = refusal(plan);
          counted[refused ? 'refused' : 'read'] += 1;
          if (!refused)
            expect(platformFaults(platform, expected, write(plan)), `${platform} ${plan.strategy}`).toEqual([]);
        }
      }
    }),
    { numRuns: 200, seed: 12 },
  );
  expect(counted.read).toBeGreaterThan(40);
  expect(counted.refused).toBeGreaterThan(10);
});
