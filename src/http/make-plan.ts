/** Makes a plan that is known nowhere yet: by whose turn it is among replicas, on a planning thread, into the store. */
import { canonicalJson } from './canonical.ts';
import type { JobRun, MadePlan, PlanningPool, PlanRecorder, PlanStore, StoredPlan } from './ports.ts';
import { contradictions, outOfTime } from './problem.ts';
import type { PlanRequest } from './schemas/request.ts';

export interface MakingServices {
  readonly store: PlanStore;
  readonly pool: PlanningPool;
  readonly recorder: PlanRecorder;
}

export interface WantedPlan {
  readonly id: string;
  readonly request: PlanRequest;
  /** Of a planning thread. */
  readonly expectedMs: number;
  readonly objective: string;
  /** What is known of this id and was cut short. */
  readonly stale: StoredPlan | undefined;
}

interface Making {
  /** Fires once nobody waits for the plan. Absent: it is made to its end, whoever waits. */
  readonly abandoned?: AbortSignal;
  readonly run?: JobRun;
}

/** @throws ProblemError where the request contradicts itself, or no strategy was found in time. */
export async function makePlan(services: MakingServices, wanted: WantedPlan, making: Making): Promise<MadePlan> {
  const { abandoned = new AbortController().signal } = making;
  const { id, stale } = wanted;
  const turn = await services.store.turn({ id, stale, signal: abandoned, waitMs: making.run?.timeoutMs });
  if (turn.kind === 'planned') return { plan: turn.plan };
  // The replica that has its turn is not through: so long a search takes if it is as long as expected.
  if (turn.kind === 'out-of-time') throw outOfTime(Math.ceil(wanted.expectedMs / 1_000));
  try {
    return await searchAndStore(services, wanted, { ...making, waitedMs: turn.waitedMs });
  } finally {
    turn.release();
  }
}

async function searchAndStore(
  { pool, store, recorder }: MakingServices,
  { id, request, expectedMs, objective }: WantedPlan,
  { abandoned, run, waitedMs }: Making & { readonly waitedMs: number },
): Promise<MadePlan> {
  const result = await pool.plan({ kind: 'plan', request, id, expectedMs, waitedMs }, abandoned, run);
  recorder.planned({ result, objective });
  if (result.kind === 'invalid') throw contradictions(result.errors);
  if (result.kind === 'out-of-time') throw outOfTime(result.retryAfterS);
  const { status, complete, timings } = result;
  const plan: StoredPlan = {
    id,
    status,
    complete,
    answer: Buffer.from(result.json),
    request: Buffer.from(canonicalJson(request)),
  };
  // Made twice at once, under two deadlines, the whole answer must not give way to the one that was cut short.
  const whole = complete ? undefined : await store.get(id);
  if (whole?.plan.complete) return { plan: whole.plan, timings };
  await store.put(plan);
  return { plan, timings };
}
