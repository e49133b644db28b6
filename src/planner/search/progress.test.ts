import { describe, expect, it } from 'vitest';
import { referenceProblem } from '../../../test/support/problems.ts';
import { servingProblem } from '../../../test/support/serving-problems.ts';
import { createPlan } from '../plan.ts';
import type { OutOfTime, PlanResult, SearchProgress } from '../result.ts';
import { createServingPlan } from '../serving-plan.ts';
import type { ServingPlanResult } from '../serving-result.ts';

/** Everything that a search says of itself, and what came of it. */
function followed(search: (outOfTime?: OutOfTime) => PlanResult | ServingPlanResult) {
  const told: SearchProgress[] = [];
  const result = search((progress) => {
    if (progress) told.push(progress());
    return false;
  });
  return { told, result };
}

const serving = servingProblem({ model: 'qwen3-32b', gpu: 'h200-sxm', nodes: 1 });
const cases = [
  { name: 'of a batch', search: (outOfTime?: OutOfTime) => createPlan(referenceProblem, outOfTime) },
  { name: 'of a server', search: (outOfTime?: OutOfTime) => createServingPlan(serving, outOfTime) },
];

describe.each(cases)('the progress of a search $name', ({ search }) => {
  it('only grows, and never beyond what there is', () => {
    const { told, result } = followed(search);
    expect(told.length).toBeGreaterThan(2);
    const { enumerated, evaluated } = result.search;
    let before = 0;
    for (const progress of told) {
      expect(progress.enumerated).toBe(enumerated);
      expect(progress.accounted).toBeGreaterThanOrEqual(before);
      expect(progress.accounted).toBeLessThanOrEqual(enumerated);
      expect(progress.evaluated).toBeLessThanOrEqual(evaluated);
      before = progress.accounted;
    }
    expect(before).toBeGreaterThan(0);
  });

  it('changes nothing of what is found', () => {
    expect(followed(search).result).toEqual(search());
  });

  it('names a strategy once there is one', () => {
    const { told } = followed(search);
    const from = told.findIndex(({ best }) => best !== undefined);
    expect(from).toBeGreaterThanOrEqual(0);
    for (const { best } of told.slice(from)) expect(best).toMatch(/^[A-Z]/);
  });
});
