/** Of random plans under every engine and on every platform: what is refused, the verifier refuses too, and what is not, it does not. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { launchFiles } from '../../src/artifacts/launch/launch-files.ts';
import { type Launch, launchesOf } from '../../src/artifacts/launch/make-launch.ts';
import { platformFiles, platformNames } from '../../src/artifacts/launch/platforms/platform-files.ts';
import { runJob } from '../../src/http/run-job.ts';
import { engineNames } from '../../src/planner/engine.ts';
import { estimateServing } from '../../src/planner/serving.ts';
import { type ExpectedLaunch, servingExpectation } from '../../src/verifier/launch/expectation.ts';
import { checkLaunchFiles, type Launched } from '../../src/verifier/launch/launch-check.ts';
import { servedPlan } from '../support/served-file.ts';
import { served } from './any-serving.ts';

const planId = '5eed'.repeat(16);
const read = ({ name, content }: { name: string; content: () => string }) => ({ name, content: content() });

function launchedOf(launch: Launch, expected: ExpectedLaunch): Launched {
  if (!launch.expressible) return { expected, why: launch.why, nearest: launch.nearest };
  const told = [{ ...launch, plan: { ...launch.plan, planId } }];
  const platforms = platformFiles(told).map((file) => ({ ...read(file), platform: file.platform }));
  const without = platformNames.filter((name) => !platforms.some(({ platform }) => platform === name));
  return { expected, files: launchFiles(told).map(read), platforms, without };
}

/** The same with the contrary said of one thing. */
function* lies(launched: Launched): Generator<readonly [string, Launched]> {
  const { expected } = launched;
  if ('why' in launched) {
    if (launched.nearest.length === 0) return;
    const nearest = launched.nearest.map((each) => ({
      ...each,
      degrees: { ...each.degrees, replicas: each.degrees.replicas + 1 },
    }));
    yield ['another number of GPUs as the nearest', { ...launched, nearest }];
    return;
  }
  if (!(expected.engine === 'tensorrt-llm' && expected.workers.some(({ guessedTokens }) => guessedTokens > 0)))
    yield ['a refusal of what can be', { expected, why: 'it cannot', nearest: [] }];
  const [first, ...others] = launched.platforms;
  if (first)
    yield ['a platform refused', { ...launched, platforms: others, without: [...launched.without, first.platform] }];
}

it('agree of what is served', () => {
  const counted = { refused: 0, written: 0, without: 0, lies: 0 };
  fc.assert(
    fc.property(served, ({ setting, request }) => {
      const result = estimateServing(setting, request);
      if (result.status !== 'feasible') return;
      const judged = result.engine ? { ...setting, engine: result.engine } : setting;
      const made = servedPlan(judged, { ...result.chosen, modules: result.modules });
      for (const launch of launchesOf(made)) {
        expect(engineNames).toContain(launch.engine);
        const launched = launchedOf(
          launch,
          servingExpectation(judged, result.chosen, { planId, engine: launch.engine }),
        );
        const { status, explanation } = checkLaunchFiles([launched]);
        expect([status, explanation]).toEqual(['pass', expect.any(String)]);
        counted['why' in launched ? 'refused' : 'written'] += 1;
        if ('without' in launched) counted.without += launched.without.length;
        for (const [what, lie] of lies(launched)) {
          expect(checkLaunchFiles([lie]).status, `${launch.engine} ${made.strategy.name}: ${what}`).toBe('fail');
          counted.lies += 1;
        }
      }
    }),
    { numRuns: 600, seed: 21 },
  );
  expect(counted.refused).toBeGreaterThan(50);
  expect(counted.written).toBeGreaterThan(50);
  expect(counted.without).toBeGreaterThan(20);
  expect(counted.lies).toBeGreaterThan(100);
});

const batches = fc.record({
  cluster: fc.record({
    gpu: fc.constantFrom('h100-sxm', 'b200'),
    nodes: fc.constantFrom(1, 2, 3, 4),
    gpusPerNode: fc.constantFrom(2, 6, 8),
  }),
  model: fc.constantFrom('llama-3.1-8b', 'qwen3-30b-a3b', 'mixtral-8x7b', 'deepseek-v2-lite'),
  workload: fc.record({
    kind: fc.constant('batch'),
    batchSize: fc.constantFrom(1, 6, 64, 96),
    sequenceLength: fc.constantFrom(128, 2048),
  }),
  objective: fc.constantFrom('balance', 'latency', 'throughput', 'memory', 'cost'),
  constraints: fc.record(
    {
      tp: fc.constantFrom(1, 2, 3),
      pp: fc.constantFrom(1, 2),
      ep: fc.constantFrom(1, 2, 4),
      cp: fc.constantFrom(1, 2),
    },
    { requiredKeys: [] },
  ),
});

it('agree of batches', () => {
  const told = { refused: 0, written: 0 };
  fc.assert(
    fc.property(batches, (request) => {
      const result = runJob({ kind: 'plan', request, id: planId }, () => false);
      if (result.kind !== 'answer' || result.status !== 'feasible') return;
      const { verification } = JSON.parse(result.json);
      const check = verification.checks.find(({ id }: { id: string }) => id === 'launch-files');
      expect([check.status, check.explanation]).toEqual(['pass', expect.any(String)]);
      told.refused += check.explanation.split('No file for').length - 1;
      told.written += check.explanation.includes('.sh') ? 1 : 0;
    }),
    { numRuns: 120, seed: 4 },
  );
  expect(told.refused).toBeGreaterThan(5);
  expect(told.written).toBeGreaterThan(5);
});
