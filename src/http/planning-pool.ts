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
import { createPlanningQueue, OverloadedError, type Queued } from './planning-queue.ts';
import type { PlanningTask, ThreadMessage } from './planning-worker.ts';
import type { Job, JobResult, JobWatch, PlanningPool } from './ports.ts';
import { warmUpJob } from './warm-up-job.ts';

/** What the pool tells of itself, for the metrics. */
export interface PoolRecorder {
  /** Seconds that a job waited for a thread. */
  waited(seconds: number): void;
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
  /** Heap limit of one thread: a job that outgrows it ends its thread, not the service. */
  readonly memoryMiB: number;
  readonly log: { error(details: object, message: string): void };
  readonly recorder?: PoolRecorder;
  /** How long ready() goes on warming up. */
  readonly warmUpMs?: number;
  readonly worker?: SiblingModule;
}

/** What the composition root sees beside the pool's own interface. */
export interface OpenPlanningPool extends PlanningPool {
  load(): { readonly waiting: number; readonly running: number; readonly threads: number };
  /** Resolves once every thread has loaded the planner and made plans for a while. Rejects where one cannot. */
  ready(): Promise<void>;
  /** Tells every job to end with what it has, for a service that is about to stop. */
  hurry(): void;
}

/** Between the deadline, when a search is to stop by itself, and the end of a thread whose search did not. */
const OVERRUN_MS = 1_000;
/**
 * V8 compiles what runs often: a thread's first plan takes some ten times as long as its hundredth. After this long most of that
 * is behind it, and a service that is to be ready within 10 s can spare it.
 */
const WARM_UP_MS = 1_000;

export function createPlanningPool(options: PlanningPoolOptions): OpenPlanningPool {
  const { threads, maxWaiting, timeoutMs, memoryMiB, log, recorder, warmUpMs = WARM_UP_MS } = options;
  const { file, execArgv } = options.worker ?? siblingModule(import.meta.url, './planning-worker');
  const piscina = new Piscina<PlanningTask, JobResult>({
    filename: file,
    execArgv,
    minThreads: threads,
    maxThreads: threads,
    resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
    recordTiming: false,
  });
  // A thread that dies between two jobs has nobody to tell, and an unheard 'error' event would end the process.
  piscina.on('error', (error) => log.error({ err: error }, 'a planning thread failed'));
  const queue = createPlanningQueue({ threads, maxWaiting });
  let closing = false;
  const isClosing = () => closing;
  const stopping = () => new OverloadedError('the service is stopping');

  const acquire = async (waitMs: number, signal?: AbortSignal, queued?: Queued): Promise<boolean> => {
    try {
      return await queue.acquire(waitMs, signal, queued);
    } catch (error) {
      if (error instanceof OverloadedError) recorder?.refused();
      throw error;
    }
  };

  const flags = new Set<Int32Array<SharedArrayBuffer>>();

  const runOnThread = async (
    job: Job,
    { end, flag, watch }: { end: number; flag: Int32Array<SharedArrayBuffer>; watch: JobWatch | undefined },
  ): Promise<JobResult> => {
    const wire = watch && openWire(watch);
    const overrun = new AbortController();
    const remainingMs = end - performance.now();
    const timer = setTimeout(() => overrun.abort(), remainingMs + OVERRUN_MS);
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
      flags.delete(flag);
      wire?.close();
      queue.release();
    }
  };

  return {
    async plan(job, signal, { timeoutMs: allowedMs = timeoutMs, watch } = {}) {
      if (isClosing()) throw stopping();
      const arrival = performance.now();
      const end = arrival + allowedMs;
      if (!(await acquire(allowedMs, signal, watch?.queued))) return { kind: 'out-of-time' };
      if (isClosing()) {
        queue.release();
        throw stopping();
      }
      recorder?.waited((performance.now() - arrival) / 1000);
      const flag = new Int32Array(new SharedArrayBuffer(4));
      watch?.started();
      const result = runOnThread(job, { end, flag, watch });
      if (signal === undefined) return result;
      // The caller is let go at once; the thread is free when the search has seen the flag.
      return untilAborted(result, signal, () => Atomics.store(flag, 0, 1));
    },

    load: () => ({ ...queue.load(), threads }),

    async ready() {
      // Each free thread takes one task, so as many tasks as threads reach all of them.
      const task = { job: warmUpJob, remainingMs: timeoutMs, abandoned: new SharedArrayBuffer(4) };
      const end = performance.now() + warmUpMs;
      do await Promise.all(Array.from({ length: threads }, () => piscina.run(task)));
      while (performance.now() < end);
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
