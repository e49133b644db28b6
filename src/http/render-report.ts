/** A stored plan's page: what the answer says, and what the planner's accounts of the same request add to it. */
import { agree, answeredAccounts } from '../artifacts/report/answered-accounts.ts';
import { type Accounts, batchAccounts, servingAccounts } from '../artifacts/report/memory-classes.ts';
import { feasibleReport, infeasibleReport } from '../artifacts/report/page.ts';
import { type AnyFeasiblePlan, isServing } from '../artifacts/served-workers.ts';
import type { StoredPlan } from './ports.ts';
import { resolvePlanRequest } from './resolve.ts';
import type { Plan } from './schemas/answer.ts';
import type { PlanRequest } from './schemas/request.ts';

export function renderReport(stored: StoredPlan): string {
  const answer = parseAnswer(stored);
  if (answer.status === 'infeasible') return infeasibleReport(answer);
  const accounts = accountsOf(stored, answer);
  return feasibleReport(answer, accounts && agree(accounts, answer) ? accounts : answeredAccounts(answer));
}

/** Undefined where this release reads the stored request otherwise than the one that answered it, a name of the catalog gone, say. */
function accountsOf(stored: StoredPlan, answer: AnyFeasiblePlan): Accounts | undefined {
  const resolved = resolvePlanRequest(parseRequest(stored));
  if (resolved.kind === 'invalid') return undefined;
  if (resolved.workload === 'serving' && isServing(answer)) return servingAccounts(resolved.problem, answer);
  if (resolved.workload === 'batch' && !isServing(answer)) return batchAccounts(resolved.problem, answer);
  return undefined;
}

/** A boundary: the bytes were written from a Plan here, and the store vouches that they are the same. */
function parseAnswer({ answer }: StoredPlan): Plan {
  return JSON.parse(answer.toString('utf8'));
}

/** A boundary, as above: the request had passed its schema when it was stored. */
function parseRequest({ request }: StoredPlan): PlanRequest {
  return JSON.parse(request.toString('utf8'));
}
