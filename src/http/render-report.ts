/** A stored plan's page: what the answer says, and what the planner's accounts of the same request add to it. */
import type { Accounts } from '../artifacts/report/memory-classes.ts';
import { batchAccounts, servingAccounts } from '../artifacts/report/memory-classes.ts';
import { feasibleReport, infeasibleReport } from '../artifacts/report/page.ts';
import { type AnyFeasiblePlan, isServing } from '../artifacts/served-workers.ts';
import type { StoredPlan } from './ports.ts';
import { resolvePlanRequest } from './resolve.ts';
import type { Plan } from './schemas/answer.ts';
import type { PlanRequest } from './schemas/request.ts';

export function renderReport(stored: StoredPlan): string {
  const answer = parseAnswer(stored);
  return answer.status === 'infeasible' ? infeasibleReport(answer) : feasibleReport(answer, accountsOf(stored, answer));
}

/** @throws RangeError where the stored request is not the one that the stored answer answers. */
function accountsOf(stored: StoredPlan, answer: AnyFeasiblePlan): Accounts {
  const resolved = resolvePlanRequest(parseRequest(stored));
  if (resolved.kind === 'invalid') throw new RangeError('a stored request contradicts itself');
  if (resolved.workload === 'serving' && isServing(answer)) return servingAccounts(resolved.problem, answer);
  if (resolved.workload === 'batch' && !isServing(answer)) return batchAccounts(resolved.problem, answer);
  throw new RangeError('a stored request is of another kind of workload than its answer');
}

/** A boundary: the bytes were written from a Plan here, and the store vouches that they are the same. */
function parseAnswer({ answer }: StoredPlan): Plan {
  return JSON.parse(answer.toString('utf8'));
}

/** A boundary, as above: the request had passed its schema when it was stored. */
function parseRequest({ request }: StoredPlan): PlanRequest {
  return JSON.parse(request.toString('utf8'));
}
