/** A serving plan kind of worker by kind, as the sections of its guide want it. */
import type { FeasibleServingPlan } from '../http/schemas/serving-answer.ts';
import { type ServedSummary, servedSummary } from './served-summary.ts';
import { type Role, type Workers, workersOf } from './served-workers.ts';

export const roles: Readonly<Record<Role, string>> = {
  both: 'Workers',
  prefill: 'Prefill workers',
  decode: 'Decode workers',
};

export interface Kind {
  readonly workers: Workers;
  readonly summary: ServedSummary;
  readonly estimate: Pick<FeasibleServingPlan['estimate'], 'memory' | 'communication' | 'load' | 'balance'>;
}

export function kindsOf(plan: FeasibleServingPlan): readonly Kind[] {
  const summaries = servedSummary(plan);
  const { halves } = plan.estimate;
  return workersOf(plan).flatMap((workers, i): readonly Kind[] => {
    const summary = summaries[i];
    const estimate = workers.role === 'both' ? plan.estimate : halves?.[workers.role];
    return summary && estimate ? [{ workers, summary, estimate }] : [];
  });
}
