import { describe, expect, it } from 'vitest';
import { referenceProblem } from '../../../test/support/problems.ts';
import { createPlan } from '../plan.ts';

function reasonsOf(outOfTime?: () => boolean) {
  const plan = createPlan({ ...referenceProblem, objective: 'memory' }, outOfTime);
  if (plan.status !== 'feasible') throw new Error('the reference deployment is feasible');
  return { exhaustive: plan.search.exhaustive, why: plan.rationale.map(({ why }) => why).join('\n') };
}

describe('the rationale', () => {
  it('of an exhaustive search knows nothing better than the chosen strategy', () => {
    const { exhaustive, why } = reasonsOf();
    expect(exhaustive).toBe(true);
    expect(why).not.toContain('is better');
  });

  it('of a search that was cut short says what it finds better after all', () => {
    // Late once, in the middle of the search, and never again: the comparisons have all the time there is.
    let asked = 0;
    const { exhaustive, why } = reasonsOf(() => ++asked === 1);
    expect(exhaustive).toBe(false);
    expect(why).toContain('is better, which the search, cut short, did not reach');
  });

  it('of the reference deployment compares EP32, TP1, TP4 and PP2 by what the objective looks at first', () => {
    const plan = createPlan(referenceProblem);
    if (plan.status !== 'feasible') throw new Error('the reference deployment is feasible');
    const compared = new Map(
      plan.rationale.map(({ dimension, compared: all }) => [dimension, all.map(({ value }) => value)]),
    );
    expect(compared.get('ep')).toContain(32);
    expect(compared.get('tp')).toEqual([1, 4]);
    expect(compared.get('pp')).toEqual([2]);
    const why = plan.rationale.find(({ dimension }) => dimension === 'ep')?.why;
    expect(why).toContain('puts 2 experts of a layer on a GPU instead of 1');
  });
});
