/**
 * Who may use a planning thread, and who waits for one.
 *
 * Piscina has a queue of its own, and it is not used: 5.3 does not apply `maxQueue` to tasks that carry an AbortSignal, and a
 * deadline has to end a wait as well. Here the bound is exact, and whoever leaves gives up the place at once.
 *
 * The shortest expected job goes first, with ageing: a job's place is its arrival plus its expected time, so a job of 2 s is
 * overtaken only by those that come in the 2 s after it and are shorter by more than they are later. A stream of small jobs delays
 * a large one by no more than that, and never for good. A running job is not interrupted, so order alone is not enough: of
 * several threads one is never given to a large job, and of the places to wait in large jobs have half.
 *
 * A job that is not expected to have a thread before its own time is over is refused at once: told so after a wait for nothing, its
 * caller would be no better off, and would have taken a place.
 */
export type JobClass = 'small' | 'large';
export const jobClasses: readonly JobClass[] = ['small', 'large'];

/** Leave to use one thread. */
export interface Turn {
  readonly jobClass: JobClass;
  /** To be called once, when the thread is free again. */
  release(): void;
}

/** Called where a thread has to be waited for; `ahead` says how many wait before it when it is asked. */
export type Queued = (ahead: () => number) => void;

export interface QueuedJob {
  readonly expectedMs: number;
  readonly waitMs: number;
  readonly queued?: Queued;
}

export interface ClassLoad {
  readonly waiting: number;
  readonly running: number;
}

export interface QueueLoad extends ClassLoad {
  readonly byClass: Readonly<Record<JobClass, ClassLoad>>;
}

export interface PlanningQueue {
  /** Resolves with a turn when there is a thread for the caller; with undefined when `waitMs` are over. */
  acquire(job: QueuedJob, signal?: AbortSignal): Promise<Turn | undefined>;
  /** Ends every wait, as if its time were over. */
  dismiss(): void;
  load(): QueueLoad;
  /** Seconds until all who wait now will have been served, or those before a job of this length if that is later. */
  drainS(expectedMs: number): number;
}

export interface QueueLimits {
  readonly threads: number;
  readonly maxWaiting: number;
  /** A job that is expected to take longer is a large one. */
  readonly smallMs: number;
  /** How much later another may come and still go first. Far less than a deadline, or order alone would use it up. */
  readonly mostOvertakenMs: number;
}

/** Rejected work: the error handler knows it by its code. Its message is meant for the caller. */
export class OverloadedError extends Error {
  readonly code = 'OVERLOADED';
  /** When there is likely to be a place again. */
  readonly retryAfterS: number;

  constructor(message: string, retryAfterS: number) {
    super(message);
    this.name = 'OverloadedError';
    this.retryAfterS = retryAfterS;
  }
}

interface Waiting {
  readonly jobClass: JobClass;
  /** Arrival and head start, in milliseconds: least goes first. */
  readonly rank: number;
  readonly grant: (turn: Turn | undefined) => void;
}

/** Until jobs have been seen: what the requests of examples/ take. */
const FIRST_MEAN_MS = { small: 100, large: 1_500 };
/** Weight of the last job in the mean: some twenty jobs make it forget. */
const MEAN_WEIGHT = 0.1;
/** A caller told to stay away for longer would miss the recovery. */
const MOST_RETRY_S = 60;

export function createPlanningQueue({ threads, maxWaiting, smallMs, mostOvertakenMs }: QueueLimits): PlanningQueue {
  /** When each job began that has a thread. */
  const running: Record<JobClass, Set<{ readonly start: number }>> = { small: new Set(), large: new Set() };
  const meanMs = { ...FIRST_MEAN_MS };
  /** In the order in which they go. */
  const waiting: Record<JobClass, Waiting[]> = { small: [], large: [] };
  const threadsOf = { small: threads, large: Math.max(1, threads - 1) };
  const placesOf = { small: maxWaiting, large: Math.ceil(maxWaiting / 2) };
  const lines = () => [...waiting.small, ...waiting.large];
  const total = () => waiting.small.length + waiting.large.length;
  const totalRunning = () => running.small.size + running.large.size;
  const classOf = (expectedMs: number): JobClass => (expectedMs > smallMs ? 'large' : 'small');

  const hasThread = (jobClass: JobClass): boolean =>
    totalRunning() < threads && running[jobClass].size < threadsOf[jobClass];

  const take = (jobClass: JobClass): Turn => {
    const job = { start: performance.now() };
    running[jobClass].add(job);
    return {
      jobClass,
      release() {
        running[jobClass].delete(job);
        meanMs[jobClass] += MEAN_WEIGHT * (performance.now() - job.start - meanMs[jobClass]);
        passOn();
      },
    };
  };

  /** A free thread goes to whoever is first among those who may have it. */
  const passOn = (): void => {
    for (;;) {
      const [next] = jobClasses
        .filter(hasThread)
        .flatMap((jobClass) => waiting[jobClass].slice(0, 1))
        .sort((a, b) => a.rank - b.rank);
      if (!next) return;
      next.grant(take(next.jobClass));
    }
  };

  /** Milliseconds until what runs, and whoever waits and goes before this rank, will have been served. */
  const drainMs = (jobClass: JobClass, rank = Number.POSITIVE_INFINITY): number => {
    const leftMs = (of: JobClass) =>
      [...running[of]].reduce((sum, { start }) => sum + Math.max(0, meanMs[of] - (performance.now() - start)), 0);
    const workMs = (of: JobClass) =>
      waiting[of].filter(({ rank: other }) => other <= rank).length * meanMs[of] + leftMs(of);
    const all = (workMs('small') + workMs('large')) / threads;
    return Math.max(all, workMs(jobClass) / threadsOf[jobClass]);
  };

  const drainS = (jobClass: JobClass): number =>
    Math.min(MOST_RETRY_S, Math.max(1, Math.ceil(drainMs(jobClass) / 1000)));

  const insert = (entry: Waiting): void => {
    const line = waiting[entry.jobClass];
    const before = line.findIndex(({ rank }) => rank > entry.rank);
    line.splice(before < 0 ? line.length : before, 0, entry);
  };

  const wait = (
    jobClass: JobClass,
    { rank, waitMs, queued, signal }: Omit<QueuedJob, 'expectedMs'> & { rank: number; signal: AbortSignal | undefined },
  ): Promise<Turn | undefined> =>
    new Promise((resolve, reject) => {
      const settle = () => {
        const line = waiting[jobClass];
        line.splice(line.indexOf(entry), 1);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const entry: Waiting = {
        jobClass,
        rank,
        grant(turn) {
          settle();
          resolve(turn);
        },
      };
      const onAbort = () => {
        settle();
        reject(signal?.reason);
      };
      const timer = setTimeout(() => entry.grant(undefined), waitMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      insert(entry);
      queued?.(() => lines().filter(({ rank: other }) => other < rank).length);
    });

  const classLoad = (jobClass: JobClass): ClassLoad => ({
    waiting: waiting[jobClass].length,
    running: running[jobClass].size,
  });

  return {
    async acquire({ expectedMs, ...job }, signal) {
      signal?.throwIfAborted();
      const jobClass = classOf(expectedMs);
      // Whoever waits for this thread has been offered it: nobody slips in between.
      if (hasThread(jobClass)) return take(jobClass);
      if (total() >= maxWaiting || waiting[jobClass].length >= placesOf[jobClass]) {
        throw new OverloadedError('Every planner is busy and the queue is full.', drainS(jobClass));
      }
      const rank = performance.now() + Math.min(expectedMs, mostOvertakenMs);
      if (drainMs(jobClass, rank) > job.waitMs) {
        const message = 'Every planner is busy, and no turn is expected before the deadline.';
        throw new OverloadedError(message, drainS(jobClass));
      }
      return wait(jobClass, { ...job, rank, signal });
    },

    dismiss() {
      for (const { grant } of jobClasses.flatMap((jobClass) => waiting[jobClass])) grant(undefined);
    },

    drainS: (expectedMs) => drainS(classOf(expectedMs)),

    load: () => ({
      waiting: total(),
      running: totalRunning(),
      byClass: { small: classLoad('small'), large: classLoad('large') },
    }),
  };
}
