/** Spans of a job: its wait for a thread, as the pool tells its recorder, and what the thread did, as its answer says. */
import { context, createContextKey, type Span, type Tracer } from '@opentelemetry/api';
import type { PoolRecorder } from '../http/planning-pool.ts';
import type { Job, JobResult, PlanningPool, SingleFlight } from '../http/ports.ts';
import { inSpan, pastSpan } from './in-span.ts';
import { now } from './span-clock.ts';

interface Submitted {
  /** When a thread was free for it. */
  threadSince: number;
}

const SUBMITTED = createContextKey('submitted job');

/** A boundary: only a submitted job is ever stored under its key. */
const presentJob = (): Submitted | undefined => context.active().getValue(SUBMITTED) as Submitted | undefined;

export function tracedPool<Pool extends PlanningPool>(pool: Pool, tracer: Tracer): Pool {
  return {
    ...pool,
    plan(...call: Parameters<PlanningPool['plan']>) {
      const [job] = call;
      const submitted: Submitted = { threadSince: now() };
      const setting = {
        name: 'planning',
        attributes: { 'shardwell.job.kind': job.kind, 'shardwell.job.id': job.id },
        holding: (held: ReturnType<typeof context.active>) => held.setValue(SUBMITTED, submitted),
      };
      return inSpan(tracer, setting, async (span) => {
        const result = await pool.plan(...call);
        tell(span, result);
        if (result.kind === 'answer') partsOf(result, { job, submitted, tracer });
        return result;
      });
    },
  };
}

function tell(span: Span, result: JobResult): void {
  span.setAttribute('shardwell.job.result', result.kind === 'answer' ? result.status : result.kind);
  if (result.kind !== 'answer') return;
  span.setAttribute('shardwell.search.exhaustive', result.complete);
}

/** The thread reads another clock, in whole milliseconds: its search began no sooner than it was handed the job. */
function partsOf(
  { timings, search }: Extract<JobResult, { kind: 'answer' }>,
  { job, submitted, tracer }: { readonly job: Job; readonly submitted: Submitted; readonly tracer: Tracer },
): void {
  const { beganAt, searchMs, verifyMs } = timings;
  if (beganAt === undefined) return;
  const latest = now() - searchMs - verifyMs;
  const began = Math.max(submitted.threadSince, Math.min(beganAt, latest));
  const searched = began + searchMs;
  const counted = search && {
    'shardwell.search.enumerated': search.enumerated,
    'shardwell.search.evaluated': search.evaluated,
  };
  pastSpan(tracer, {
    name: job.kind === 'plan' ? 'search' : 'estimate',
    began,
    ended: searched,
    ...(counted && { attributes: counted }),
  });
  if (verifyMs > 0) pastSpan(tracer, { name: 'verify', began: searched, ended: searched + verifyMs });
}

export function tracedPoolRecorder(recorder: PoolRecorder, tracer: Tracer): PoolRecorder {
  return {
    ...recorder,
    waited(...told: Parameters<PoolRecorder['waited']>) {
      recorder.waited(...told);
      const [seconds] = told;
      const submitted = presentJob();
      if (submitted === undefined) return;
      submitted.threadSince = now();
      const began = submitted.threadSince - seconds * 1000;
      pastSpan(tracer, { name: 'queue wait', began, ended: submitted.threadSince });
    },
  };
}

/** A request that joins another's work shows a wait, and no planning under it: that is in the other's trace. */
export function tracedSingleFlight<Flight extends SingleFlight>(flight: Flight, tracer: Tracer): Flight {
  return {
    ...flight,
    run: <T>(key: string, work: (abandoned: AbortSignal) => Promise<T>, caller?: AbortSignal) =>
      inSpan(tracer, { name: 'flight', attributes: { 'shardwell.job.id': key } }, async (span) => {
        const flown = await flight.run(key, work, caller);
        span.setAttribute('shardwell.flight.shared', flown.shared);
        return flown;
      }),
  };
}
