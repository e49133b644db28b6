/** A stored answer, read back: what placement and files are made from. */
import type { FastifyRequest } from 'fastify';
import type { AnyFeasiblePlan } from '../artifacts/served-workers.ts';
import { findPlan } from './plans-route.ts';
import type { PlanStore, StoredPlan } from './ports.ts';
import { ProblemError } from './problem.ts';

/** @throws ProblemError where there is no plan of the id, or an infeasible one. */
export async function findFeasible(store: PlanStore, { params }: FastifyRequest<{ Params: { id: string } }>) {
  const { plan } = await findPlan(store, params.id);
  if (plan.status === 'infeasible')
    throw new ProblemError(
      'plan-infeasible',
      'The plan is infeasible: no strategy was found that anything could be made from.',
    );
  return { plan, answer: parseFeasible(plan) };
}

/** A boundary: the bytes were written from a AnyFeasiblePlan here, and the store vouches that they are the same. */
function parseFeasible({ answer }: StoredPlan): AnyFeasiblePlan {
  return JSON.parse(answer.toString('utf8'));
}
