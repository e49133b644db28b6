/** The making of one plan that its caller does not wait for: where it stands, what has happened, and who is told. */
import { randomUUID } from 'node:crypto';
import type { SearchProgress } from '../planner/result.ts';
import { toProblem } from './error-handler.ts';
import type { JobRun, JobWatch, MadePlan, StoredPlan } from './ports.ts';
import { problemDocument } from './problem.ts';
import type { DoneStatus, FailedStatus, PlanEvent, PlanningStatus, PlanStatus } from './schemas/plan-status.ts';

export interface PlanCourse {
  /** Rejects as the work did. */
  readonly result: Promise<MadePlan>;
  /** Resolves once the job has a place in the queue or a thread, or is over: until then it may be refused for want of either. */
  readonly admitted: Promise<void>;
  status(): PlanStatus;
  /** What has happened since an event; all of it where that is none of this course. Of the progress the latest alone is kept. */
  eventsAfter(lastEventId: string | undefined): readonly PlanEvent[];
  isOver(): boolean;
  /** Calls `heard` after each event; returns what ends that. */
  onEvent(heard: () => void): () => void;
}

export interface CourseStart {
  readonly id: string;
  /** Of the request that began it: a problem that ends it is reported under that. */
  readonly requestId: string;
  readonly timeoutMs: number;
  readonly work: (run: JobRun) => Promise<MadePlan>;
}

export function linksOf(id: string) {
  return { plan: `/plans/${id}`, status: `/plans/${id}/status`, events: `/plans/${id}/events` };
}

export function doneStatus({ id, status, complete }: StoredPlan): DoneStatus {
  return { id, status: 'done', outcome: status, complete, links: linksOf(id) };
}

export function startCourse({ id, requestId, timeoutMs, work }: CourseStart): PlanCourse {
  // Ids of another course, of this plan or on another replica, must not be taken for this one's.
  const mark = randomUUID().slice(0, 8);
  const listeners = new Set<() => void>();
  const submittedAt = Date.now();
  let events: readonly PlanEvent[] = [];
  let told = 0;
  let ahead: (() => number) | undefined;
  let startedAt: number | undefined;
  let phase: PlanningStatus['phase'] = 'queued';
  let progress: SearchProgress | undefined;
  let end: DoneStatus | FailedStatus | undefined;

  const status = (): PlanStatus =>
    end ?? {
      id,
      status: 'planning',
      phase,
      ...(phase === 'queued' && ahead && { queuePosition: ahead() + 1 }),
      submittedAt: timeText(submittedAt),
      ...(startedAt !== undefined && { startedAt: timeText(startedAt) }),
      deadlineAt: timeText(submittedAt + timeoutMs),
      ...(progress && { progress: { ...progress, fraction: fractionOf(progress) } }),
      links: linksOf(id),
    };

  const tell = (event: PlanEvent['event']): void => {
    told += 1;
    const kept = events.filter((known) => known.event !== 'progress');
    events = [...kept, { id: `${mark}-${told}`, event, data: status() }];
    for (const heard of [...listeners]) heard();
  };

  let admit: () => void = () => undefined;
  const admitted = new Promise<void>((resolve) => {
    admit = resolve;
  });
  const watch: JobWatch = {
    queued(asked) {
      ahead = asked;
      tell('queued');
      admit();
    },
    started() {
      startedAt = Date.now();
      phase = 'searching';
      tell('started');
      admit();
    },
    progress(now) {
      progress = now;
      tell('progress');
    },
    verifying(now) {
      progress = { ...progress, ...now };
      phase = 'verifying';
      tell('verifying');
    },
  };

  const result = work({ timeoutMs, watch });
  result
    .then(
      ({ plan }) => {
        end = doneStatus(plan);
        tell('done');
      },
      (error: unknown) => {
        const problem = problemDocument(toProblem(error), requestId);
        end = { id, status: 'failed', failedAt: timeText(Date.now()), problem, links: linksOf(id) };
        tell('failed');
      },
    )
    .finally(admit);

  return {
    result,
    admitted,
    status,
    eventsAfter(lastEventId) {
      const [from, last] = lastEventId?.split('-') ?? [];
      const seen = from === mark ? Number(last) : 0;
      return events.filter((event) => !(Number(event.id.slice(mark.length + 1)) <= seen));
    },
    isOver: () => end !== undefined,
    onEvent(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
  };
}

const timeText = (ms: number): string => new Date(ms).toISOString();

/** Counts of large spaces are sums of floats: the last of them may miss the whole by a rounding. */
function fractionOf({ accounted, enumerated }: SearchProgress): number {
  return enumerated > 0 ? Math.min(1, accounted / enumerated) : 1;
}
