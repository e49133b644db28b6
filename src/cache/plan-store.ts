/**
 * Where finished plans are kept: in memory within a byte limit, and on disk so that they outlive the process.
 *
 * Ids are hashes of everything that decides an answer, so an entry never goes stale: there is no expiry and no invalidation.
 */
import { LRUCache } from 'lru-cache';
import type { CacheLog, CacheRecorder, Tier } from './cache-recorder.ts';
import { openReturningDiskTier } from './disk-return.ts';
import type { DiskTier } from './disk-tier.ts';
import { createMemoryTier } from './memory-tier.ts';
import type { StoredPlan } from './stored-plan.ts';

export interface PlanStore {
  /** The plan that a body of this hash was answered with: only if it is complete and in memory, so that it costs microseconds. */
  byBody(hash: string): StoredPlan | undefined;
  get(id: string): Promise<{ plan: StoredPlan; tier: Tier } | undefined>;
  /** Resolves once the plan survives the process, or once it is known that it will not. Never rejects. */
  put(plan: StoredPlan): Promise<void>;
  remember(bodyHash: string, plan: StoredPlan): void;
  close(): Promise<void>;
}

export interface TierSize {
  readonly tier: Tier;
  readonly entries: number;
  readonly bytes: number;
}

/** What the composition root sees beside the store's own interface. */
export interface OpenPlanStore extends PlanStore {
  /** False where plans are in memory only: no disk is asked for, or it does not take them at present. */
  isDurable(): boolean;
  sizes(): readonly TierSize[];
}

export interface PlanStoreOptions {
  readonly dataDir: string;
  readonly memoryBytes: number;
  /** 0 keeps plans in memory only. */
  readonly diskBytes: number;
  readonly log: CacheLog;
  readonly recorder: CacheRecorder;
  /** Told when plans begin and cease to be in memory only. */
  readonly onDurable?: ((durable: boolean) => void) | undefined;
}

/** Two hashes an entry, some 300 bytes: the whole map stays near 20 MB when it is full. */
const MAX_BODIES = 65_536;

export async function openPlanStore(options: PlanStoreOptions): Promise<OpenPlanStore> {
  const { dataDir, memoryBytes, diskBytes, log, recorder, onDurable } = options;
  const disk =
    diskBytes > 0
      ? await openReturningDiskTier({ dataDir, maxBytes: diskBytes, log, recorder, onSound: onDurable })
      : undefined;
  return createPlanStore({ memoryBytes, recorder, disk });
}

export function createPlanStore(options: {
  readonly memoryBytes: number;
  readonly recorder: CacheRecorder;
  readonly disk: DiskTier | undefined;
}): OpenPlanStore {
  const { recorder, disk } = options;
  const memory = createMemoryTier({ maxBytes: options.memoryBytes, recorder });
  // Bodies point to ids, not to plans: a plan that the memory tier let go must not be held here.
  const bodies = new LRUCache<string, string>({ max: MAX_BODIES });

  const inMemory = (id: string): StoredPlan | undefined => {
    const plan = memory.get(id);
    if (plan !== undefined) recorder.hit('memory');
    return plan;
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
      if (held !== undefined) return { plan: held, tier: 'memory' };
      recorder.miss('memory');
      const stored = disk?.get(id);
      if (stored === undefined) return undefined;
      memory.put(stored);
      return { plan: stored, tier: 'disk' };
    },

    async put(plan) {
      memory.put(plan);
      await disk?.put(plan);
    },

    remember(bodyHash, plan) {
      if (plan.complete) bodies.set(bodyHash, plan.id);
    },

    async close() {
      await disk?.close();
      bodies.clear();
      memory.clear();
    },

    isDurable: () => disk?.isSound() ?? false,

    sizes: () => [
      { tier: 'memory', ...memory.size() },
      ...(disk === undefined ? [] : [{ tier: 'disk' as const, ...disk.size() }]),
    ],
  };
}
