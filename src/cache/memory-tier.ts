/** The memory tier: plans by id within a byte limit, least recently used out first. */
import { LRUCache } from 'lru-cache';
import type { CacheRecorder } from './cache-recorder.ts';
import type { StoredPlan } from './stored-plan.ts';

/** What an entry costs beside its two buffers: keys, the object, the list's links. Measured at 400 to 600 bytes on Node 20. */
const OVERHEAD_BYTES = 512;

export interface MemoryTier {
  get(id: string): StoredPlan | undefined;
  put(plan: StoredPlan): void;
  size(): { readonly entries: number; readonly bytes: number };
  clear(): void;
}

export function createMemoryTier(options: { readonly maxBytes: number; readonly recorder: CacheRecorder }): MemoryTier {
  const { maxBytes, recorder } = options;
  const plans = new LRUCache<string, StoredPlan>({
    // lru-cache takes 0 for "no limit"; here 0 means that nothing is kept, and one byte holds no plan.
    maxSize: Math.max(1, maxBytes),
    sizeCalculation: (plan) => plan.answer.length + plan.request.length + OVERHEAD_BYTES,
    dispose: (_plan, _id, reason) => {
      if (reason === 'evict') recorder.eviction('memory');
    },
  });
  return {
    get: (id) => plans.get(id),
    put: (plan) => {
      plans.set(plan.id, plan);
    },
    size: () => ({ entries: plans.size, bytes: plans.calculatedSize }),
    clear: () => plans.clear(),
  };
}
