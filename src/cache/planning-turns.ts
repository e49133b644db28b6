/**
 * Which of several replicas plans a request that they all were sent: the one that has the lease. The others wait for its plan.
 *
 * The lease is short and renewed while its holder plans. A holder that dies keeps the others waiting for the rest of the lease and no
 * longer; one that fails gives it back, and the next in line begins. Where the shared tier cannot say who has it, everybody plans:
 * the same work done twice is better than nobody's.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SharedRecorder } from './cache-recorder.ts';
import type { SharedTier } from './shared-tier.ts';
import type { StoredPlan } from './stored-plan.ts';

export type PlanningTurn =
  /** Plan it, then release(), which never throws. `waitedMs` of the request's deadline are gone by now. */
  | { readonly kind: 'turn'; readonly waitedMs: number; release(): void }
  /** Another replica has planned it. */
  | { readonly kind: 'planned'; readonly plan: StoredPlan }
  /** The deadline passed while another replica planned. */
  | { readonly kind: 'out-of-time' };

export interface WantedTurn {
  readonly id: string;
  /** The plan of this id that is known and will not do, a deadline having cut it short: not worth waiting for again. */
  readonly stale?: StoredPlan | undefined;
  /** How long this request waits for another replica, where that is not the usual deadline. */
  readonly waitMs?: number | undefined;
  /** Rejects the wait with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface PlanningTurns {
  take(wanted: WantedTurn): Promise<PlanningTurn>;
  /** Ends every wait for another replica, as if its deadline had passed. */
  hurry(): void;
  /** Resolves once every lease that was given back is. */
  close(): Promise<void>;
}

export interface PlanningTurnsOptions {
  readonly shared: SharedTier;
  readonly leaseMs: number;
  /** How long a request waits for another replica unless it says: its deadline. */
  readonly waitMs: number;
  readonly recorder: SharedRecorder;
}

/** Pauses between two looks: the first plans are ready after some 20 ms, and a look costs the server some 20 µs. */
const FIRST_PAUSE_MS = 15;
const LAST_PAUSE_MS = 200;
const LONGER = 1.5;
/** So many renewals may be lost before the lease is. */
const RENEWALS_PER_LEASE = 4;

export function createPlanningTurns(options: PlanningTurnsOptions): PlanningTurns {
  const { shared, leaseMs, waitMs, recorder } = options;
  const releasing = new Set<Promise<void>>();
  const hurried = new AbortController();

  const release = (lease: { readonly id: string; readonly token: string }): void => {
    const released = shared.release(lease).finally(() => releasing.delete(released));
    releasing.add(released);
  };

  const held = (lease: { readonly id: string; readonly token: string }, waitedMs: number): PlanningTurn => {
    const renewals = setInterval(() => shared.renew(lease), leaseMs / RENEWALS_PER_LEASE);
    renewals.unref();
    recorder.turn('own');
    return {
      kind: 'turn',
      waitedMs,
      release() {
        clearInterval(renewals);
        release(lease);
      },
    };
  };

  const alone = (waitedMs: number): PlanningTurn => {
    recorder.turn('alone');
    return { kind: 'turn', waitedMs, release() {} };
  };

  const planned = (plan: StoredPlan): PlanningTurn => {
    recorder.turn('elsewhere');
    return { kind: 'planned', plan };
  };

  return {
    async take({ id, stale, signal, waitMs: longestMs = waitMs }) {
      const start = performance.now();
      const lease = { id, token: randomUUID() };
      const patience = signal === undefined ? hurried.signal : AbortSignal.any([signal, hurried.signal]);
      for (let pause = 0; ; pause = Math.min(LAST_PAUSE_MS, pause * LONGER || FIRST_PAUSE_MS)) {
        const claimed = await shared.claim(lease);
        const waitedMs = performance.now() - start;
        if (signal?.aborted) {
          if (claimed === 'mine') release(lease);
          throw signal.reason;
        }
        if (claimed === 'unavailable') return alone(waitedMs);
        if (typeof claimed === 'object') return planned(claimed.plan);
        if (claimed === 'mine') {
          // Whoever had the lease before left no complete plan. It may have left one that its deadline cut short: that is the answer
          // of those who waited for it, as it is of those who waited in its own process.
          const cut = pause > 0 ? await shared.get(id) : undefined;
          if (cut === undefined || stale?.answer.equals(cut.answer)) return held(lease, waitedMs);
          release(lease);
          return planned(cut);
        }
        if (waitedMs >= longestMs || hurried.signal.aborted) {
          recorder.turn('out-of-time');
          return { kind: 'out-of-time' };
        }
        // Replicas that began to wait together must not look together for ever.
        await sleep(Math.min(longestMs - waitedMs, pause * (0.75 + Math.random() / 2)), undefined, {
          signal: patience,
        }).catch(() => signal?.throwIfAborted());
      }
    },

    hurry: () => hurried.abort(),

    async close() {
      await Promise.all(releasing);
    },
  };
}
