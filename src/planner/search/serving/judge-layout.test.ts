import { expect, it } from 'vitest';
import { chat, modelNamed, oneWorker, settingOf } from '../../../../test/support/serving.ts';
import { servingCost } from '../../cost/serving/serving-cost.ts';
import type { ServingProblem } from '../../serving-result.ts';
import { judgeLayout } from './judge-layout.ts';

const clients = 10;

function problemWithin(tpot: number): ServingProblem {
  const setting = settingOf(modelNamed('Qwen3-8B'), {
    workload: { ...chat, load: { kind: 'concurrency', concurrency: clients }, slo: { tpot } },
  });
  return {
    ...setting,
    objective: 'latency',
    constraints: { degrees: {}, memoryFree: 0 },
    modes: ['aggregated'],
    top: 1,
  };
}

it('leaves clients waiting where workers that take them all are slower', () => {
  const { maxConcurrency: _, ...layout } = oneWorker;
  const worker = { layout, gpus: 1, family: 0 };
  const tpotOf = (replicas: number, maxConcurrency: number) =>
    servingCost(problemWithin(1)).steady({ mode: 'aggregated', ...oneWorker, replicas, maxConcurrency })?.tpot ?? 0;
  // Three workers take all ten, more than three on each; of two with as much TPOT each takes three.
  expect(tpotOf(2, 6)).toBeLessThan(tpotOf(3, clients));
  expect(tpotOf(3, clients)).toBeLessThan(tpotOf(2, 8));
  const problem = problemWithin(tpotOf(3, clients) * 1.0001);
  const { verdict } = judgeLayout({ problem, cost: servingCost(problem) }, worker, { min: 1, max: 3 });
  if (verdict.kind !== 'fits') throw new Error(JSON.stringify(verdict));
  expect(verdict.judged.strategy).toMatchObject({ replicas: 2, maxConcurrency: 6 });
});
