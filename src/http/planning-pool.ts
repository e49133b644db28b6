/**
 * Planning off the event loop: a fixed set of threads, a bounded queue before them, a deadline for every job.
 *
 * A job is stopped in two ways. Its own search asks now and then whether it is out of time, and then answers with what it has.
 * A job that does not ask has its thread ended a moment after the deadline, so no request can hold a thread for good.
 */
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { type SiblingModule, siblingModule } from '../cache/sibling-module.ts';
import { untilAborted } from '../cache/until-aborted.ts';
import {
  createPlanningQueue,
  type JobClass,
  OverloadedError,
  type QueuedJob,
  type QueueLoad,
  type Turn,
} from './planning-queue.ts';
import type { PlanningTask, ThreadMessage } from './planning-worker.ts';
import type { Job, JobResult, JobWatch, PlanningPool } from './ports.ts';
import { warmUpJob } from './warm-up-job.ts';

/** What the pool tells of itself, for the metrics. */
export interface PoolRecorder {
  /** Seconds that a job waited for a thread. */
  waited(seconds: number, jobClass: JobClass): void;
  /** A job that found the queue full. */
  refused(): void;
  /** A job that ended in an error, or with its thread. */
  failed(): void;
}

export interface PlanningPoolOptions {
  readonly threads: number;
  readonly maxWaiting: number;
  /** From submission to answer, the wait for a thread included. */
  readonly timeoutMs: number;
  /** Of one thread's heap, for what lives on: a job that outgrows it ends its thread, not the service. `youngMiB` comes on top. */
  readonly memoryMiB: number;
  readonly log: { error(details: object, message: string): void };
  readonly recorder?: PoolRecorder;
  /** How long ready() goes on making plans: V8 compiles what runs often. */
  readonly warmUpMs: number;
  readonly worker?: SiblingModule;
}

/** What the composition root sees beside the pool's own interface. */
export interface OpenPlanningPool extends PlanningPool {
  load(): QueueLoad & { readonly threads: number };
  /** Resolves once every thread has loaded the planner and made plans for a while. Rejects where one cannot. */
  ready(): Promise<void>;
  /** Tells every job to end with what it has, for a service that is about to stop. */
  hurry(): void;
}

/** Between the deadline, when a search is to stop by itself, and the end of a thread whose search did not. */
const OVERRUN_MS = 1_000;
/**
 * What is expected to take longer is a large job: of the requests that ./job-time.ts was fitted to a quarter. Some 3 % of them take
 * twice as long and are taken for small all the same.
 */
const SMALL_MS = 400;
/** Shares of a deadline: what a large job may be overtaken by, and what a job may take of a thread that small ones wait for. */
const OVERTAKEN_SHARE = 1 / 4;
const SLICE_SHARE = 1 / 4;
/** However short the deadline: a small job that takes somewhat longer than expected is no reason to cut it short. */
const LEAST_SLICE_MS = 1_000;
/** How often it is asked whether small jobs wait: often enough beside a slice of seconds. */
const SLICE_CHECK_MS = 50;

/**
 * Of a thread's heap, for what has just been made, which V8 counts as three semi-spaces. A plan for serving allocates tens of MB and keeps little: in
 * semi-spaces of 16 MiB, Node 20's own, collecting and copying takes a seventh of its time. Node 24 takes 64 MiB by itself where the machine has the
 * memory. A heap that is to be small has as large a share for it as one of 512 MiB.
 */
export const youngMiB = (memoryMiB: number): number => Math.min(192, Math.floor((memoryMiB * 3) / 8));

/** How a job has its thread: the leave to use it, the end by the monotonic clock, what tells it to stop, and who follows it. */
interface ThreadRun {
  readonly turn: Turn;
  readonly end: number;
  readonly flag: Int32Array<SharedArrayBuffer>;
  readonly watch: JobWatch | undefined;
}

export function createPlanningPool(options: PlanningPoolOptions): OpenPlanningPool {
  const { threads, maxWaiting, timeoutMs, memoryMiB, log, recorder, warmUpMs } = options;
  const { file, execArgv } = options.worker ?? siblingModule(import.meta.url, './planning-worker');
  const piscina = new Piscina<PlanningTask, JobResult>({
    filename: file,
    execArgv,
    minThreads: threads,
    maxThreads: threads,
    resourceLimits: { maxOldGenerationSizeMb: memoryMiB, maxYoungGenerationSizeMb: youngMiB(memoryMiB) },
    recordTiming: false,
  });
  // A thread that dies between two jobs has nobody to tell, and an unheard 'error' event would end the process.
  piscina.on('error', (error) => log.error({ err: error }, 'a planning thread failed'));
  const queue = createPlanningQueue({
    threads,
    maxWaiting,
    smallMs: SMALL_MS,
    mostOvertakenMs: timeoutMs * OVERTAKEN_SHARE,
  });
  let closing = false;
  const isClosing = () => closing;
  const stopping = () => new OverloadedError('The service is stopping.', 1);

  const acquire = async (job: QueuedJob, signal: AbortSignal | undefined): Promise<Turn | undefined> => {
    try {
      return await queue.acquire(job, signal);
    } catch (error) {
      if (error instanceof OverloadedError) recorder?.refused();
      throw error;
    }
  };

  const flags = new Set<Int32Array<SharedArrayBuffer>>();

  /**
   * The only thread cannot be kept free of large jobs, nor any from jobs that were wrongly taken for small. Such a job, when it has
   * had its slice, ends with what it has once small ones wait.
   */
  const endAfterSlice = ({ turn: { jobClass }, end, flag }: ThreadRun): (() => void) => {
    if (threads > 1 && jobClass === 'large') return () => {};
    const start = performance.now();
    const sliceEnd = start + Math.max(LEAST_SLICE_MS, (end - start) * SLICE_SHARE);
    const check = setInterval(() => {
      if (performance.now() >= sliceEnd && queue.load().byClass.small.waiting > 0) Atomics.store(flag, 0, 1);
    }, SLICE_CHECK_MS);
    return () => clearInterval(check);
  };

  const runOnThread = async (job: Job, run: ThreadRun): Promise<JobResult> => {
    const { turn, end, flag, watch } = run;
    const wire = watch && openWire(watch);
    const overrun = new AbortController();
    const remainingMs = end - performance.now();
    const timer = setTimeout(() => overrun.abort(), remainingMs + OVERRUN_MS);
    const stopSlicing = endAfterSlice(run);
    flags.add(flag);
    try {
      const task = { job, remainingMs, abandoned: flag.buffer, ...(wire && { tell: wire.farEnd }) };
      const transfer = wire && { transferList: [wire.farEnd] };
      return await piscina.run(task, { signal: overrun.signal, ...transfer });
    } catch (error) {
      recorder?.failed();
      if (!overrun.signal.aborted) throw error;
      log.error({ jobKind: job.kind, planId: job.id }, 'a job ran past its deadline: its thread was ended');
      return { kind: 'out-of-time' };
    } finally {
      clearTimeout(timer);
      stopSlicing();
      flags.delete(flag);
      wire?.close();
      turn.release();
    }
  };

  return {
    async plan(job, signal, { timeoutMs: allowedMs = timeoutMs, watch } = {}) {
      if (isClosing()) throw stopping();
      const arrival = performance.now();
      const waitMs = Math.max(0, allowedMs - (job.waitedMs ?? 0));
      const end = arrival + waitMs;
      const { expectedMs = 0 } = job;
      const late = (): JobResult => ({ kind: 'out-of-time', retryAfterS: queue.drainS(expectedMs) });
      const turn = await acquire({ expectedMs, waitMs, ...(watch && { queued: watch.queued }) }, signal);
      if (!turn) return late();
      if (isClosing()) {
        turn.release();
        throw stopping();
      }
      recorder?.waited((performance.now() - arrival) / 1000, turn.jobClass);
      const flag = new Int32Array(new SharedArrayBuffer(4));
      watch?.started();
      const result = runOnThread(job, { turn, end, flag, watch }).then((made) =>
        made.kind === 'out-of-time' ? late() : made,
      );
      if (signal === undefined) return result;
      // The caller is let go at once; the thread is free when the search has seen the flag.
      return untilAborted(result, signal, () => Atomics.store(flag, 0, 1));
    },

    load: () => ({ ...queue.load(), threads }),

    async ready() {
      // Each free thread takes one task, so as many tasks as threads reach all of them.
      const task = { job: warmUpJob, remainingMs: timeoutMs, abandoned: new SharedArrayBuffer(4) };
      const end = performance.now() + warmUpMs;
      try {
        do await Promise.all(Array.from({ length: threads }, () => piscina.run(task)));
        while (performance.now() < end && !closing);
      } catch (error) {
        // Who is told to stop while it starts ends its threads, and nothing has gone wrong.
        if (!closing) throw error;
      }
    },

    hurry() {
      queue.dismiss();
      for (const flag of flags) Atomics.store(flag, 0, 1);
    },

    async close() {
      closing = true;
      await piscina.destroy();
    },
  };
}

/** A line from a planning thread to whoever watches its job. */
function openWire(watch: JobWatch) {
  const { port1, port2 } = new MessageChannel();
  const hear = ({ kind, progress }: ThreadMessage) => watch[kind](progress);
  port1.on('message', hear);
  return {
    farEnd: port2,
    close(): void {
      // The result may have come before the last word of its thread.
      for (let left = receiveMessageOnPort(port1); left; left = receiveMessageOnPort(port1)) hear(left.message);
      port1.close();
    },
  };
}
