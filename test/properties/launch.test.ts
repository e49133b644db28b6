/** Launch files of random plans: every engine that is said to express one has files, and they are read back as the plan. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { launchFiles } from '../../src/artifacts/launch/launch-files.ts';
import { launchesOf } from '../../src/artifacts/launch/make-launch.ts';
import { estimateServing } from '../../src/planner/serving.ts';
import { launchFaults } from '../../src/verifier/launch/check-launch.ts';
import { servingExpectation } from '../../src/verifier/launch/expectation.ts';
import { servedPlan } from '../support/served-file.ts';
import { served } from './any-serving.ts';

it('say what the plan says, whatever it is', () => {
  let read = 0;
  let refused = 0;
  fc.assert(
    fc.property(served, ({ setting, request }) => {
      const result = estimateServing(setting, request);
      if (result.status !== 'feasible') return;
      const judged = result.engine ? { ...setting, engine: result.engine } : setting;
      const plan = servedPlan(judged, { ...result.chosen, modules: result.modules });
      for (const launch of launchesOf(plan)) {
        const { engine } = launch;
        if (!launch.expressible) {
          refused += 1;
          continue;
        }
        const files = launchFiles([launch]).map(({ name, content }) => ({ name, content: content() }));
        const expected = servingExpectation(judged, result.chosen, { planId: plan.id, engine });
        expect(launchFaults(expected, files), JSON.stringify(plan.strategy)).toEqual([]);
        read += 1;
      }
    }),
    { numRuns: 400, seed: 11 },
  );
  expect(read).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(20);
});
