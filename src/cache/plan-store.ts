/**
 * Where finished plans are kept: in memory within a byte limit, on disk so that they outlive the process, and in a shared tier, where
 * there is one, so that another replica has them too. They are looked for in this order.
 *
 * Ids are hashes of everything that decides an answer, so an entry never goes stale: there is no expiry and no invalidation.
 */
import { LRUCache } from 'lru-cache';
import type { CacheLog, CacheRecorder, LocalTier, SharedRecorder, SharedState, Tier } from './cache-recorder.ts';
import { openReturningDiskTier } from './disk-return.ts';
import type { DiskTier } from './disk-tier.ts';
import { createMemoryTier } from './memory-tier.ts';
import { createPlanningTurns, type PlanningTurn, type PlanningTurns, type WantedTurn } from './planning-turns.ts';
import { openSharedTier, type SharedTier } from './shared-tier.ts';
import type { SiblingModule } from './sibling-module.ts';
import type { StoredPlan } from './stored-plan.ts';

export interface PlanStore {
  /** The plan that a body of this hash was answered with: only if it is complete and in memory, so that it costs microseconds. */
  byBody(hash: string): StoredPlan | undefined;
  get(id: string): Promise<{ plan: StoredPlan; tier: Tier } | undefined>;
  /** Whether the caller is to plan the request, or another replica has. Without a shared tier it is always the caller's turn. */
  turn(wanted: WantedTurn): Promise<PlanningTurn>;
  /** Resolves once the plan survives the process and is there for other replicas, or once it is known that it will not. Never rejects. */
  put(plan: StoredPlan): Promise<void>;
  remember(bodyHash: string, plan: StoredPlan): void;
  close(): Promise<void>;
}

export interface TierSize {
  readonly tier: LocalTier;
  readonly entries: number;
  readonly bytes: number;
}

/** What the composition root sees beside the store's own interface. */
export interface OpenPlanStore extends PlanStore {
  /** False where plans are in memory only: no disk is asked for, or it does not take them at present. */
  isDurable(): boolean;
  sizes(): readonly TierSize[];
  shared(): SharedState;
  /** Ends every wait for another replica, for a service that is about to stop. */
  hurry(): void;
}

export interface SharedOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly leaseMs: number;
  readonly ttlSeconds: number;
  /** How long a request may wait for another replica's plan. */
  readonly waitMs: number;
  readonly recorder: SharedRecorder;
  readonly onState: (state: SharedState) => void;
}

export interface PlanStoreOptions {
  readonly dataDir: string;
  readonly memoryBytes: number;
  /** 0 keeps plans in memory only. */
  readonly diskBytes: number;
  readonly log: CacheLog;
  readonly recorder: CacheRecorder;
  /** Absent for a replica that is alone. */
  readonly shared?: SharedOptions | undefined;
  /** Told when plans begin and cease to be in memory only. */
  readonly onDurable?: ((durable: boolean) => void) | undefined;
  /** See DiskTierOptions. */
  readonly check?: SiblingModule | undefined;
}

/** Two hashes an entry, some 300 bytes: the whole map stays near 20 MB when it is full. */
const MAX_BODIES = 65_536;

const MY_TURN: PlanningTurn = { kind: 'turn', waitedMs: 0, release() {} };

/** How many plans are remembered that the shared tier could not take: it gets them when it is back. */
const MAX_OWED = 4_096;

export async function openPlanStore(options: PlanStoreOptions): Promise<OpenPlanStore> {
  const { dataDir, memoryBytes, diskBytes, log, recorder, onDurable, check } = options;
  const disk =
    diskBytes > 0
      ? await openReturningDiskTier({ dataDir, maxBytes: diskBytes, log, recorder, onSound: onDurable, check })
      : undefined;
  if (options.shared === undefined) return createPlanStore({ memoryBytes, recorder, disk });
  const { waitMs, onState, ...rest } = options.shared;
  const shared = openSharedTier({
    ...rest,
    log,
    recorder: { ...recorder, ...rest.recorder },
    onState(state) {
      onState(state);
      if (state === 'up') store.settleDebts();
    },
  });
  const turns = createPlanningTurns({ ...rest, shared, waitMs });
  const store = createPlanStore({ memoryBytes, recorder, disk, shared, turns });
  return store;
}

export function createPlanStore(options: {
  readonly memoryBytes: number;
  readonly recorder: CacheRecorder;
  readonly disk: DiskTier | undefined;
  readonly shared?: SharedTier;
  readonly turns?: PlanningTurns;
}): OpenPlanStore & { settleDebts(): Promise<void> } {
  const { recorder, disk, shared, turns } = options;
  const memory = createMemoryTier({ maxBytes: options.memoryBytes, recorder });
  // Bodies point to ids, not to plans: a plan that the memory tier let go must not be held here.
  const bodies = new LRUCache<string, string>({ max: MAX_BODIES });

  const inMemory = (id: string): StoredPlan | undefined => {
    const plan = memory.get(id);
    if (plan !== undefined) recorder.hit('memory');
    return plan;
  };

  /** A plan of another replica. Nobody waits for it to be on the disk: it is in the shared tier. */
  const keepHere = (plan: StoredPlan): void => {
    memory.put(plan);
    disk?.put(plan);
  };

  /** In the order in which they were put off. */
  const owed = new Set<string>();

  const share = async (plan: StoredPlan): Promise<void> => {
    if (shared === undefined || (await shared.put(plan)) || !plan.complete) return;
    const [oldest] = owed;
    if (oldest !== undefined && owed.size >= MAX_OWED) owed.delete(oldest);
    owed.add(plan.id);
  };

  return {
    // No miss is counted here: a caller who finds nothing asks get(), which counts it.
    byBody(hash) {
      const id = bodies.get(hash);
      if (id === undefined) return undefined;
      const plan = memory.get(id);
      if (plan === undefined || !plan.complete) {
        bodies.delete(hash);
        return undefined;
      }
      recorder.hit('memory');
      return plan;
    },

    async get(id) {
      const held = inMemory(id);
      if (held === undefined) recorder.miss('memory');
      const stored = held ?? disk?.get(id);
      if (held === undefined && stored !== undefined) memory.put(stored);
      // Another replica may have finished what a deadline cut short here.
      const other = stored?.complete ? undefined : await shared?.get(id);
      if (other !== undefined && (other.complete || stored === undefined)) {
        keepHere(other);
        return { plan: other, tier: 'shared' };
      }
      return stored && { plan: stored, tier: held === undefined ? 'disk' : 'memory' };
    },

    async turn(wanted) {
      const turn = await (turns?.take(wanted) ?? MY_TURN);
      if (turn.kind === 'planned') keepHere(turn.plan);
      return turn;
    },

    async put(plan) {
      memory.put(plan);
      await Promise.all([disk?.put(plan), share(plan)]);
    },

    remember(bodyHash, plan) {
      if (plan.complete) bodies.set(bodyHash, plan.id);
    },

    /** One after another, so that a server that is just back is not flooded; the rest waits for the next time where it fails again. */
    async settleDebts() {
      for (const id of owed) {
        const plan = memory.get(id) ?? disk?.get(id);
        if (plan !== undefined && !(await shared?.put(plan))) return;
        owed.delete(id);
      }
    },

    async close() {
      await turns?.close();
      shared?.close();
      await disk?.close();
      bodies.clear();
      memory.clear();
    },

    isDurable: () => disk?.isSound() ?? false,
    shared: () => shared?.state() ?? 'off',
    hurry: () => turns?.hurry(),

    sizes: () => [
      { tier: 'memory', ...memory.size() },
      ...(disk === undefined ? [] : [{ tier: 'disk' as const, ...disk.size() }]),
    ],
  };
}
