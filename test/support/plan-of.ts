/** A request planned and verified as the service does it, without the service. */
import { Value } from 'typebox/value';
import { planId } from '../../src/http/plan-id.ts';
import { runJob } from '../../src/http/run-job.ts';
import { FeasiblePlan } from '../../src/http/schemas/answer.ts';
import type { PlanRequest } from '../../src/http/schemas/request.ts';

/** @throws where the request is refused, infeasible, or answered in another shape than the public one. */
export function planOf(request: PlanRequest): FeasiblePlan {
  const result = runJob({ kind: 'plan', request, id: planId(request, 'by-hand') }, () => false);
  if (result.kind !== 'answer') throw new Error(`no answer: ${JSON.stringify(result)}`);
  return Value.Parse(FeasiblePlan, JSON.parse(result.json));
}
